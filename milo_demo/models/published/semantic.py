"""The semantic network: which instrument every place of a spectrogram belongs to (Nuotioma 2024, section 3.2)."""

import torch
from torch import Tensor, nn

from milo_demo.instruments import LABELS

CHANNELS = (16, 32, 64, 128, 128, 128, 128)
"""The document's rise from 64 to 512. With an hour of one processor core, fewer learn more."""
FLOOR = 3e-2
"""Magnitude at which the logarithm that the network sees ends."""


class SemanticUNet(nn.Module):
    """U-Net over pictures of `features.log_frequency`.

    Seven times down: convolution of 4 x 4 with stride 2, batch norm, ReLU; no norm in the first and the last. Seven
    times up: bilinear, convolution of 3 x 3 over it and the skip beside it, batch norm, ReLU; no norm in the last. One
    more convolution gives a logit per label. The document takes their sigmoid and trains their softmax (equation 3.1);
    here the softmax is taken too.
    """

    def __init__(self, labels: int = len(LABELS), channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        deepest = len(channels) - 1
        self.down = nn.ModuleList(
            _step(nn.Conv2d(inputs, outputs, 4, 2, 1), norm=0 < level < deepest)
            for level, (inputs, outputs) in enumerate(zip((1, *channels), channels, strict=False))
        )
        self.up = nn.ModuleList(
            _step(
                nn.Upsample(scale_factor=2, mode="bilinear"),
                nn.Conv2d(channels[level] * (1 if level == deepest else 2), channels[max(0, level - 1)], 3, padding=1),
                norm=level > 0,
            )
            for level in range(len(channels))
        )
        self.last = nn.Conv2d(channels[0], labels, 3, padding=1)
        # Half as much work on a processor.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of every label, whose softmax are their probabilities.

        pictures : (n, SIDE, SIDE) magnitudes at the level of pictures

        Returns (n, label, SIDE, SIDE).
        """
        x = torch.log10(pictures + FLOOR)[:, None]
        x = x.contiguous(memory_format=torch.channels_last)
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        x = self.up[-1](x)
        for up, skip in zip(reversed(self.up[:-1]), reversed(skips[:-1]), strict=True):
            x = up(torch.cat([x, skip], dim=1))
        return self.last(x)


def _step(*layers: nn.Module, norm: bool) -> nn.Sequential:
    """Layers, the last a convolution, with batch norm or without, and ReLU."""
    outputs = layers[-1].out_channels
    assert isinstance(outputs, int)
    return nn.Sequential(*layers, *([nn.BatchNorm2d(outputs)] if norm else []), nn.ReLU())
