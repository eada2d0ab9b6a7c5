"""The shared eye: MobileNetV2 (Sandler et al. 2018) as a feature map with one cell per 16 pixels.

Differences from the textbook network, each for a reason:

* Batch normalisation is folded into the convolutions' biases: small batches of one clip's frames would only spoil it.
* Padding is TensorFlow's SAME, because the teacher was trained with it; symmetric padding costs it 9 points of top-1.
* The last downsampling is replaced by dilation (output stride 16 in place of 32): small instruments keep a cell.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS, FINE_CHANNELS = 1280, 32
STRIDE_PX = 16
MIN_SIDE_PX = 16

# expansion, channels, repeats, stride, dilation (table 2 of the paper; the last stride 2 has become dilation 2)
_STAGES = (
    (1, 16, 1, 1, 1),
    (6, 24, 2, 2, 1),
    (6, 32, 3, 2, 1),
    (6, 64, 4, 2, 1),
    (6, 96, 3, 1, 1),
    (6, 160, 3, 1, 2),
    (6, 320, 1, 1, 2),
)


class Features(NamedTuple):
    """What the heads read: fine (batch, 32, h / 8, w / 8), still unnamed shapes; coarse (batch, 1280, h / 16, w / 16),
    values 0-6. Sizes are rounded up."""

    fine: Tensor
    coarse: Tensor


class SameConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME: at stride 2 and kernel 3 an even side is padded at its far end only."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1, groups: int = 1):
        padding = dilation * (kernel // 2) if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding, dilation, groups)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 2:
            height, width = x.shape[-2:]
            x = functional.pad(x, (width % 2, 1, height % 2, 1))
        return super().forward(x)


class InvertedResidual(nn.Module):
    """Expand, filter each channel in space, project; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, dilation: int):
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [SameConv2d(inputs, hidden, 1), nn.ReLU6(inplace=True)]
        layers += [
            SameConv2d(hidden, hidden, 3, stride, dilation, groups=hidden),
            nn.ReLU6(inplace=True),
            SameConv2d(hidden, outputs, 1),
        ]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class Trunk(nn.Module):
    """RGB frames to features that every head of the eye reads.

    Input (batch, 3, height, width), uint8 0-255 or float 0-1, sides of at least 16 px.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConv2d(3, 32, 3, stride=2), nn.ReLU6(inplace=True)]
        inputs, reached = 32, 1
        for expansion, outputs, repeats, stride, dilation in _STAGES:
            if inputs == FINE_CHANNELS and stride == 2:
                self.fine_layers = len(layers)
            for repeat in range(repeats):
                # The block that used to downsample still sees undilated input; dilation starts after it.
                layers.append(
                    InvertedResidual(
                        inputs,
                        outputs,
                        expansion,
                        stride=stride if repeat == 0 else 1,
                        dilation=reached if repeat == 0 else dilation,
                    )
                )
                inputs = outputs
            reached = dilation
        layers += [SameConv2d(inputs, CHANNELS, 1), nn.ReLU6(inplace=True)]
        self.layers = nn.Sequential(*layers)
        # Twice as fast on a processor.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, frames: Tensor) -> Features:
        if min(frames.shape[-2:]) < MIN_SIDE_PX:
            raise ValueError(f"frames of {frames.shape[-1]}x{frames.shape[-2]} px: each side needs {MIN_SIDE_PX} px")
        dtype = next(self.parameters()).dtype
        scaled = frames.to(dtype) / 128 if frames.dtype == torch.uint8 else frames * (255 / 128)
        fine = self.layers[: self.fine_layers]((scaled - 1).contiguous(memory_format=torch.channels_last))
        return Features(fine, self.layers[self.fine_layers :](fine))
