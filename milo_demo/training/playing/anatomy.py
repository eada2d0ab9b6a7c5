"""Where an instrument is touched, told from its outline alone: which end is the body, where the middle line runs."""

import numpy as np
from numpy.typing import NDArray

STANDING = ("accordion", "bagpipe", "congas", "drum", "french_horn", "guzheng", "harp", "piano", "tuba", "xylophone")
"""Kinds that are measured from left to right and from top to bottom; all others from their heavy to their thin end."""
BINS = 16


class Anatomy:
    """Coordinates on a cut-out: `at(u, v)` gives pixels.

    Of STANDING kinds u runs from left to right, v from top to bottom, both 0-1. Of all others u runs along the longest
    axis, 0 where the body ends and 1 at the thin end, and v across it, -1 and 1 being the edges; 0 is the middle line.

    length : of the longer side or of the axis, pixels
    along, across : unit vectors (2,), x and y, in which u and v grow
    """

    def __init__(self, kind: str, opacity: NDArray[np.uint8]) -> None:
        rows, columns = np.nonzero(opacity > 127)
        points = np.stack([columns, rows], axis=1).astype(np.float64)
        self.standing = kind in STANDING
        if self.standing:
            low, high = points.min(axis=0), points.max(axis=0)
            self.along, self.across = np.array([1.0, 0.0]), np.array([0.0, 1.0])
            self._low, self._size = low, high - low
            self.length = float(self._size.max())
            return
        middle = points.mean(axis=0)
        _, axes = np.linalg.eigh(np.cov((points - middle).T))
        along = axes[:, 1]
        place = (points - middle) @ along
        ends = np.percentile(place, [1, 99])
        if (place > ends.mean()).mean() > 0.5:  # the heavy half is the body
            along, place, ends = -along, -place, -ends[::-1]
        self.along, self.across = along, np.array([-along[1], along[0]])
        self.length = float(ends[1] - ends[0])
        self._low = middle + ends[0] * along
        aside = (points - self._low) @ self.across
        bins = np.clip(((place - ends[0]) / self.length * BINS).astype(int), 0, BINS - 1)
        count = np.maximum(np.bincount(bins, minlength=BINS), 1)
        self._line = np.bincount(bins, aside, BINS) / count
        spread = np.bincount(bins, aside**2, BINS) / count - self._line**2
        self._half = np.sqrt(3 * spread.clip(min=0)) + 1  # of an even spread

    def at(self, u: float, v: float = 0.0) -> NDArray[np.float64]:
        """The point (2,), x and y in pixels of the cut-out."""
        if self.standing:
            return self._low + self._size * (u, v)
        places = (np.arange(BINS) + 0.5) / BINS
        aside = np.interp(u, places, self._line) + v * np.interp(u, places, self._half)
        return self._low + u * self.length * self.along + aside * self.across
