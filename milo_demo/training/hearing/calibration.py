"""Thresholds of the ear's models, set on sounds kept from training, for the recipes to bake into the last layer.

A score of 0.5 then means the same for every label and everywhere in the program: sure enough to say it. A label's
threshold is the one of the best F1 over the steps of calibration mixtures, raised where needed until noise and speech
together set off hardly anything, as a whole clip is judged (`grid.pool`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.grid import STEPS_PER_S, pool
from milo_demo.instruments import LABELS
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.mixtures import STEPS, UNKNOWN, Mixtures

BATCH = 32
MIXTURES = 1280
NOTHINGS = 960
"""More mixtures, of noise, speech and what the taxonomy does not have: false alarms are rare, so many are needed."""
HARDNESS = 0.6
FALSE_ALARMS = 0.01
"""Share of clips of noise or speech in which anything at all may be heard. Less than may be borne, for the noises of
the world are more than the few dozen recordings here."""
UNTRIED = 1.0
"""How much surer, logit, than the others those have to be of whom nothing was kept for calibration."""
UNREACHABLE = 15.0
"""Logit taken off a label for which there was nothing to learn from."""
CANDIDATES = np.arange(-5, 6, 0.1)


class Calibration(NamedTuple):
    """labels : those that the library has sounds of
    thresholds : (label,) logits; taken off the logits they leave a score of 0.5 at each label's threshold
    figures    : of the calibrated model on the library's calibration split
    """

    labels: list[str]
    thresholds: Tensor
    figures: dict[str, float]


def calibrate(hear: Callable[[Tensor], Tensor], library: Library, seed: int) -> Calibration:
    """Find each label's threshold.

    hear : sound (batch, sample) at one loudness to logits (batch, label, step)
    """
    known = [label for label in LABELS if any(take.label == label for take in library.takes)]
    logits, truth = _listen(hear, Mixtures(library, "calibration", seed), [None] * (MIXTURES // BATCH))
    # Of instruments without a label one neighbour's name or the other is borne: to silence them all costs a third of
    # what is heard of the others.
    noises = Mixtures(library, "calibration", seed, outsiders=False)
    nothing, _ = _listen(hear, noises, [0] * (NOTHINGS // BATCH))
    shift = np.array([_best_f1(logits[:, k], truth[:, k]) for k in range(len(LABELS))])
    played = (truth == 1).any(axis=(0, 2))
    if played.any():
        shift[~played] = np.median(shift[played]) + UNTRIED
    shift = _quieten(shift, nothing)
    shift[[label not in known for label in LABELS]] = UNREACHABLE
    figures = _figures(_scores(logits - shift[:, None]), truth)
    alarms = (_pooled(_scores(nothing - shift[:, None])) > 0.5).any(axis=1)
    figures["clips without an instrument with anything heard"] = float(alarms.mean())
    return Calibration(known, torch.from_numpy(shift), figures)


@torch.inference_mode()
def _listen(
    hear: Callable[[Tensor], Tensor], mixtures: Mixtures, sizes: list[int | None]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Logits and truth (mixture, label, step) of batches of mixtures of so many players each."""
    logits, truths = [], []
    for size in sizes:
        sound, truth = mixtures.draw(BATCH, HARDNESS, size)
        logits.append(hear(sound).float().cpu().numpy())
        truths.append(truth.cpu().numpy())
    return np.concatenate(logits), np.concatenate(truths)


def _best_f1(logits: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
    """The threshold of the best F1 over the steps (mixture, step) of one label."""
    known = truth != UNKNOWN
    values, present = logits[known], truth[known] == 1

    def f1(threshold: float) -> float:
        said = values > threshold
        return 2 * np.sum(said & present) / max(1, np.sum(said) + np.sum(present))

    return float(max(CANDIDATES, key=f1))


def _quieten(thresholds: NDArray[np.float64], logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Raise thresholds (label,), always the one of the label that is heard most often, until at most FALSE_ALARMS of
    these clips (mixture, label, step), which hold no instrument, set anything off."""
    thresholds = thresholds.copy()
    heard = _pooled(_scores(logits - thresholds[:, None])) > 0.5
    while heard.any(axis=1).mean() > FALSE_ALARMS:
        loudest = heard.sum(axis=0).argmax()
        thresholds[loudest] += 0.1
        heard[:, loudest] = _pooled(_scores(logits[:, [loudest]] - thresholds[loudest]))[:, 0] > 0.5
    return thresholds


def _scores(logits: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-logits))


def _pooled(scores: NDArray) -> NDArray:
    """(mixture, label, step) -> (mixture, label), as the program pools a clip."""
    return np.stack([pool(clip.T) for clip in scores])


def _figures(scores: NDArray, truth: NDArray[np.uint8]) -> dict[str, float]:
    known = truth != UNKNOWN
    said, present = (scores > 0.5)[known], (truth == 1)[known]
    solo = (truth == 1).any(axis=2).sum(axis=1) == 1
    solo &= (truth != UNKNOWN).all(axis=(1, 2))
    clips = _pooled(scores)
    right = clips[solo].argmax(axis=1) == (truth[solo] == 1).sum(axis=2).argmax(axis=1)
    figures = {"top-1 of solos": float(right.mean())} if len(right) else {}
    return figures | {
        "mixtures": len(truth),
        "seconds each": STEPS / STEPS_PER_S,
        "micro-F1 of steps at 0.5": float(2 * np.sum(said & present) / max(1, said.sum() + present.sum())),
    }
