"""Movement: dense optical flow at four pictures per step of the analysis grid (Liu 2018, section 4.2.2: 7.8 per second,
long side 256), without what the camera did.

Flow is Dense Inverse Search (Kroeger et al. 2016). A camera that turns, walks or zooms moves nearly all of the picture
by one similarity; that of most points with something to see at them is taken off. What is left moves by itself.

Flow says where things go, but not how sure that is: where a still picture is dark or soft, it wanders. So it is also
kept how much the picture has changed at each place once the camera's movement is undone, against the contrast there:
where something moves, about as much as its contrast; where nothing does, a tenth of it.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from milo_demo.grid import STEPS_PER_S

PER_STEP = 4
RATE_HZ = PER_STEP * STEPS_PER_S
SIDE_PX = 256
"""Long side of the pictures that are compared."""
CELL_PX = 4
"""Movement is kept in cells of this size: a finger tip moves one or two of them."""

SMALLEST_PX = 12
"""In a picture less high or wide nothing can be followed."""
REPEATED = 3.0
"""Two pictures of which no cell differs by more than this, of 255, are one, shown twice: a video of five pictures
a second in a copy of 25. In four real clips made so, compressed as usual, that was at most 3.0 where one was shown
twice, and at least 20 from one to the next."""
LONGEST_REPEAT = 4
"""A picture that stays for longer than half a second stands still."""

POINT_PX = 8
"""Distance of the points that the camera's movement is read from."""
TEXTURE, TEXTURED_SHARE = 2.0, 0.7
"""Points count that have something to follow: a mean Laplacian of so much, and the best 70 % of them."""
FEWEST_POINTS = 20
INLIER_PX = 0.6
ROUNDS = 200

AROUND, LEAST_CONTRAST = 7, 8.0
"""Contrast is the deviation over squares of so many cells each way, and this much more, of 255, because of noise."""


class Compared(NamedTuple):
    """What differs from one picture (height, width) to the next.

    flow   : (height, width, 2), what moves by itself, px to the right and down, at the place where it was before; a
             thing of 40 px is blurred with what lies around it
    change : (row, column), how much the picture has changed in each cell of CELL_PX against its contrast
    """

    flow: NDArray[np.float32]
    change: NDArray[np.float32]


class Movement:
    """Keeps what moves from each picture to the next of a stream, as `add` brings them.

    Flow j leads from picture j - 1 to picture j; the first is nought. Step k of the grid is picture PER_STEP × k.
    """

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._flows: list[NDArray[np.float16]] = []
        self._changes: list[NDArray[np.float16]] = []
        self._jumps: list[float] = []
        self._shared: list[int] = []
        self._repeats = 0

    def add(self, grey: NDArray[np.uint8]) -> None:
        """The next picture, (height, width), its long side SIDE_PX. Takes 4 ms."""
        before, self._before = self._before, grey
        differs = np.zeros_like(grey, np.float32) if before is None else cv2.absdiff(before, grey).astype(np.float32)
        self._jumps.append(float(differs.mean()))
        if before is None or _cells(differs).max() <= REPEATED:
            still = np.zeros((3, *_cells(grey).shape), np.float16)
            self._shared.append(1)
            self._flows.append(still[:2])
            self._changes.append(still[2])
            self._repeats = self._repeats + 1 if before is not None else 0
            return
        flow, change = compare(before, grey)
        shared = self._repeats + 1 if self._repeats < LONGEST_REPEAT else 1
        self._shared.append(shared)
        vectors = np.stack([_cells(part) for part in np.moveaxis(flow, 2, 0)]) / shared
        self._flows.append(vectors.astype(np.float16))
        self._changes.append(change.astype(np.float16))
        for kept in (self._flows, self._changes):
            for repeated in range(len(kept) - shared, len(kept) - 1):
                kept[repeated] = kept[-1]
        self._repeats = 0

    def vectors(self, cuts: Iterable[int] = ()) -> NDArray[np.float16]:
        """All movement so far: (flow, 2, row, column), px to the right and down from one picture to the next, the mean
        of every cell of CELL_PX.

        cuts : steps at which a new shot begins; nothing moves from one shot to another
        """
        return self._without(cuts, self._flows, (0, 2, 0, 0))

    def changes(self, cuts: Iterable[int] = ()) -> NDArray[np.float16]:
        """How much the picture changes, (flow, row, column), see `Compared`."""
        return self._without(cuts, self._changes, (0, 0, 0))

    def _without(
        self, cuts: Iterable[int], kept: list[NDArray[np.float16]], nothing: tuple[int, ...]
    ) -> NDArray[np.float16]:
        values = np.stack(kept) if kept else np.zeros(nothing, np.float16)
        for step in cuts:
            since = PER_STEP * (step - 1) + 1
            jumps = self._jumps[since : since + PER_STEP]
            if jumps:
                last = since + int(np.argmax(jumps))
                values[last + 1 - self._shared[last] : last + 1] = 0
        return values


