"""Where in a frame to look for hands: what a detector of palms sees is small, so the whole frame is but the first look.

A look is a rectangle in px of the frame, x, y, width, height; it may reach beyond the frame, where all is black.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from milo_demo.geometry import Detection

AROUND = 1.3
"""The square around an instrument is so many times its longer side: hands reach beyond it."""
HALF, ASIDE = 0.65, 0.3
"""Closer still: two squares of this part of that one, moved to either side by this part of the instrument."""
BORDER = 0.15
"""Black all around, in parts of the longer side: a palm that the frame cuts is found if there is something beyond."""
EDGE_PX = 2
"""What comes this close to a look's edge is cut by it, unless the frame ends there too."""


FURTHER_LOOKS = 4


class Look(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def whole(height: int, width: int) -> Look:
    """The frame."""
    return Look(0, 0, width, height)


def further_looks(height: int, width: int, boxes: Sequence[Detection]) -> list[Look]:
    """FURTHER_LOOKS at a frame in which no hand was found: the square around the surest of the boxes, two closer ones
    along its longer side, and the frame with black all around. Without boxes the middle of the frame is looked at."""
    if boxes:
        surest = max(boxes, key=lambda box: box.score)
        (x, y), across, down = surest.middle, surest.x1 - surest.x0, surest.y1 - surest.y0
        x, y, across, down = x * width, y * height, across * width, down * height
    else:
        x, y, across, down = width / 2, height / 2, min(height, width), min(height, width)
    side = AROUND * max(across, down)
    to_x, to_y = (ASIDE * across, 0.0) if across >= down else (0.0, ASIDE * down)
    small = HALF * min(side, max(height, width))
    places = [(x, y, side), (x - to_x, y - to_y, small), (x + to_x, y + to_y, small)]
    border = round(BORDER * max(height, width))
    bordered = Look(-border, -border, width + 2 * border, height + 2 * border)
    return [*(_square(height, width, *place) for place in places), bordered]


def _square(height: int, width: int, x: float, y: float, side: float) -> Look:
    """The square with a middle and a side that are brought into the frame."""
    side = int(min(side, width, height))
    left, top = (round(min(max(0, at - side / 2), end - side)) for at, end in ((x, width), (y, height)))
    return Look(left, top, side, side)


def letterboxed(frame: NDArray[np.uint8], look: Look, side_px: int) -> NDArray[np.uint8]:
    """What a look at a frame, RGB (height, width, 3), shows, in the middle of a black square (side_px, side_px, 3)."""
    scale = side_px / max(look.width, look.height)
    height, width = frame.shape[:2]
    x0, y0, x1, y1 = max(0, look.x), max(0, look.y), min(width, look.x + look.width), min(height, look.y + look.height)
    left = round((x0 - look.x - look.width / 2) * scale + side_px / 2)
    top = round((y0 - look.y - look.height / 2) * scale + side_px / 2)
    across, down = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cv2.resize(frame[y0:y1, x0:x1], (across, down), interpolation=kind)
    square = np.zeros((side_px, side_px, 3), np.uint8)
    square[top : top + down, left : left + across] = shown[: side_px - top, : side_px - left]
    return square


def in_frame(look: Look, places: NDArray) -> NDArray[np.float64]:
    """Places in a letterboxed look, x and y (..., 2) as fractions of the square, in px of the frame."""
    side = max(look.width, look.height)
    middle = np.array([look.x + look.width / 2, look.y + look.height / 2])
    return (places.astype(np.float64) - 0.5) * side + middle


def cut(look: Look, box: NDArray[np.floating], height: int, width: int) -> bool:
    """Does a look's edge cut a box (x and y of its middle, width, height; px) where the frame goes on?"""
    x0, y0, x1, y1 = *(box[:2] - box[2:] / 2), *(box[:2] + box[2:] / 2)
    return bool(
        (look.x > 0 and x0 < look.x + EDGE_PX)
        or (look.y > 0 and y0 < look.y + EDGE_PX)
        or (look.x + look.width < width and x1 > look.x + look.width - EDGE_PX)
        or (look.y + look.height < height and y1 > look.y + look.height - EDGE_PX)
    )
