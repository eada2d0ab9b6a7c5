"""Movement: dense optical flow at four pictures per step of the analysis grid (Liu 2018, section 4.2.2: 7.8 per second,
long side 256), without what the camera did.

Flow is Dense Inverse Search (Kroeger et al. 2016). A camera that turns, walks or zooms moves nearly all of the picture
by one similarity; that of most points with something to see at them is taken off. What is left moves by itself.
"""

from collections.abc import Iterable
from functools import lru_cache

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
REPEATED = 0.15
"""Two pictures that differ by less than this in the mean, of 255, are one, shown twice: a video of ten pictures
a second in a copy of 25."""
LONGEST_REPEAT = 4
"""A picture that stays for longer than half a second stands still."""

POINT_PX = 8
"""Distance of the points that the camera's movement is read from."""
TEXTURE, TEXTURED_SHARE = 2.0, 0.7
"""Points count that have something to follow: a mean Laplacian of so much, and the best 70 % of them."""
FEWEST_POINTS = 20
INLIER_PX = 0.6
ROUNDS = 200


class Movement:
    """Keeps what moves from each picture to the next of a stream, as `add` brings them.

    Flow j leads from picture j - 1 to picture j; the first is nought. Step k of the grid is picture PER_STEP × k.
    """

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._flows: list[NDArray[np.float16]] = []
        self._changes: list[float] = []
        self._repeats = 0

    def add(self, grey: NDArray[np.uint8]) -> None:
        """The next picture, (height, width), its long side SIDE_PX. Takes 3 ms."""
        before, self._before = self._before, grey
        change = 0.0 if before is None else cv2.norm(before, grey, cv2.NORM_L1) / grey.size
        self._changes.append(change)
        if before is None or change < REPEATED:
            self._flows.append(np.zeros((2, *_cells(grey).shape), np.float16))
            self._repeats = self._repeats + 1 if before is not None else 0
            return
        vectors = np.stack([_cells(part) for part in np.moveaxis(own_flow(before, grey), 2, 0)])
        shared = self._repeats + 1 if self._repeats < LONGEST_REPEAT else 1
        self._flows.append((vectors / shared).astype(np.float16))
        for repeated in range(len(self._flows) - shared, len(self._flows) - 1):
            self._flows[repeated] = self._flows[-1]
        self._repeats = 0

    def vectors(self, cuts: Iterable[int] = ()) -> NDArray[np.float16]:
        """All movement so far: (flow, 2, row, column), px to the right and down from one picture to the next, the mean
        of every cell of CELL_PX.

        cuts : steps at which a new shot begins; nothing moves from one shot to another
        """
        vectors = np.stack(self._flows) if self._flows else np.zeros((0, 2, 0, 0), np.float16)
        for step in cuts:
            since = PER_STEP * (step - 1) + 1
            changes = self._changes[since : since + PER_STEP]
            if changes:
                vectors[since + int(np.argmax(changes))] = 0
        return vectors


def speed(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """How fast all moves, px per second: (..., 2, row, column) -> (..., row, column)."""
    right, down = np.moveaxis(vectors.astype(np.float32), -3, 0)
    return np.hypot(right, down) * np.float32(RATE_HZ)


def own_flow(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What moves by itself between two pictures (height, width): (height, width, 2), px to the right and down, at the
    place where it was before; a thing of 40 px is blurred with what lies around it."""
    if min(before.shape) < SMALLEST_PX:
        return np.zeros((*before.shape, 2), np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(before, now, np.zeros((*before.shape, 2), np.float32)).astype(np.float32, copy=False)
    return flow - _camera(flow, before)


def _camera(flow: NDArray[np.float32], picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The flow of a similarity, (height, width, 2), that most points which can be followed agree on; nought if none."""
    y, x = np.mgrid[POINT_PX // 2 : flow.shape[0] : POINT_PX, POINT_PX // 2 : flow.shape[1] : POINT_PX].reshape(2, -1)
    texture = cv2.blur(np.abs(cv2.Laplacian(picture, cv2.CV_32F, ksize=3)), (9, 9))[y, x]
    textured = texture > max(TEXTURE, float(np.quantile(texture, 1 - TEXTURED_SHARE)))
    if textured.sum() >= FEWEST_POINTS:
        y, x = y[textured], x[textured]
    start = np.stack([x, y], axis=1).astype(np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(
        start, start + flow[y, x], method=cv2.RANSAC, ransacReprojThreshold=INLIER_PX, maxIters=ROUNDS
    )
    if matrix is None:
        return np.zeros_like(flow)
    turn, shift = (matrix[:, :2].T - np.eye(2)).astype(np.float32), matrix[:, 2].astype(np.float32)
    return _places(*flow.shape[:2]) @ turn + shift


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> NDArray[np.float32]:
    """x and y of every pixel: (height, width, 2)."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)


def _cells(values: NDArray) -> NDArray:
    """Means over cells of CELL_PX, those at the edges stretched to whole cells: (height, width) -> (row, column)."""
    height, width = values.shape
    size = -(-width // CELL_PX), -(-height // CELL_PX)
    return cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA)
