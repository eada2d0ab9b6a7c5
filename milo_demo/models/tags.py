"""The tag model: how well each of 188 tags describes every step of 0.512 s (Liu 2018, chapter 3, figure 3.2).

The layout is that of Liu and Yang's published network (clip2frame, 2016), to the number: a convolution of even length
is padded by one more zero on the left than on the right, pooling keeps an unfinished last group, and the Gaussian of
256 taps has its middle one step *before* the step it describes, so that accumulated scores lag by 0.512 s. The original
flips its kernels (true convolution); here they are stored as PyTorch applies them, flipped once, by the importer.

Its features (librosa, 2016) centre frame k on sample 512 k, ours on 512 k + 256: ours look half a hop, 16 ms, later at
the same sound, 3 % of a step. On 50 validation recordings it changes the clip's scores by 0.002 on average.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.features.log_mel import ALL_WINDOWS, BANDS

FILTERS = 32
"""Per window size, in each early layer."""
LATE = 512
LENGTH = 8
"""Frames that an early convolution spans."""
TAPS = 256
"""Steps that a Gaussian spans: 131 s."""
FIRST_SIGMA = 16.0
"""Steps, before training: total stride times sigma is 256 frames (section 3.3)."""


class TagFCN(nn.Module):
    """Fully convolutional network over time: early layers per window size, late layers on all of them together.

    Early layers, twice: convolution of length 8 over time only (the first spans all bands), ReLU, max pooling by 4.
    Late layers: three of length 1, with ReLU and dropout between them. The six window sizes lie side by side as groups
    of one convolution. `mean` and `std` (window, band) standardise the input and are stored with the weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, tags: int = 188, dropout: float = 0.5) -> None:
        super().__init__()
        windows = len(ALL_WINDOWS)
        self.register_buffer("mean", torch.zeros(windows, BANDS))
        self.register_buffer("std", torch.ones(windows, BANDS))
        self.early = nn.Sequential(*_early(windows * BANDS), *_early(windows * FILTERS))
        self.late = nn.Sequential(
            nn.Dropout(dropout),
            nn.Conv1d(windows * FILTERS, LATE, 1),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Conv1d(LATE, LATE, 1),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Conv1d(LATE, tags, 1),
        )
        self.log_sigma = nn.Parameter(torch.full((tags,), math.log(FIRST_SIGMA)))

    def forward(self, features: Tensor) -> Tensor:
        """Logits of every tag and step, before accumulation.

        features : (batch, window, band, frame) from `log_mel` at all six window sizes

        Returns (batch, tag, step), one step per 16 frames begun.
        """
        features = (features - self.mean[:, :, None]) / self.std[:, :, None]
        return self.late(self.early(features.flatten(1, 2)))

    def accumulate(self, scores: Tensor) -> Tensor:
        """Smooth each tag's scores over time with its own learned Gaussian, as the original does: see `accumulate`.

        scores : (batch, tag, step), 0-1: sigmoids of the logits of a whole clip, for a Gaussian reaches far
        """
        return accumulate(scores, self.log_sigma.exp())

    def average(self, scores: Tensor) -> Tensor:
        """The same smoothing as an average over the steps that there are: the scores of a short clip, and those near
        the ends of any, are as high as in the middle of a long one, so that one threshold serves them all.

        scores : (batch, tag, step), 0-1, of a whole clip

        Returns (batch, tag, step), 0-1.
        """
        return self.accumulate(scores) / self.accumulate(torch.ones_like(scores)).clamp(min=1e-6)


def accumulate(scores: Tensor, sigma: Tensor) -> Tensor:
    """Smooth each tag's scores over time with its own Gaussian (Liu 2018, section 3.1).

    scores : (batch, tag, step), 0-1; beyond the ends of the clip they count as 0, which lowers those near the ends
    sigma  : (tag,), width in steps, > 0: short for what comes and goes, long for a genre

    Returns (batch, tag, step). The mean over its steps is the clip's score of each tag (section 3.1.1).
    """
    # From the step described to the steps around it; a tap earlier than the middle, as flipping an even length has it.
    offset = torch.arange(TAPS, device=sigma.device) - TAPS // 2 + 1.0
    kernel = torch.exp(-((offset / sigma[:, None]) ** 2) / 2) / (sigma[:, None] * math.sqrt(2 * math.pi))
    return F.conv1d(F.pad(scores, _margins(TAPS)), kernel[:, None], groups=len(sigma))


def _early(inputs: int) -> tuple[nn.Module, ...]:
    """One early layer for all window sizes at once."""
    groups = len(ALL_WINDOWS)
    convolution = nn.Conv1d(inputs, groups * FILTERS, LENGTH, groups=groups)
    pad = nn.ConstantPad1d(_margins(LENGTH), 0.0)
    return pad, convolution, nn.ReLU(inplace=True), nn.MaxPool1d(4, ceil_mode=True)


def _margins(length: int) -> tuple[int, int]:
    """Zeros on the left and on the right that keep the number of steps: of an odd number, one more on the left."""
    return length // 2, (length - 1) // 2
