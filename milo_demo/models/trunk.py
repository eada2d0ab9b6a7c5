"""The shared eye: EfficientNet-Lite0 (Tan & Le 2019; the Lite variants: Liu 2020) as a feature map with one cell per
16 pixels.

Inverted residuals of two kernel sizes without squeeze-and-excitation, ReLU6 throughout. Differences from the textbook
network, each for a reason:

* Batch normalisation is folded into the convolutions' biases: small batches of one clip's frames would only spoil it.
* Padding is TensorFlow's SAME, because the teacher was trained with it.
* The last downsampling is replaced by dilation (output stride 16 in place of 32): small instruments keep a cell.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM, CHANNELS, FINE_CHANNELS = 32, 1280, 40
HEAD_LAYERS = 2
STRIDE_PX = 16
MIN_SIDE_PX = 16
GREY, RANGE = 127.0, 128.0
"""Of 8-bit pixels: what the network takes for 0, and for 1 more."""

# kernel, expansion, channels, repeats, stride, dilation (the last stride 2 has become dilation 2)
_STAGES = (
    (3, 1, 16, 1, 1, 1),
    (3, 6, 24, 2, 2, 1),
    (5, 6, 40, 2, 2, 1),
    (3, 6, 80, 3, 2, 1),
    (5, 6, 112, 3, 1, 1),
    (5, 6, 192, 4, 1, 2),
    (3, 6, 320, 1, 1, 2),
)


class Features(NamedTuple):
    """What the heads read: fine (batch, 40, h / 8, w / 8), still unnamed shapes; coarse (batch, 1280, h / 16, w / 16),
    values 0-6. Sizes are rounded up."""

    fine: Tensor
    coarse: Tensor


class SameConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME: where the padding is odd, the far end gets more. Of a stride of 2, which
    goes without dilation, it is odd on even sides."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 1:
            return super().forward(x)
        # A zero before each row of an even side's filter pads that side's far end by one more, and copies no picture.
        height, width = (1 - side % 2 for side in x.shape[-2:])
        weight = functional.pad(self.weight, (width, 0, height, 0))
        return functional.conv2d(x, weight, self.bias, self.stride, self.padding, groups=self.groups)


class InvertedResidual(nn.Module):
    """Expand, filter each channel in space, project; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, expansion: int, stride: int, dilation: int):
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [SameConv2d(inputs, hidden, 1), nn.ReLU6(inplace=True)]
        layers += [
            SameConv2d(hidden, hidden, kernel, stride, dilation, groups=hidden),
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
        layers: list[nn.Module] = [SameConv2d(3, STEM, 3, stride=2), nn.ReLU6(inplace=True)]
        inputs, reached = STEM, 1
        for kernel, expansion, outputs, repeats, stride, dilation in _STAGES:
            if inputs == FINE_CHANNELS and stride == 2:
                self.fine_layers = len(layers)
            for repeat in range(repeats):
                # The block that used to downsample still sees undilated input; dilation starts after it.
                layers.append(
                    InvertedResidual(
                        inputs,
                        outputs,
                        kernel,
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
        fine, narrow = self.halfway(frames)
        return Features(fine, self.widened(narrow))

    def halfway(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Fine features, and what the coarse ones are made of, a quarter as much: (batch, 320, h / 16, w / 16)."""
        if min(frames.shape[-2:]) < MIN_SIDE_PX:
            raise ValueError(f"frames of {frames.shape[-1]}x{frames.shape[-2]} px: each side needs {MIN_SIDE_PX} px")
        dtype = next(self.parameters()).dtype
        levels = frames.to(dtype) if frames.dtype == torch.uint8 else 255 * frames
        scaled = ((levels - GREY) / RANGE).contiguous(memory_format=torch.channels_last)
        fine = self.layers[: self.fine_layers](scaled)
        return fine, self.layers[self.fine_layers : -HEAD_LAYERS](fine)

    def widened(self, narrow: Tensor) -> Tensor:
        """Coarse features out of what `halfway` gives."""
        return self.layers[-HEAD_LAYERS:](narrow)
