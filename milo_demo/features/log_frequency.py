"""The spectrogram pictures of Nuotioma (2024, section 3.1): six seconds, 256 rows on a logarithmic scale, 256 columns.

The document's window of 1,024 samples at 11,025 Hz lasts as long as one of 4,096 at 44.1 kHz, and their hops do: the
picture of a sound can be taken from its spectrogram at any rate, of which the lowest BINS are the same but for their
level, and what is found in a picture holds for the sound at its own rate.

Rows are spaced as in Zhao et al. (2018), whom the document follows: a third of a bin at the bottom, six bins at the
top.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo.features.stft import Window

PICTURE_HZ = 11_025
WINDOWS = {
    PICTURE_HZ: Window(1024, 256),
    16_000: Window(1485, 371),  # a cent too short, and 1,486 is no length for a fast transform
    22_050: Window(2048, 512),
    44_100: Window(4096, 1024),
}
"""Rate -> the same window."""
BINS = 513
"""Of spectra, that pictures show: those up to 5.5 kHz."""
SECONDS = 6.0
FRAMES = 259
"""Of six seconds."""
SIDE = 256
"""Rows and columns of a picture."""
SPREAD = 20
"""How much further apart rows are at the top than at the bottom, less one."""
LEVEL = 8.0
"""Root mean square of the magnitudes that pictures are made of: at 11,025 Hz, that of a sound at -8 dBFS."""
SILENT = 1e-2
"""Level below which nothing is made louder, some -70 dBFS."""


def levelled(magnitudes: Tensor, like: Tensor) -> Tensor:
    """Magnitudes at the level of pictures: as much louder as the mixture has to be.

    magnitudes : (…, bin, frame), of the mixture or of its parts
    like       : (…, bin, frame) of the mixture, on the axes that both have or of length 1
    """
    level = like.square().mean(dim=(-2, -1), keepdim=True).sqrt()
    return magnitudes * (LEVEL / level.clamp(min=SILENT))


def picture(magnitudes: Tensor, columns: int = SIDE) -> Tensor:
    """Spectrograms as pictures: (n, row, BINS, frame) -> (n, row, SIDE, columns)."""
    row = torch.linspace(0, 1, SIDE, device=magnitudes.device)
    return _sampled(magnitudes, ((SPREAD + 1) ** row - 1) / SPREAD, torch.linspace(0, 1, columns, device=row.device))


def height_of(hertz: float) -> float:
    """How high a frequency lies in a picture, 0-1."""
    place = hertz / (PICTURE_HZ / 2)
    return math.log1p(SPREAD * place) / math.log(SPREAD + 1)


def from_picture(pictures: Tensor, frames: int = FRAMES) -> Tensor:
    """What pictures say of every place of the spectrogram: (n, row, SIDE, SIDE) -> (n, row, BINS, frames)."""
    place = torch.linspace(0, 1, BINS, device=pictures.device)
    row = torch.log1p(SPREAD * place) / torch.log(torch.tensor(SPREAD + 1.0))
    return _sampled(pictures, row, torch.linspace(0, 1, frames, device=place.device))


def _sampled(pictures: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """Pictures at the places `row` and `column`, 0-1 from their first to their last, in between by straight lines."""
    down, across = torch.meshgrid(2 * row - 1, 2 * column - 1, indexing="ij")
    grid = torch.stack([across, down], dim=-1).expand(len(pictures), -1, -1, -1)
    return F.grid_sample(pictures, grid, "bilinear", "border", align_corners=True)
