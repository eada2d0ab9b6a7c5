"""The mask network's shares of a spectrogram, carried on to what it does not see, and to a rest that notes tell of."""

import math

import torch
from scipy.optimize import root_scalar
from torch import Tensor

from milo_demo.features.stft import LONG, SHORT, Window
from milo_demo.models.masks import BINS

HIGHEST = slice(BINS - 128, BINS)
"""Bins from 6 to 8 kHz: what holds there is taken to hold above."""
FROM_190_HZ = slice(12, None)
MOST_RAISED, EVERY = 6.0, 4
"""Log-odds by which the rest is raised at most, and of how many frames one is asked how far."""


def with_rest(known: Tensor, energies: Tensor, least: float) -> Tensor:
    """Shares (row, bin, frame), the last row, the rest's, raised everywhere by the odds by which it has the part
    `least` of all energy, unless it has; but not below 190 Hz, where basses are and little else.

    energies : (bin, frame)
    """
    weights = energies[:, ::EVERY] / energies[:, ::EVERY].sum().clamp(min=1e-20)
    odds = known[-1, :, ::EVERY].logit(eps=1e-6)

    def missing(more: float) -> float:
        return float(((odds + more).sigmoid() * weights).sum()) - least

    if missing(0.0) >= 0:
        return known
    more = MOST_RAISED
    if missing(MOST_RAISED) > 0:
        more = root_scalar(missing, bracket=(0.0, MOST_RAISED), xtol=0.05).root
    shared = known.clone()
    shared[-1, FROM_190_HZ] *= math.exp(more)
    return shared / shared.sum(dim=0)


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
