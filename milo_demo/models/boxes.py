"""Boxes around instruments in one look: a single-shot detector on the shared trunk (S1 uses SSD, Liu et al. 2016).

Without anchors: every cell of a grid of 8 px says which instrument's middle it is near, and how far that instrument
reaches in the four directions (Zhou et al. 2019, "Objects as points"). Thin and small instruments need the fine grid,
names need the trunk's coarse one; they are added as in a feature pyramid (Lin et al. 2017), with SSDLite's separable
convolutions (Sandler et al. 2018, section 6.2).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.models.trunk import CHANNELS, FINE_CHANNELS, Features

STRIDE_PX = 8
WIDTH = 128
RARE = 0.01
"""Share of cells taken for a middle before anything is learnt; starting at a half would drown the first steps."""


class BoxHead(nn.Module):
    """Trunk features to boxes.

    classes : how many labels have a row of their own; which ones is the card's business

    Returns logits (batch, class, h / 8, w / 8), 0 being as likely as not, and sides (batch, 4, h / 8, w / 8): how far
    the box of the cell reaches from the cell's middle to the left, up, right and down, pixels.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.coarse = nn.Sequential(_pointwise(CHANNELS, WIDTH), _separable(5), _separable(5))
        self.fine = _pointwise(FINE_CHANNELS, WIDTH)
        self.joined = nn.Sequential(_separable(5), _separable(5), _separable(3))
        self.logits = nn.Conv2d(WIDTH, classes, 1)
        self.reach = nn.Conv2d(WIDTH, 4, 1)
        nn.init.constant_(self.logits.bias, float(torch.tensor(RARE).logit()))
        nn.init.constant_(self.reach.bias, 2.0)
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Features) -> tuple[Tensor, Tensor]:
        coarse = functional.interpolate(self.coarse(features.coarse), size=features.fine.shape[-2:], mode="bilinear")
        joined = self.joined(coarse + self.fine(features.fine))
        return self.logits(joined), STRIDE_PX * self.reach(joined).clamp(max=5).exp()


def corners(sides: Tensor) -> Tensor:
    """Sides (batch, 4, row, column) of every cell to the box's left, top, right and bottom edge, same shape, pixels."""
    rows, columns = (
        STRIDE_PX * (torch.arange(length, device=sides.device, dtype=sides.dtype) + 0.5) for length in sides.shape[-2:]
    )
    middle = torch.stack([columns.expand(len(rows), -1), rows[:, None].expand(-1, len(columns))])
    return torch.cat([middle - sides[:, :2], middle + sides[:, 2:]], dim=1)


def _pointwise(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


def _separable(kernel: int) -> nn.Sequential:
    """Each channel in space, then all channels at each place."""
    in_space = nn.Conv2d(WIDTH, WIDTH, kernel, padding=kernel // 2, groups=WIDTH, bias=False)
    return nn.Sequential(in_space, nn.BatchNorm2d(WIDTH), *_pointwise(WIDTH, WIDTH))
