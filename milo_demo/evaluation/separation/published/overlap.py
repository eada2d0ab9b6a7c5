"""How far the places of the spectrogram that a track has are those of its player (Nuotioma 2024, section 4.3).

A player truly has a place of the picture (`features.log_frequency`) where the soft target of no other is larger and its
own passes a threshold; a track has one where no other track, the residual's included, is louder. Intersection over
union and Dice coefficient at the document's four thresholds; of a player who nowhere passes one nothing is said.
"""

import librosa
import torch
from torch import Tensor

from milo_demo.evaluation.separation.case import RESIDUAL, Case, Sound
from milo_demo.features.log_frequency import BINS, WINDOWS, levelled, picture
from milo_demo.features.stft import TRACK_HZ, spectrum
from milo_demo.instruments import LABELS

THRESHOLDS = (0.05, 0.10, 0.15, 0.20)
FAINT = 0.25
"""Magnitude below which a place is no track's: as much as makes a player's own chance pass the lowest threshold."""


def overlaps(case: Case, tracks: dict[str, Sound]) -> dict[str, dict[str, float]]:
    """Label of a stem -> "IoU 0.05" … and "Dice 0.05" … of its track.

    tracks : under the names of the stems, with the residual
    """
    mixture = _magnitudes(case.mixture, case.rate_hz)
    true = torch.stack([_picture(sound, mixture, case.rate_hz) for sound in case.stems.values()])
    # Those who do not play have a magnitude of 0 everywhere, and so a share of the softmax.
    others = true.new_zeros(len(LABELS) - len(true), *true.shape[1:])
    chances = torch.cat([true, others]).softmax(dim=0)[: len(true)]
    said = {label: _picture(sound, mixture, case.rate_hz) for label, sound in tracks.items()}
    loudest = torch.stack(list(said.values())).max(dim=0).values
    found: dict[str, dict[str, float]] = {}
    for row, label in enumerate(case.stems):
        if label == RESIDUAL or label not in said:
            continue
        has = (said[label] >= loudest) & (said[label] > FAINT)
        ought = chances[row] >= chances.max(dim=0).values
        found[label] = {}
        for threshold in THRESHOLDS:
            truly = ought & (chances[row] >= threshold)
            if truly.any():
                both, either = float((has & truly).sum()), float((has | truly).sum())
                found[label][f"IoU {threshold:.2f}"] = both / either
                found[label][f"Dice {threshold:.2f}"] = 2 * both / (both + either)
    return found


def _magnitudes(sound: Sound, rate_hz: int) -> Tensor:
    if rate_hz not in WINDOWS:
        sound, rate_hz = librosa.resample(sound, orig_sr=rate_hz, target_sr=TRACK_HZ), TRACK_HZ
    return spectrum(torch.from_numpy(sound), WINDOWS[rate_hz])[:BINS].abs()


def _picture(sound: Sound, mixture: Tensor, rate_hz: int) -> Tensor:
    """(SIDE, SIDE) of a part, at the level of its mixture's magnitudes."""
    return picture(levelled(_magnitudes(sound, rate_hz), mixture)[None, None])[0, 0]
