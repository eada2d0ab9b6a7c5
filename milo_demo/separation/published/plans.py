"""How a published separator takes a clip apart, stretch by stretch: who gets a track, and by which masks."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo import large, weights
from milo_demo.analysis import Analysis, ModelUsed
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.separation.published import factors, semantic
from milo_demo.separation.published.masked import Sound, cut, magnitudes
from milo_demo.separation.published.semantic import Seen
from milo_demo.separation.stretch import Stretch


class Plan(NamedTuple):
    """labels : who gets a track
    apart  : takes a stretch (channel, sample) apart that begins at a second
    used   : the networks that do it
    """

    labels: list[str]
    apart: Callable[[Sound, float], Stretch]
    used: tuple[ModelUsed, ...]


def by_semantic(analysis: Analysis, samples: Sequence[Sound], mono: Callable[[Sound], Sound]) -> Plan:
    """Nuotioma (2024): with vision, where there is a picture.

    samples : of the clip's sound, (sample,) each, by which it is known who plays where nobody is named
    mono    : what one hears of a stretch (channel, sample)
    """
    loaded = weights.load("semantic")
    device, threshold = next(loaded.module.parameters()).device, loaded.card.thresholds[LABELS[0]]
    looks = in_frames(analysis)
    everywhere = None if looks is None else (lambda _: analysis.seen().max(axis=0))
    shares = np.zeros(len(LABELS))
    for sample in samples:
        heard = magnitudes(sample, device)
        likely = semantic.chances(heard, loaded.module, everywhere)
        shares += semantic.energies(likely, heard, threshold).cpu().numpy() / len(samples)
    heard_most = [LABELS[k] for k in np.argsort(-shares) if shares[k] > semantic.LEAST_SHARE]
    labels = list(analysis.options.playing) or heard_most

    def apart(sound: Sound, at_s: float) -> Stretch:
        likely = semantic.chances(magnitudes(mono(sound), device), loaded.module, later(looks, at_s))
        return Stretch(cut(sound, semantic.masked(likely, labels, threshold).masks))

    return Plan(labels, apart, (loaded.used,))


def by_nmf(labels: Sequence[str], mono: Callable[[Sound], Sound]) -> Plan:
    """Supervised NMF, told who plays."""
    loaded = weights.load("dictionaries")
    device = loaded.module.spectra.device

    def apart(sound: Sound, at_s: float) -> Stretch:
        heard = magnitudes(mono(sound), device)
        return Stretch(cut(sound, factors.supervised(heard, labels, loaded.module).masks))

    return Plan(list(labels), apart, (loaded.used,))


def by_htdemucs() -> Plan:
    """Rouard et al. (2023), a larger model: the same three always, whoever plays."""
    from milo_demo.large import htdemucs

    loaded = large.load("htdemucs")

    def apart(sound: Sound, at_s: float) -> Stretch:
        return Stretch(htdemucs.separate(sound, loaded.model))

    return Plan([*htdemucs.ROWS.values()], apart, (loaded.used,))


def in_frames(analysis: Analysis) -> Seen | None:
    """What the eye finds in a clip's frames; None where there is nothing to see."""
    if not analysis.media.has_video:
        return None
    scores = analysis.seen()

    def seen(at_s: float) -> NDArray[np.floating]:
        return scores[min(len(scores) - 1, int(at_s * STEPS_PER_S))]

    return seen if len(scores) else None


def later(seen: Seen | None, start_s: float) -> Seen | None:
    """What the eye finds, on the clock of a stretch that begins at a second."""
    return None if seen is None else (lambda time_s: seen(start_s + time_s))