def speed(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """How fast all moves, px per second: (..., 2, row, column) -> (..., row, column)."""
    right, down = np.moveaxis(vectors.astype(np.float32), -3, 0)
    return np.hypot(right, down) * np.float32(RATE_HZ)


def compare(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> Compared:
    """What moves, and changes, by itself between two pictures (height, width)."""
    if min(before.shape) < SMALLEST_PX:
        return Compared(np.zeros((*before.shape, 2), np.float32), np.zeros_like(_cells(before), np.float32))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(before, now, np.zeros((*before.shape, 2), np.float32)).astype(np.float32, copy=False)
    camera = _camera(flow, before)
    turn, shift = (camera[:, :2].T - np.eye(2)).astype(np.float32), camera[:, 2].astype(np.float32)
    return Compared(flow - (_places(*before.shape) @ turn + shift), _changed(before, now, camera))


def _camera(flow: NDArray[np.float32], picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The similarity (2, 3) that most points which can be followed agree on; that of a camera at rest if none."""
    y, x = np.mgrid[POINT_PX // 2 : flow.shape[0] : POINT_PX, POINT_PX // 2 : flow.shape[1] : POINT_PX].reshape(2, -1)
    texture = cv2.blur(np.abs(cv2.Laplacian(picture, cv2.CV_32F, ksize=3)), (9, 9))[y, x]
    textured = texture > max(TEXTURE, float(np.quantile(texture, 1 - TEXTURED_SHARE)))
    if textured.sum() >= FEWEST_POINTS:
        y, x = y[textured], x[textured]
    start = np.stack([x, y], axis=1).astype(np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(
        start, start + flow[y, x], method=cv2.RANSAC, ransacReprojThreshold=INLIER_PX, maxIters=ROUNDS
    )
    return np.eye(2, 3) if matrix is None else np.asarray(matrix, np.float64)


def _changed(before: NDArray[np.uint8], now: NDArray[np.uint8], camera: NDArray[np.float64]) -> NDArray[np.float32]:
    """How much a picture has changed against its contrast, (row, column), where the camera still shows it; more than
    the half of it does that changes least, which is noise."""
    size = before.shape[1], before.shape[0]
    moved = cv2.warpAffine(before, camera, size, borderMode=cv2.BORDER_REPLICATE)
    still_there = cv2.warpAffine(np.ones_like(before), camera, size)
    difference = _cells((cv2.absdiff(moved, now) * still_there).astype(np.float32))
    difference = np.sqrt(np.maximum(difference**2 - np.median(difference) ** 2, 0))
    grey, around = before.astype(np.float32), (AROUND, AROUND)
    mean, square = (cv2.blur(_cells(values), around) for values in (grey, grey * grey))
    return difference / (np.sqrt(np.maximum(square - mean * mean, 0)) + np.float32(LEAST_CONTRAST))


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> NDArray[np.float32]:
    """x and y of every pixel: (height, width, 2)."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)


def _cells(values: NDArray) -> NDArray:
    """Means over cells of CELL_PX, those at the edges stretched to whole cells: (height, width) -> (row, column)."""
    height, width = values.shape
    size = -(-width // CELL_PX), -(-height // CELL_PX)
    return cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA)
