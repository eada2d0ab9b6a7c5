"""What teaches the box head's second stage (`models.boxes.Tighter`): true boxes whose sides are off, to be put right.

Sides are off as far as the first stage's are on photos that it has not seen, by an eighth of the box, and less or more:
where it errs on what it has learnt from says little.
"""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss
from torchvision.ops import generalized_box_iou_loss

from milo_demo.models.boxes import Tighter
from milo_demo.models.trunk import Features
from milo_demo.training.seeing.boxes.detection import Targets

OFF = 0.28
"""Sides are off by a standard deviation of up to so much of the box, evenly spread."""
TIMES = 3
"""So often each box is shown, every time off in another way."""
LEAST_PX = 8.0
"""A box that would be narrower stays as it is."""
TOP = 0.999
"""A cell whose hill is so high is a box's middle."""
SIDES, BEND = 0.5, 0.05
"""Weight of the sides beside the IoU, and how far they are off, parts of the box, where the loss goes from a square to
a straight line."""


def loss(tighter: Tighter, features: Features, wanted: Targets, generator: torch.Generator) -> Tensor | None:
    """What generalised IoU and sides lack of boxes put right; None for a batch without a box.

    wanted : of a batch of pictures
    """
    true = [true_boxes(Targets(*parts)) for parts in zip(*wanted, strict=True)]
    shown = [boxes.repeat(TIMES, 1) for boxes in true]
    right = torch.cat(shown)
    if not len(right):
        return None
    said = tighter(features, [askew(boxes, generator) for boxes in shown])
    off = (said - right) / (right[:, 2:] - right[:, :2]).repeat(1, 2)
    sides = smooth_l1_loss(off, torch.zeros_like(off), beta=BEND)
    return generalized_box_iou_loss(said, right, reduction="mean") + SIDES * sides


def true_boxes(wanted: Targets) -> Tensor:
    """The boxes (box, 4), pixels, that a picture's targets were made of."""
    middles = (wanted.middle.amax(0) >= TOP) & (wanted.weight > 0)
    return wanted.edges[:, middles].T.unique(dim=0)


def askew(boxes: Tensor, generator: torch.Generator) -> Tensor:
    """Boxes (box, 4), each side off by chance."""
    sizes = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    spread = OFF * torch.rand(len(boxes), 1, generator=generator).to(boxes.device)
    off = boxes + spread * sizes * torch.randn(boxes.shape, generator=generator).to(boxes.device)
    wide = (off[:, 2:] - off[:, :2]).amin(1, keepdim=True) > LEAST_PX
    return torch.where(wide, off, boxes)
