"""The source localiser: which pixels make the sound (Seethanaboyina 2019, chapter 3).

One network names every pixel, another names the sound; both speak the same taxonomy, so that the dot product of their
words says of every pixel how likely it is what is heard. It knows nothing of time: 0.96 s of sound and one picture.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.features.patches import BANDS, FRAMES
from milo_demo.instruments import LABELS
from milo_demo.models.trunk import CHANNELS

NAMES = len(LABELS) + 1
"""The taxonomy and, last, the background: whatever else is seen or heard."""
BINS = (1, 2, 3, 6)
"""Pyramid pooling: the picture in so many parts each way."""
WIDTH = 128
EMBEDDING = 128
POOLS = 4


class PixelNames(nn.Module):
    """A pyramid scene parsing head (Zhao et al. 2017) on the shared trunk, a quarter as wide.

    Input (batch, 1280, h, w), the trunk's coarse features. Returns (batch, name, h, w): at each place the probabilities
    of all NAMES, one cell per 16 px.
    """

    def __init__(self, channels: int = CHANNELS, dropout: float = 0.1) -> None:
        super().__init__()
        self.reduced = _pointwise(channels, WIDTH)
        self.pooled = nn.ModuleList(_pointwise(WIDTH, WIDTH // len(BINS)) for _ in BINS)
        self.joined = nn.Sequential(
            nn.Conv2d(2 * WIDTH, WIDTH, 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTH),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
            nn.Conv2d(WIDTH, NAMES, 1),
        )

    def forward(self, coarse: Tensor) -> Tensor:
        seen = self.reduced(coarse)
        parts = [
            functional.interpolate(layer(functional.adaptive_avg_pool2d(seen, bins)), seen.shape[-2:], mode="bilinear")
            for layer, bins in zip(self.pooled, BINS, strict=True)
        ]
        return self.joined(torch.cat([seen, *parts], dim=1)).float().softmax(1)


class SoundNames(nn.Module):
    """VGGish (Hershey et al. 2017), a quarter as wide and with batch norm, and a dense softmax.

    Input (n, 96, 64) from `features.patches`, 0.96 s each. Returns (n, name): the probabilities of all NAMES.
    """

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.BatchNorm2d(1, affine=False)]
        inputs = 1
        for outputs, repeats in ((16, 1), (32, 1), (64, 2), (128, 2)):
            for _ in range(repeats):
                convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
                layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.layers = nn.Sequential(*layers)
        self.embedding = nn.Sequential(
            nn.Flatten(),
            nn.Linear(inputs * (FRAMES >> POOLS) * (BANDS >> POOLS), EMBEDDING),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
        )
        self.names = nn.Linear(EMBEDDING, NAMES)

    def forward(self, patches: Tensor) -> Tensor:
        return self.names(self.embedding(self.layers(patches[:, None]))).float().softmax(1)


class SourceLocaliser(nn.Module):
    """Both networks: `pixels` and `sound`."""

    def __init__(self) -> None:
        super().__init__()
        self.pixels = PixelNames()
        self.sound = SoundNames()
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, coarse: Tensor, patches: Tensor) -> Tensor:
        """Trunk features (batch, 1280, h, w) and as many patches (batch, 96, 64) to heatmaps (batch, h, w), 0-1."""
        return heat(self.pixels(coarse), self.sound(patches))


def heat(pixels: Tensor, sound: Tensor) -> Tensor:
    """Names of pixels (batch, name, h, w) times names of sounds (batch, name): (batch, h, w), 0-1. That both are but
    background lights nothing up."""
    return torch.einsum("bnhw,bn->bhw", pixels[:, : len(LABELS)], sound[:, : len(LABELS)])


def _pointwise(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
