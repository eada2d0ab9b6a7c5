"""The analysis grid: at which steps of a clip the program listens and looks, and what scores on it mean.

The grid has 16,000 / 512 / 16 = 1.953125 steps per second, the sound model's output rate (Liu 2018, section 4.2.2);
step `t` stands for the time from `t` to `t + 1` grid periods, counted from the first frame of the normalised clip.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

STEPS_PER_S = 16_000 / 512 / 16
SIDE_PX = 384
"""Long side of the frames to look at: half as large costs a fifth of the hits, larger costs time."""
RELEASE = 0.6
"""Events and boxes that have begun last until the score falls under this share of the threshold: hysteresis, so that a
score that wavers about the threshold neither tears one note into many events nor makes a box blink."""
BRIDGE_STEPS = 1
"""Gaps this short belong to the event: half a second is a breath or a bow change, not an end."""
LOUDEST = 0.3
"""Share of a clip's steps that decide whether a label is in it."""
COUNTS = 0.5
"""The score that every model is calibrated to: from here on something counts as there."""
SURE = 0.8
"""The score from which one sense is believed alone: under it such names were wrong nine times out of nine in ten real
clips, from here on once out of four."""


def steps_in(duration_s: float) -> int:
    """How many steps of the grid a clip has, the last one possibly begun only.

    >>> steps_in(2.0)
    4
    """
    return math.ceil(duration_s * STEPS_PER_S - 1e-6)  # a whole number of steps must not become one more by rounding


def spans(scores: NDArray, threshold: float) -> list[tuple[int, int]]:
    """Stretches of `scores` (time,) that reach `threshold`, grown to where they fall under RELEASE x threshold.

    Returns (first step, step after the last) pairs, in order.

    >>> spans(np.array([0.1, 0.4, 0.9, 0.4, 0.1, 0.1, 0.4]), threshold=0.5)
    [(1, 4)]
    """
    held = scores >= RELEASE * threshold
    held = np.logical_or(held, ndimage.binary_closing(held, np.ones(BRIDGE_STEPS + 1, bool)))
    edges = np.flatnonzero(np.diff(held.astype(int), prepend=0, append=0)).tolist()
    found = zip(edges[::2], edges[1::2], strict=True)
    return [(first, end) for first, end in found if scores[first:end].max() >= threshold]


def per_cent(score: float) -> int:
    """A score in whole per cent for people: cut off, not rounded, so that no number stands for what does not reach it.

    >>> per_cent(0.496), per_cent(0.5), per_cent(0.57)
    (49, 50, 57)
    """
    return math.floor(100 * score + 1e-9)  # 0.57 is a little less than 57 hundredths


def per_cents(scores: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The same of an array of any shape, which may have gone through half precision: what that has taken away is given
    back, but never across COUNTS.

    >>> per_cents(np.array([0.499, 0.5, 0.8], np.float16)).tolist()
    [49, 50, 80]
    """
    whole = np.floor(scores.astype(np.float32) * (100 * (1 + 2.0**-11)))
    return np.where(scores < COUNTS, np.minimum(whole, 100 * COUNTS - 1), whole).astype(np.uint8)


def pool(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """How surely each label is anywhere in a clip: the mean over its highest 30 % of the steps with anything in them.

    scores : (step, label), 0-1, of the ear or of the eye; steps without anything, silence say, are all 0

    Returns (label,); all 0 where every step is.
    """
    sounding = scores[scores.any(axis=1)]
    if len(sounding) == 0:
        return np.zeros(scores.shape[1], np.float32)
    count = max(1, round(LOUDEST * len(sounding)))
    return np.sort(sounding, axis=0)[-count:].mean(axis=0)
