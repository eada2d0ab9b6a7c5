"""What the box head is taught by: targets for every cell, and the loss between the two.

Heatmaps of middles with the penalty-reduced focal loss of Zhou et al. (2019), sides with generalised IoU at all cells
near a middle, not only at the one (Liu et al. 2020, "Training-time-friendly network"): many more cells learn from each
box, which is what makes an hour on two cores enough.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss

from milo_demo.geometry import Detection
from milo_demo.models.boxes import CELL_PX, corners

SPREAD = 0.54 / 6
"""Standard deviation of a heatmap's hill, as a part of the box's sides."""
NARROWEST = 0.4
"""The same for the smallest boxes, cells."""
NEAR = 0.05
"""Cells where the hill is higher than this learn the box's sides."""
SIDES_WEIGHT = 5.0


class Targets(NamedTuple):
    """middle : (class, row, column), hills of height 1, -1 where nothing is known;
    edges : (4, row, column), left, top, right and bottom of the box, pixels;
    weight : (row, column), how much a cell's sides count; every box counts by the logarithm of its area."""

    middle: Tensor
    edges: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "Targets":
        return Targets(*(part.to(device) for part in self))


def targets(boxes: list[Detection], rows: dict[int, int], height: int, width: int) -> Targets:
    """Targets of one picture.

    rows          : a label's index -> its row in the box head
    height, width : of the picture, pixels
    """
    shape = -(-height // CELL_PX), -(-width // CELL_PX)
    middle = np.zeros((max(rows.values()) + 1, *shape), np.float32)
    edges, weight = np.zeros((4, *shape), np.float32), np.zeros(shape, np.float32)
    # Large boxes first: where two overlap, the smaller one's sides stand.
    for box in sorted(boxes, key=lambda box: box.area, reverse=True):
        sides = np.array(box.sides) * [width, height, width, height]
        hill = _hill(sides, shape)
        row = middle[rows[box.label]]
        np.maximum(row, hill, out=row)
        near = hill > NEAR
        edges[:, near] = sides[:, None]
        x0, y0, x1, y1 = sides
        weight[near] = np.log((x1 - x0) * (y1 - y0)) * hill[near] / hill[near].sum()
    return Targets(torch.from_numpy(middle), torch.from_numpy(edges), torch.from_numpy(weight))


def _hill(sides: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """How near each cell (row, column) is to the middle of a box of these sides (4,), pixels: 1 at its top."""
    rows, columns = shape
    x0, y0, x1, y1 = sides
    # The middle is moved onto a cell, so that the hill has a top.
    column = int(min((x0 + x1) / 2 // CELL_PX, columns - 1))
    row = int(min((y0 + y1) / 2 // CELL_PX, rows - 1))
    across = max(SPREAD * (x1 - x0) / CELL_PX, NARROWEST)
    down = max(SPREAD * (y1 - y0) / CELL_PX, NARROWEST)
    y, x = np.mgrid[:rows, :columns]
    return np.exp(-(((x - column) / across) ** 2 + ((y - row) / down) ** 2) / 2)


def loss(said: tuple[Tensor, Tensor, Tensor], wanted: Targets) -> Tensor:
    """Of a batch: the focal loss per box, and, averaged over boxes, what the sides' generalised IoU lacks and how badly
    the IoU is foretold (cross-entropy).

    said : what the box head returns
    """
    logits, sides, tight = said
    logits = logits.float().clamp(-12, 12)
    top = wanted.middle == 1
    known = wanted.middle >= 0
    chance = logits.sigmoid()
    missed = (1 - chance) ** 2 * functional.logsigmoid(logits) * top
    false = (1 - wanted.middle) ** 4 * chance**2 * functional.logsigmoid(-logits) * (known & ~top)
    focal = -(missed + false).sum() / top.sum().clamp(min=1)
    near = wanted.weight > 0
    if not near.any():
        return focal
    drawn = corners(sides.float()).permute(0, 2, 3, 1)[near]
    edges = wanted.edges.permute(0, 2, 3, 1)[near]
    apart = generalized_box_iou_loss(drawn, edges)
    overlap = _overlap(drawn.detach(), edges)
    foretold = functional.binary_cross_entropy_with_logits(tight.float()[near], overlap, reduction="none")
    return focal + ((SIDES_WEIGHT * apart + foretold) * wanted.weight[near]).sum() / wanted.weight.sum()


def _overlap(drawn: Tensor, edges: Tensor) -> Tensor:
    """IoU of each box (n, 4) with the one of the same number: (n,)."""
    shared = (torch.minimum(drawn, edges)[:, 2:] - torch.maximum(drawn, edges)[:, :2]).clamp(min=0).prod(1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (drawn, edges)]
    return shared / (areas[0] + areas[1] - shared)
