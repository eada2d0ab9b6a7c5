"""Where the joints of a hand lie in a picture of it (Zhang et al. 2020), with MediaPipe's numbers; and the network that
finds the palm to look at."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from milo_demo.models.blaze import PalmDetector
from milo_demo.models.trunk import SameConv2d

SIDE_PX = 224
POINTS = 21
"""Wrist, then four each of thumb, index, middle, ring and little finger, from the palm out."""
TIPS = (4, 8, 12, 16, 20)

# expansion, channels, kernel, stride: EfficientNet's order of MobileNet blocks
_BLOCKS = (
    (4, 24, 3, 2),
    (6, 24, 3, 1),
    (6, 40, 5, 2),
    (6, 40, 5, 1),
    (6, 80, 3, 2),
    (6, 80, 3, 1),
    (6, 80, 3, 1),
    (6, 112, 5, 1),
    (6, 112, 5, 1),
    (6, 112, 5, 1),
    (6, 192, 5, 2),
    (6, 192, 5, 1),
    (6, 192, 5, 1),
    (6, 192, 5, 1),
)


class Hand(NamedTuple):
    """points   : (batch, POINTS, 2), x and y in fractions of the picture, not bound to lie in it
    presence : (batch,), 0-1, how surely there is a hand at all"""

    points: Tensor
    presence: Tensor


class HandLandmarks(nn.Module):
    """Reads upright pictures of one hand each."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            SameConv2d(3, 24, 3, 2), nn.ReLU6(inplace=True),
            SameConv2d(24, 24, 3, groups=24), nn.ReLU6(inplace=True),
            SameConv2d(24, 16, 1),
        ]  # fmt: skip
        inputs = 16
        for expansion, outputs, kernel, stride in _BLOCKS:
            layers.append(_Inverted(inputs, inputs * expansion, outputs, kernel, stride))
            inputs = outputs
        layers += [
            SameConv2d(192, 1152, 1), nn.ReLU6(inplace=True),
            SameConv2d(1152, 1152, 3, groups=1152), nn.ReLU6(inplace=True),
        ]  # fmt: skip
        self.layers = nn.Sequential(*layers)
        self.presence = nn.Linear(1152, 1)
        self.points = nn.Linear(1152, 3 * POINTS)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pictures: Tensor) -> Hand:
        """pictures : (batch, 3, 224, 224), 0-1"""
        features = self.layers(pictures.contiguous(memory_format=torch.channels_last)).mean(dim=(2, 3))
        points = self.points(features).unflatten(-1, (POINTS, 3))[..., :2] / SIDE_PX
        return Hand(points, self.presence(features)[:, 0].sigmoid())


class Hands(nn.Module):
    """The two networks that find hands, one after the other: `palms` in a picture, `landmarks` in what it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.palms = PalmDetector()
        self.landmarks = HandLandmarks()


class _Inverted(nn.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            SameConv2d(inputs, hidden, 1), nn.ReLU6(inplace=True),
            SameConv2d(hidden, hidden, kernel, stride, groups=hidden), nn.ReLU6(inplace=True),
            SameConv2d(hidden, outputs, 1),
        )  # fmt: skip
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)
