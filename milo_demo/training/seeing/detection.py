"""What the box head is taught by: targets for every cell, and the loss between the two.

Heatmaps of middles with the penalty-reduced focal loss of Zhou et al. (2019), sides with generalised IoU at all cells
near a middle, not only at the one (Liu et al. 2020, "Training-time-friendly network"): many more cells learn from each
box, which is what makes an hour on two cores enough.
"""

from typing import NamedTuple

import numpy as np
import torch
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


def targets(boxes: list[Detection], rows: dict[int, int], height: int, width: int) -> Targets:
    """Targets of one picture.

    rows          : a label's index -> its row in the box head
    height, width : of the picture, pixels
    """
    shape = -(-height // CELL_PX), -(-width // CELL_PX)
    middle = np.zeros((max(rows.values()) + 1, *shape), np.float32)
    edges, weight = np.zeros((4, *shape), np.float32), np.zeros(shape, np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]]
    size = np.array([width, height, width, height])
    # Large boxes first: where two overlap, the smaller one's sides stand.
    for box in sorted(boxes, key=lambda box: -(box.x1 - box.x0) * (box.y1 - box.y0)):
        x0, y0, x1, y1 = sides = np.array(box[2:]) * size
        # A middle lies at a cell, so that its hill has a top.
        column, row = (int(min(v // CELL_PX, n - 1)) for v, n in (((x0 + x1) / 2, shape[1]), ((y0 + y1) / 2, shape[0])))
        across, down = (max(SPREAD * length / CELL_PX, NARROWEST) for length in (x1 - x0, y1 - y0))
        hill = np.exp(-(((x - column) / across) ** 2 + ((y - row) / down) ** 2) / 2)
        np.maximum(middle[rows[box.label]], hill, out=middle[rows[box.label]])
        near = hill > NEAR
        edges[:, near] = sides[:, None]
        weight[near] = np.log((x1 - x0) * (y1 - y0)) * hill[near] / hill[near].sum()
    return Targets(*(torch.from_numpy(values) for values in (middle, edges, weight)))


def loss(logits: Tensor, sides: Tensor, wanted: Targets) -> Tensor:
    """Of a batch: the focal loss per box, and what the sides' generalised IoU lacks, averaged over boxes."""
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
    apart = generalized_box_iou_loss(
        corners(sides.float()).permute(0, 2, 3, 1)[near], wanted.edges.permute(0, 2, 3, 1)[near]
    )
    return focal + SIDES_WEIGHT * (apart * wanted.weight[near]).sum() / wanted.weight.sum()
