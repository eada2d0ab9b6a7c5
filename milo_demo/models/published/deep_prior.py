"""The networks of Deep Audio Prior (Tian, Xu and Li 2019), which know nothing but one mixture.

Both are small convolutional networks that turn noise into something like a spectrogram; untrained, such networks make
coherent patterns sooner than noise, which is all the prior there is.
"""

import torch
from torch import Tensor, nn

CHANNELS = (16, 32, 64)
"""Of three levels, as published; kernels are 3 x 3 instead of 5 x 5, which a processor has no time for."""
SLOPE = 0.2


class Hourglass(nn.Module):
    """Three times down by stride 2, three times up bilinearly; noise (n, 1, bin, frame), both divisible by 8, to
    (n, 1, bin, frame)."""

    def __init__(self, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        pairs = list(zip((1, *channels), channels, strict=False))
        self.down = nn.Sequential(*(_step(inputs, outputs, 2) for inputs, outputs in pairs))
        ups = [(outputs, inputs if inputs > 1 else outputs) for inputs, outputs in reversed(pairs)]
        self.up = nn.Sequential(
            *(
                nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), _step(inputs, outputs, 1))
                for inputs, outputs in ups
            )
        )
        self.last = nn.Conv2d(channels[0], 1, 1)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, noise: Tensor) -> Tensor:
        return self.last(self.up(self.down(noise)))


class Source(nn.Module):
    """One source: a generator of its spectrogram S and of its mask M, which says when it sounds."""

    def __init__(self) -> None:
        super().__init__()
        self.sound = Hourglass()
        self.mask = Hourglass((8, 16, 16))

    def forward(self, sound_noise: Tensor, mask_noise: Tensor) -> tuple[Tensor, Tensor]:
        """Magnitudes S (n, bin, frame), 0 or more, and M (n, 1, frame), 0-1, of n segments from their noise
        (n, bin, frame)."""
        sound = self.sound(sound_noise[:, None])[:, 0].relu()
        return sound, self.mask(mask_noise[:, None])[:, 0].mean(dim=1, keepdim=True).sigmoid()


def _step(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, padding_mode="reflect")
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(SLOPE))
