"""Where an instrument is touched: at a hand, or of a wind instrument at the mouth, that is near it.

Places are px of a frame whose long side is 256, as in the annotations of Liu (2018, section 4.3.2). The constants, and
which factors to multiply, were chosen on 240 annotated steps of 16 real clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from milo_demo.geometry import Detection
from milo_demo.instruments import INSTRUMENTS, LABELS
from milo_demo.playing.hands import Hand, Mouth

SIDE_PX = 256
FINE_PX = 4
"""A map is computed in cells of this size; of each 2 × 2 of them the highest is kept."""
REACH_PX = 6.0
"""Width of the Gaussian around what touches."""
BESIDE = 0.1
"""What touches outside of the instrument's box counts so much against what touches within."""
GROWN, SOFT_PX = 0.1, 20.0
"""A box is grown by so much of its sides, and ends softly."""
UNSEEN = 0.05
"""So much counts a place where the object map sees nothing."""
CENTRED_PX, GUESS_PX = 128.0, 90.0
"""Width of the Gaussian around the middle of the frame, where most is played: where there are hands, and where not."""
GUESS = 0.5
"""How high the peak is of what is but a guess, a box without a hand in it."""
NOTHING = 1e-3
"""Lower values are none: a map is mostly empty."""

BY_MOUTH = [instrument.family in ("flute", "reed", "brass") for instrument in INSTRUMENTS]
"""Of each label, whether it is blown."""
VOICE = LABELS.index("voice")


@dataclass(frozen=True)
class Size:
    """Of a frame whose long side is SIDE_PX.

    wraps : the frame is 360° wide: it has no middle, and goes on at its other side
    """

    height: float
    width: float
    wraps: bool = False

    @classmethod
    def of(cls, height: int, width: int, wraps: bool = False) -> "Size":
        scale = SIDE_PX / max(height, width)
        return cls(height * scale, width * scale, wraps)

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of a map."""
        rows, columns = (max(1, round(side / FINE_PX / 2)) for side in (self.height, self.width))
        return rows, columns

    def across(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Distances along x, px, the shorter way round."""
        return x - self.width * np.round(x / self.width) if self.wraps else x


def where(
    hands: Sequence[Hand],
    mouths: Sequence[Mouth],
    boxes: Sequence[Detection],
    object_map: NDArray[np.floating],
    size: Size,
) -> NDArray[np.float32]:
    """Where each instrument of one step would be touched if it were played, (label, row, column): 1 at the likeliest
    place, GUESS where that is but the middle of its box, or of the frame; 0 everywhere for what nothing speaks for.

    boxes      : each counts as much as its score
    object_map : (label, row, column), 0-1, of any resolution

    Without a box of its own a label's hands are looked for in the boxes of the others: it may be one of them by another
    name.
    """
    shape = (2 * size.cells[0], 2 * size.cells[1])
    by_hand = _around([(*hand.touch, hand.score) for hand in hands], REACH_PX, size, shape)
    by_mouth = _around([(mouth.x, mouth.y, mouth.score) for mouth in mouths], REACH_PX, size, shape)
    seen = cv2.resize(
        np.ascontiguousarray(object_map.transpose(1, 2, 0), np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR
    ).transpose(2, 0, 1)
    anywhere = near(boxes, size, shape)
    centred, guessed = (
        np.float32(1) if size.wraps else _centred(size, shape, width) for width in (CENTRED_PX, GUESS_PX)
    )
    found = np.zeros((len(LABELS), *size.cells), np.float32)
    for label in (label for label in range(len(LABELS)) if label != VOICE):
        own = [box for box in boxes if box.label == label]
        around = near(own, size, shape) if own else anywhere
        touching = np.maximum(by_hand, by_mouth) if BY_MOUTH[label] else by_hand
        if touching.max() >= NOTHING:
            likely, height = touching * (BESIDE + around) * (UNSEEN + seen[label]) * centred, 1.0
        else:
            likely, height = (around if around.any() else np.ones(shape, np.float32)) * guessed, GUESS
        found[label] = height * _coarse(likely / likely.max())
    found[found < NOTHING] = 0
    return found


def near(boxes: Sequence[Detection], size: Size, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A box's score within it, grown, falling off softly outside; the highest of all boxes at each place. (row, column)
    of `shape`."""
    inside = np.zeros(shape, np.float32)
    y, x = places(size, shape)
    for box in boxes:
        middle_x, middle_y = box.middle
        across, down = np.abs(size.across(x - middle_x * size.width)), np.abs(y - middle_y * size.height)
        out_x = np.maximum(across - (0.5 + GROWN) * (box.x1 - box.x0) * size.width, 0)
        out_y = np.maximum(down - (0.5 + GROWN) * (box.y1 - box.y0) * size.height, 0)
        inside = np.maximum(inside, np.float32(box.score) * np.exp(-(out_x**2 + out_y**2) / (2 * SOFT_PX**2)))
    return inside


@lru_cache(maxsize=8)
def places(size: Size, shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """y (row, 1) and x (1, column) of the middles of cells, px."""
    sides = size.height, size.width
    (y, x) = ((np.arange(count) + 0.5) * side / count for count, side in zip(shape, sides, strict=True))
    return y[:, None].astype(np.float32), x[None].astype(np.float32)


def distances(point: Sequence[float], size: Size, shape: tuple[int, int]) -> NDArray[np.floating]:
    """How far the middles of cells, (row, column) of `shape`, lie from a point (x, y; fractions of the frame), px."""
    y, x = places(size, shape)
    return np.hypot(size.across(x - point[0] * size.width), y - point[1] * size.height)


def _around(
    points: Sequence[tuple[float, float, float]], width_px: float, size: Size, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Gaussians around points, x and y as fractions of the frame, as high as their scores; the highest everywhere."""
    heat = np.zeros(shape, np.float32)
    for *point, score in points:
        away = distances(point, size, shape)
        heat = np.maximum(heat, np.float32(score) * np.exp(-((away / width_px) ** 2) / 2))
    return heat


@lru_cache(maxsize=8)
def _centred(size: Size, shape: tuple[int, int], width_px: float) -> NDArray[np.float32]:
    return _around([(0.5, 0.5, 1.0)], width_px, size, shape)


def _coarse(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest of each 2 × 2 cells."""
    rows, columns = fine.shape
    return fine.reshape(rows // 2, 2, columns // 2, 2).max(axis=(1, 3))
