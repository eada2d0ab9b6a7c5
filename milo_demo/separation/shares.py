"""The mask network's shares of a spectrogram, carried on to what it does not see."""

import torch
from torch import Tensor

from milo_demo.features.stft import LONG, SHORT, Window
from milo_demo.models.masks import BINS

HIGHEST = slice(BINS - 128, BINS)
"""Bins from 6 to 8 kHz: what holds there is taken to hold above."""


def raised(known: Tensor, weight: Tensor, bins: int, high: slice = HIGHEST) -> Tensor:
    """Shares (row, bin, frame) carried on to `bins` bins: above those known, their mean over the bins `high`.

    weight : (bin, frame) energy by which the mean is taken
    """
    above = weight[high] + 1e-12
    mean = (known[:, high] * above).sum(dim=1, keepdim=True) / above.sum(dim=0)
    return torch.cat([known, mean.expand(-1, bins - known.shape[1], -1)], dim=1)


def on_long(known: Tensor, frames: int, bins: int) -> Tensor:
    """Shares (row, bin, frame) of the window SHORT on the grid of the window LONG: (row, bins, frames)."""
    often = _between(known, 2, frames, LONG.hop / SHORT.hop)  # first along memory, while there is less of it
    return _between(often, 1, bins, SHORT.size / LONG.size)


def _between(values: Tensor, dim: int, count: int, step: float) -> Tensor:
    """`count` values along `dim`, `step` of the known ones apart, in between by straight lines."""
    place = (torch.arange(count, device=values.device) * step).clamp(max=values.shape[dim] - 1)
    low = place.long()
    high = (low + 1).clamp(max=values.shape[dim] - 1)
    shape = [1, 1, 1]
    shape[dim] = count
    return torch.lerp(values.index_select(dim, low), values.index_select(dim, high), (place - low).reshape(shape))


def size(window: Window) -> int:
    """Bins of a window's spectra."""
    return window.size // 2 + 1
