"""The action model: which movements play an instrument, and where (Liu 2018, section 4.2.1, table 4.2).

It sees nothing but five stacked dense flows, so that what it says is about movement alone; ear and eye taught it, and
may be multiplied in afterwards (section 4.1.3).
"""

import torch
from torch import Tensor, nn

from milo_demo.instruments import LABELS

FLOWS = 5
"""Flows in a stack: that of the step's own picture, two before and two after; 0.64 s."""
CELL_PX = 8
"""Side of a cell of the output, pixels of a picture with a long side of 256."""
COMPRESSION = 2.0
"""Flows enter as arsinh(2 × px): a finger's third of a pixel and an arm's ten are both worth seeing."""
RARE = 0.01


class MovementFCN(nn.Module):
    """Stacked flows to a map per label.

    labels  : what the rows of the last layer stand for; other labels stay 0
    filters : of the first layer, in which `first_filters` shows what was learned

    The document's layers, an FCN made of VGG-CNN-M: an early convolution of 7×7, one of 5×5 and three of 3×3, late
    ones of 3×3, 1×1 and 1×1, a sigmoid. Departures, so that it learns in minutes and points at fingers: a fifth of
    the channels; flows in cells of 4 px; dilation in place of the later strides, which leaves cells of 8 px instead of
    32; batch norm in place of local response normalisation.

    Input (batch, 10, row, column): right and down of every flow, px from one picture to the next, cells of 4 px.
    Returns logits (batch, label row, ceil(row / 2), ceil(column / 2)).
    """

    def __init__(self, labels: list[str], filters: int = 48, width: int = 48, dropout: float = 0.2) -> None:
        super().__init__()
        self.row_label = [LABELS.index(label) for label in labels]
        self.first = nn.Conv2d(2 * FLOWS, filters, 7, stride=2, padding=3, bias=False)
        self.early = nn.Sequential(
            nn.BatchNorm2d(filters),
            nn.ReLU(inplace=True),
            *_convolution(filters, width, 5),
            *_convolution(width, width, 3, dilation=2),
            *_convolution(width, width, 3, dilation=4),
            *_convolution(width, width, 3, dilation=2),
        )
        self.late = nn.Sequential(
            *_convolution(width, 2 * width, 3),
            nn.Dropout2d(dropout),
            *_convolution(2 * width, width, 1),
            nn.Dropout2d(dropout),
        )
        self.logits = nn.Conv2d(width, len(labels), 1)
        assert self.logits.bias is not None
        nn.init.constant_(self.logits.bias, float(torch.tensor(RARE).logit()))
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, stacks: Tensor) -> Tensor:
        seen = torch.asinh(COMPRESSION * stacks).contiguous(memory_format=torch.channels_last)
        return self.logits(self.late(self.early(self.first(seen))))

    def maps(self, stacks: Tensor) -> Tensor:
        """What moves as if it played each label of the taxonomy: (batch, label, row, column), 0-1."""
        rows = self(stacks).sigmoid()
        maps = rows.new_zeros(len(rows), len(LABELS), *rows.shape[2:])
        maps[:, self.row_label] = rows
        return maps

    def responses(self, stacks: Tensor) -> Tensor:
        """How strongly each filter of the first layer answers anywhere: spatial maximum of what is left of it after
        rectification (section 4.3.5). (batch, filter)"""
        seen = torch.asinh(COMPRESSION * stacks)
        return self.early[:2](self.first(seen)).amax((2, 3))

    def first_filters(self) -> Tensor:
        """Average movement of each filter over its 7×7 places: (filter, flow, 2), right and down."""
        return self.first.weight.detach().mean((2, 3)).unflatten(1, (FLOWS, 2))


def stacked(vectors: Tensor, per_step: int) -> Tensor:
    """Flows (flow, 2, row, column), `per_step` for each step of the grid, to stacks (step, 10, row, column): of every
    step's own flow, two before and two after; beyond the ends nothing moves."""
    half = FLOWS // 2
    padded = nn.functional.pad(vectors, (0, 0, 0, 0, 0, 0, half, half))
    return padded.unfold(0, FLOWS, per_step).movedim(-1, 1).flatten(1, 2)


def _convolution(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> tuple[nn.Module, ...]:
    padding = dilation * (kernel // 2)
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
