"""How well a track was separated, as far as the separation itself can tell.

Two things know an instrument independently: its notes and the mask network. Where both cut the same track out of the
mixture, it is probably right; where they differ, one of them is not. What is expected of each (SI-SDR, dB) was fitted
to mixtures whose parts are known (`training.separation.quality`), and says which of the two to believe.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.models.quality import FEATURES, Quality
from milo_demo.separation.notes.owners import CHORDAL, NoteFound

Sound = NDArray[np.float32]

LOWEST_DB, HIGHEST_DB = -30.0, 100.0
"""No figure is beyond these, so that one silent or one perfect track does not decide a mean."""
CLOSEST_DB = 20.0


class Expected(NamedTuple):
    """SI-SDR that is expected of a track, dB: cut out by the mask network, and by its notes."""

    by_mask: float
    by_notes: float


def expected(found: NDArray[np.float64], network: Quality) -> list[Expected]:
    """What is to be expected of each track, from its features (label, FEATURES)."""
    device = network.weights.device
    with torch.inference_mode():
        return [Expected(*row) for row in network(torch.from_numpy(found).float().to(device)).tolist()]


def si_sdr(reference: Sound, estimate: Sound) -> float:
    """Energy of the reference in an estimate (sample,), at whatever level, over the energy of all else there, dB (Le
    Roux et al. 2019); a silent estimate has the lowest."""
    true, said = ((sound - sound.mean()).astype(np.float64) for sound in (reference, estimate))
    target = (said @ true) / max(true @ true, 1e-20) * true
    wanted, unwanted = float(target @ target), float(np.square(said - target).sum())
    if wanted == 0:
        return LOWEST_DB
    return float(np.clip(10 * np.log10(wanted / max(unwanted, 1e-20)), LOWEST_DB, HIGHEST_DB))


def features(
    by_mask: Sound, by_notes: Sound, mixture: Sound, notes: Sequence[NoteFound], labels: Sequence[str]
) -> NDArray[np.float64]:
    """What speaks for and against each track, (label, FEATURES).

    by_mask, by_notes : (label, channel, sample), each way's tracks
    mixture           : (channel, sample)
    notes             : of the labels
    """
    whole = np.square(mixture).sum() + 1e-9
    rows = []
    for player, label in enumerate(labels):
        own = [note for note in notes if note.player == player]
        weights = np.array([note.end - note.start for note in own], float)
        sure = float(np.dot(weights, [note.score for note in own]) / weights.sum()) if own else 0.0
        one, other = by_mask[player], by_notes[player]
        energy = np.square(one).sum()
        apart = np.square(one - other).sum()
        agree = np.clip(10 * np.log10((energy + 1e-9) / (apart + 1e-9)), -10, CLOSEST_DB) / 10
        # Masks that share a place out fairly have less energy than the sum of what they share.
        clear = energy / (np.abs((one * mixture).sum()) + 1e-9)
        loud = np.clip(10 * np.log10(energy / whole + 1e-4), -40, 0) / 10
        rows.append([
            1.0, sure, min(1.0, weights.sum() / max(1.0, _span(notes))), agree, clear, loud,
            label in CHORDAL, label == "voice", label == "electric_bass", len(labels),
        ])  # fmt: skip
    return np.array(rows, float).reshape(-1, len(FEATURES))


def _span(notes: Sequence[NoteFound]) -> float:
    """Frames from the first note to the last."""
    return max(note.end for note in notes) - min(note.start for note in notes) if notes else 1.0
