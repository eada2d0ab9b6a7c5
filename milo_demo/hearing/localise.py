"""Where each instrument that is heard stands: the places that sound comes from, and who plays in each.

The sound field (`features.sound_field`) says from where sound comes, not from whom. So the four channels are unmixed
into one sound per place, the spectrogram classifier listens to each, and an instrument stands where it is heard best.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.features.sound_field import CHANNELS, Places, behaves_like_ambix, degrees, is_ambix, unmixing
from milo_demo.instruments import LABELS
from milo_demo.media.probe import Probe

ORDERS = {CHANNELS: 1, 9: 2, 16: 3}
"""Of ambisonics, by the number of channels; those of higher orders begin with the same four."""
NUMBERS = {CHANNELS: "four", 9: "nine", 16: "sixteen"}
WEIGHT_OF_SHARE = 0.25
"""How much a place's share counts, as a logit: an echo sounds like its player, but there is less of it."""
LEAST_LEAD = 0.25
"""By how much, as a logit, the best place must lead the next: below, no direction is given."""
HEARD = 0.5
"""From here on a step counts as one in which the label is heard."""
BLOCK_S = 40 * STEP / RATE_HZ
"""Sound unmixed and listened to at a time."""


class Direction(NamedTuple):
    """Azimuth -180 to 180, 0 in the middle of the picture and positive to the right; elevation -90 to 90, positive
    upwards."""

    azimuth_deg: float
    elevation_deg: float


def is_ambisonic(found: Probe) -> bool:
    """Whether the sound knows directions: first-order ambisonics or higher, by the file's word or `recognise`'s."""
    return found.audio_layout.startswith("ambisonic") and found.audio_channels >= CHANNELS


def recognise(found: Probe, pieces: Sequence[NDArray[np.float32]]) -> tuple[Probe, list[str]]:
    """Name the channels of ambisonics that the file does not name, and warn of the guess.

    Cameras, recorders and video platforms write AmbiX, but WAV and AAC carry no name for it, and FFmpeg tells of the
    MP4 box that does for uncompressed sound only. Under a 360° picture four channels of any name are AmbiX where their
    energies agree; everywhere else only where loudspeakers or single microphones cannot explain what is in them.

    pieces : of the sound, (channel, sample) at 16 kHz, from all over the part that is listened to
    """
    order = ORDERS.get(found.audio_channels)
    nameless = found.audio_channels == CHANNELS or found.audio_layout.endswith("channels")
    if order is None or not nameless or is_ambisonic(found):
        return found, []
    sound = np.concatenate(list(pieces), axis=1)[:CHANNELS]
    named, channels = replace(found, audio_layout=f"ambisonic {order}"), NUMBERS[found.audio_channels]
    guess = ""
    if found.projection == "equirectangular" and found.audio_channels == CHANNELS:
        if not behaves_like_ambix(sound):
            return found, [
                "The four channels of sound do not behave like ambisonics (AmbiX): directions are not known."
            ]
        guess = "they are taken as ambisonics (AmbiX), as 360° cameras record it"
    elif is_ambix(sound):
        guess = "they are taken as ambisonics (AmbiX), because they behave like it"
    if not guess:
        return found, []
    warning = (
        f"Nothing says what the {channels} channels of sound are: {guess}. If they are not, the directions are wrong."
    )
    return named, [warning]


def locate(
    chunks: Iterable[NDArray[np.float32]],
    places: Places,
    classifier: nn.Module,
    scores: NDArray,
    labels: Sequence[str],
) -> Iterator[dict[str, Direction]]:
    """Find the place of each of `labels`: the one where the classifier is surest of it, weak places doubted a little.

    chunks : see `listen`; not touched where there is no choice of places
    scores : (step, label), what is heard in all places together

    Yields what can be said after each chunk; the last is the answer. Labels for which no place leads clearly are not in
    it. Where there is one place only, all stand there; where there is none, no directions are known.
    """
    angles = [Direction(*degrees(direction)) for direction in places.directions]
    if not labels or len(angles) < 2:
        yield {label: angle for angle in angles for label in labels}
        return
    doubt = WEIGHT_OF_SHARE * np.log(places.shares)
    for logits in listen(chunks, unmixing(places.directions), classifier, scores):
        found = {}
        for label in labels:
            if not logits[:, LABELS.index(label)].any():  # never heard clearly: nothing tells the places apart
                continue
            sure = logits[:, LABELS.index(label)] + doubt
            second, best = np.argsort(sure)[-2:]
            if sure[best] - sure[second] >= LEAST_LEAD:
                found[label] = angles[best]
        yield found


def listen(
    chunks: Iterable[NDArray[np.float32]], weights: NDArray[np.float32], classifier: nn.Module, scores: NDArray
) -> Iterator[NDArray[np.float64]]:
    """How sure the classifier is of each label in each place, while the label is heard at all.

    chunks     : (channel, sample) at 16 kHz, four channels or more; all but the last a whole number of steps long
    weights    : (place, channel) of the first four channels, such as `unmixing` gives
    classifier : patches (n, 96, 64) to logits (n, label)
    scores     : (step, label)

    Yields after each chunk the mean logits so far, (place, label), 0 for labels that have not been heard yet. Costs
    half a hundredth of the sound's duration per place.
    """
    device = next(classifier.parameters()).device
    total, count, done = np.zeros((len(weights), scores.shape[1])), np.zeros(scores.shape[1]), 0
    for chunk in chunks:
        logits = _logits(torch.from_numpy(weights @ chunk[:CHANNELS]).to(device), classifier)
        heard = (scores[done : done + logits.shape[1]] >= HEARD).astype(float)
        total += np.einsum("ksl,sl->kl", logits[:, : len(heard)], heard)
        count += heard.sum(axis=0)
        done += logits.shape[1]
        yield total / np.maximum(count, 1)


@torch.inference_mode()
def _logits(sounds: Tensor, classifier: nn.Module) -> NDArray[np.float32]:
    """(place, sample) -> (place, step, label)"""
    pictures = patches(normalise(sounds, levels_dbfs(sounds)))
    return classifier(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]).float().cpu().numpy()
