"""Boxes in a frame: how they overlap, and where they lie in frames that close around the viewer.

Boxes are x0, y0, x1, y1 in fractions of the frame. In a frame 360° wide x = 1 is x = 0, the seam: a box across it has
x1 > 1, and two boxes may lie a whole turn apart and yet in one place. Where a function takes `wraps`, that is reckoned
with: of each pair the second box is moved by as many turns as bring it nearest to the first.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import box_iou, distance_box_iou


class Detection(NamedTuple):
    """An instrument in one frame: index of its label, score 0-1, sides as fractions of the frame."""

    label: int
    score: float
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def sides(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1"""
        return self[2:]

    @property
    def middle(self) -> tuple[float, float]:
        """x, y"""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def area(self) -> float:
        """Share of the frame."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def within(self, window: "Window") -> "Detection":
        """The same, its sides as fractions of a window of the frame."""
        (left, top, right, bottom), (x0, y0, x1, y1) = window, self.sides
        wide, high = right - left, bottom - top
        sides = (x0 - left) / wide, (y0 - top) / high, (x1 - left) / wide, (y1 - top) / high
        return Detection(self.label, self.score, *sides)

    def out_of(self, window: "Window") -> "Detection":
        """What lies so in a window of the frame, its sides as fractions of the frame."""
        (left, top, right, bottom), (x0, y0, x1, y1) = window, self.sides
        wide, high = right - left, bottom - top
        sides = left + wide * x0, top + high * y0, left + wide * x1, top + high * y1
        return Detection(self.label, self.score, *sides)


Window = tuple[float, float, float, float]
"""x0, y0, x1, y1 of a part of the frame, as fractions."""
Boxes = Sequence[Detection] | NDArray[np.floating]
"""Detections, or sides (box, 4)."""


def iou(boxes: Boxes, others: Boxes, wraps: bool = False) -> NDArray[np.float64]:
    """Intersection over union of every box with every other: (box, other), 0-1.

    >>> left, both = Detection(0, 1.0, 0.0, 0.0, 0.5, 1.0), Detection(0, 1.0, 0.0, 0.0, 1.0, 1.0)
    >>> iou([left], [left, both]).tolist()
    [[1.0, 0.5]]
    """
    return box_iou(*_pairs(boxes, others, wraps))[..., 0, 0].numpy()


def ioa(boxes: Boxes, others: Boxes, wraps: bool = False) -> NDArray[np.float64]:
    """Intersection over area: how much of every box lies in every other, (box, other), 0-1."""
    one, other = _pairs(boxes, others, wraps)
    shared = torch.minimum(one[..., 2:], other[..., 2:]) - torch.maximum(one[..., :2], other[..., :2])
    area = (one[..., 2:] - one[..., :2]).prod(-1)
    return (shared.clamp(min=0).prod(-1) / area)[..., 0].numpy()


def distance_iou(boxes: Boxes, others: Boxes, wraps: bool = False) -> NDArray[np.float64]:
    """Distance-IoU (Zheng et al. 2020) of every box with every other, (box, other), -1 to 1: IoU, less how far apart
    their middles are; of boxes that do not overlap, the nearer are more alike."""
    return distance_box_iou(*_pairs(boxes, others, wraps), eps=0.0)[..., 0, 0].numpy()


def solid_angle_iou(box: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union, in solid angles, of two boxes (4,) of an equirectangular frame, whichever side of the
    seam they lie on."""

    def area(x0: float, y0: float, x1: float, y1: float) -> float:
        return max(x1 - x0, 0) * max(np.cos(np.pi * y0) - np.cos(np.pi * y1), 0)

    shared = sum(
        area(max(box[0], other[0] + by), max(box[1], other[1]), min(box[2], other[2] + by), min(box[3], other[3]))
        for by in (-1, 0, 1)
    )
    return shared / (area(*box) + area(*other) - shared)


def contains(boxes: Sequence[Detection], x: float, y: float) -> bool:
    """Does a point lie in one of the boxes?"""
    return any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in boxes)


def turns(x: float, other_x: float) -> int:
    """How many whole turns bring `other_x` nearest to `x`, both fractions of a frame 360° wide.

    >>> turns(0.95, 0.05)
    1
    """
    return round(x - other_x)


def nearest(box: Detection, other: Detection, wraps: bool) -> Detection:
    """`other`, in frames 360° wide as many turns away from where it is as bring it nearest to `box`."""
    by = turns(box.middle[0], other.middle[0]) if wraps else 0
    return other._replace(x0=other.x0 + by, x1=other.x1 + by) if by else other


def in_frame(box: Detection) -> Detection:
    """The same box of a frame 360° wide with 0 <= x0 < 1."""
    by = float(np.floor(box.x0))
    return box._replace(x0=box.x0 - by, x1=box.x1 - by)


def _pairs(boxes: Boxes, others: Boxes, wraps: bool) -> tuple[Tensor, Tensor]:
    """Every box with every other, both (box, other, 1, 4)."""
    one, other = (torch.tensor(np.array([box[-4:] for box in group]).reshape(-1, 4)) for group in (boxes, others))
    one, other = one[:, None, None].expand(-1, len(other), -1, -1), other[None, :, None].expand(len(one), -1, -1, -1)
    if wraps:
        middles = ((sides[..., 0] + sides[..., 2]) / 2 for sides in (one, other))
        by = torch.round(next(middles) - next(middles))[..., None]
        other = other + by * torch.tensor([1.0, 0.0, 1.0, 0.0])
    return one, other
