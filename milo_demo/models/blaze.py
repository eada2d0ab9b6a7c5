"""Single-shot detectors of palms and faces (Bazarevsky et al. 2019; Zhang et al. 2020), with MediaPipe's numbers.

Both read a square picture and say for every anchor, a place on a grid, how surely something is there, its box, and
points in it. Their blocks filter each channel in space, mix, and add what came in; padding is TensorFlow's SAME.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.models.trunk import SameConv2d


class Spotted(NamedTuple):
    """What a detector says of every anchor, in fractions of its picture.

    score  : (batch, anchor), 0-1
    box    : (batch, anchor, 4), x and y of the middle, width, height
    points : (batch, anchor, point, 2), x, y
    """

    score: Tensor
    box: Tensor
    points: Tensor


class Block(nn.Module):
    """Filter each channel, mix them, add the input: halved by its largest values and filled up with empty channels
    where the output is smaller and deeper."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, activation: nn.Module, bias: bool) -> None:
        super().__init__()
        self.filter = SameConv2d(inputs, inputs, kernel, stride, groups=inputs, bias=bias)
        self.mix = nn.Conv2d(inputs, outputs, 1)
        self.activation = activation
        self.more, self.stride = outputs - inputs, stride

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.mix(self.filter(x))
        if self.stride == 2:
            x = functional.max_pool2d(x, 2)
        if self.more:
            x = functional.pad(x, (0, 0, 0, 0, 0, self.more))
        return self.activation(x + mixed)


class PalmDetector(nn.Module):
    """Palms, with seven points: wrist, the first knuckles of index, middle, ring and little finger, two of the thumb.

    Fine cells of 8 px (two anchors each) see what the coarse cells of 16 px (six) have found around them.
    """

    SIDE_PX = 192
    POINTS = 7

    def __init__(self) -> None:
        super().__init__()
        self.begin = nn.Sequential(SameConv2d(3, 32, 5, 2), nn.PReLU(32))
        self.cells_8 = nn.Sequential(*_stage(32, 32, 1, 4), *_stage(32, 64, 2, 5), *_stage(64, 128, 2, 5))
        self.cells_16 = nn.Sequential(*_stage(128, 256, 2, 5))
        self.cells_32 = nn.Sequential(*_stage(256, 256, 2, 5))
        self.up_16 = nn.Sequential(nn.Conv2d(256, 256, 1), nn.PReLU(256))
        self.out_16 = nn.Sequential(*_stage(256, 256, 1, 2))
        self.score_16, self.place_16 = nn.Conv2d(256, 6, 1), nn.Conv2d(256, 6 * 18, 1)
        self.up_8 = nn.Sequential(nn.Conv2d(256, 128, 1), nn.PReLU(128))
        self.out_8 = nn.Sequential(*_stage(128, 128, 1, 2))
        self.score_8, self.place_8 = nn.Conv2d(128, 2, 1), nn.Conv2d(128, 2 * 18, 1)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pictures: Tensor) -> Spotted:
        """pictures : (batch, 3, 192, 192), 0-1"""
        fine = self.cells_8(self.begin(pictures.contiguous(memory_format=torch.channels_last)))
        middle = self.cells_16(fine)
        middle = self.out_16(middle + self.up_16(_doubled(self.cells_32(middle))))
        fine = self.out_8(fine + self.up_8(_doubled(middle)))
        scores, places = (self.score_8(fine), self.score_16(middle)), (self.place_8(fine), self.place_16(middle))
        return _spotted(scores, places, self.SIDE_PX, self.POINTS)


class FaceDetector(nn.Module):
    """Faces, with six points: both eyes, the tip of the nose, the middle of the mouth, both ears."""

    SIDE_PX = 128
    POINTS = 6
    MOUTH = 3
    WIDTHS = (24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88, 96, 96, 96, 96, 96)
    HALVING = (2, 5, 11)

    def __init__(self) -> None:
        super().__init__()
        self.begin = nn.Sequential(SameConv2d(3, 24, 5, 2), nn.ReLU())
        blocks, inputs = [], 24
        for number, width in enumerate(self.WIDTHS):
            stride = 2 if number in self.HALVING else 1
            blocks.append(Block(inputs, width, 3, stride, nn.ReLU(), bias=True))
            inputs = width
        self.cells_8, self.cells_16 = nn.Sequential(*blocks[:11]), nn.Sequential(*blocks[11:])
        self.score_8, self.score_16 = nn.Conv2d(88, 2, 1), nn.Conv2d(96, 6, 1)
        self.place_8, self.place_16 = nn.Conv2d(88, 2 * 16, 1), nn.Conv2d(96, 6 * 16, 1)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pictures: Tensor) -> Spotted:
        """pictures : (batch, 3, 128, 128), 0-1"""
        fine = self.cells_8(self.begin((2 * pictures - 1).contiguous(memory_format=torch.channels_last)))
        coarse = self.cells_16(fine)
        scores, places = (self.score_8(fine), self.score_16(coarse)), (self.place_8(fine), self.place_16(coarse))
        return _spotted(scores, places, self.SIDE_PX, self.POINTS)


def _stage(inputs: int, outputs: int, stride: int, blocks: int) -> list[Block]:
    """Blocks of the palm detector, of which the first one halves where the stride is 2."""
    return [
        Block(inputs if k == 0 else outputs, outputs, 5, stride if k == 0 else 1, nn.PReLU(outputs), bias=False)
        for k in range(blocks)
    ]


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _spotted(scores: Sequence[Tensor], places: Sequence[Tensor], side_px: int, points: int) -> Spotted:
    """Of maps (batch, anchors × values, row, column), the finer one first."""
    flat_scores, flat_places, anchors = [], [], []
    for score, place in zip(scores, places, strict=True):
        batch, each, rows, columns = score.shape
        flat_scores.append(score.permute(0, 2, 3, 1).reshape(batch, -1))
        flat_places.append(place.permute(0, 2, 3, 1).reshape(batch, rows * columns * each, -1))
        y, x = torch.meshgrid(*(torch.arange(n, device=score.device) + 0.5 for n in (rows, columns)), indexing="ij")
        middles = torch.stack([x / columns, y / rows], dim=-1)
        anchors.append(middles.reshape(-1, 1, 2).expand(-1, each, 2).reshape(-1, 2))
    anchor, place = torch.cat(anchors), torch.cat(flat_places, dim=1) / side_px
    box = torch.cat([place[..., :2] + anchor, place[..., 2:4]], dim=-1)
    around = place[..., 4:].unflatten(-1, (points, 2)) + anchor[:, None]
    return Spotted(torch.cat(flat_scores, dim=1).sigmoid(), box, around)
