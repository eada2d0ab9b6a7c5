"""The sound model: which instruments sound in every step of 0.512 s (Liu 2018, chapter 4, table 4.1)."""

import torch
from torch import Tensor, nn

from milo_demo.features.log_mel import BANDS, FRAMES_PER_STEP, WINDOWS
from milo_demo.instruments import LABELS

REACH = 8
"""Steps on either side that accumulation takes in at most."""


class SoundFCN(nn.Module):
    """Fully convolutional network over time, one stack of early layers per window size.

    Early layers, per scale: twice (convolution of length 5 over time, batch norm, ReLU, max pooling by 4). Late layers,
    on all scales together: two of length 1 with batch norm and dropout, then one score per label, which a Gaussian may
    accumulate over time (section 3.1.1). The input is standardised per scale and band with statistics gathered in
    training, in place of the document's fixed scaler. Departures from table 4.1: dropout 0.2 instead of 0.5, which
    this amount of data did not bear.

    The last layer's bias holds the calibration of what this network and the spectrogram classifier hear together
    (`hearing.classify.combine`): their common logit of 0, a score of 0.5, is each label's threshold.

    windows  : sizes of the analysis windows, samples: the scales of the input
    gaussian : accumulation over time: ``none``, ``fixed`` or ``learned``
    """

    def __init__(
        self,
        labels: int = len(LABELS),
        windows: tuple[int, ...] = WINDOWS,
        filters: int = 256,
        late: int = 512,
        dropout: float = 0.2,
        gaussian: str = "none",
    ) -> None:
        super().__init__()
        self.windows = tuple(windows)
        self.early = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(BANDS, affine=False),
                *_early(BANDS, filters),
                *_early(filters, filters),
            )
            for _ in windows
        )
        self.late = nn.Sequential(
            *_late(len(windows) * filters, late, dropout),
            *_late(late, late, dropout),
            nn.Conv1d(late, labels, 1),
        )
        self.accumulate = nn.Identity() if gaussian == "none" else Gaussian(labels, learned=gaussian == "learned")

    def forward(self, features: Tensor) -> Tensor:
        """Logits of every label and step.

        features : (batch, window, band, frame) from `log_mel` at `windows`, 16 frames per step

        Returns (batch, label, step).
        """
        scales = [stack(features[:, scale]) for scale, stack in enumerate(self.early)]
        return self.accumulate(self.late(torch.cat(scales, dim=1)))


class Gaussian(nn.Module):
    """Gaussian accumulation over time, a width per label: what sounded a moment ago still counts (Liu 2018, 3.1.1).

    The widths start at 256 frames, the document's.
    """

    def __init__(self, labels: int, learned: bool) -> None:
        super().__init__()
        self.log_sigma = nn.Parameter(torch.full((labels,), 256 / FRAMES_PER_STEP).log(), requires_grad=learned)

    @property
    def sigma(self) -> Tensor:
        """Widths (label,), steps."""
        return self.log_sigma.exp()

    def forward(self, scores: Tensor) -> Tensor:
        """(batch, label, step) -> (batch, label, step)"""
        return accumulate(scores, self.sigma)


def accumulate(scores: Tensor, sigma: Tensor) -> Tensor:
    """Average each label's scores over the steps around, weighted by its own Gaussian; near the ends of the clip, over
    the steps that there are.

    scores : (batch, label, step);  sigma : (label,) widths in steps, > 0

    Returns (batch, label, step).
    """
    distance = torch.arange(-REACH, REACH + 1, device=scores.device)
    kernel = torch.exp(-0.5 * (distance / sigma[:, None]) ** 2)[:, None].to(scores.dtype)
    weights = torch.ones_like(scores[:1])
    sums, totals = (
        nn.functional.conv1d(values, kernel, padding=REACH, groups=len(kernel)) for values in (scores, weights)
    )
    return sums / totals


def _early(inputs: int, filters: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv1d(inputs, filters, 5, padding=2, bias=False)
    return convolution, nn.BatchNorm1d(filters), nn.ReLU(inplace=True), nn.MaxPool1d(4)


def _late(inputs: int, filters: int, dropout: float) -> tuple[nn.Module, ...]:
    convolution = nn.Conv1d(inputs, filters, 1, bias=False)
    return convolution, nn.BatchNorm1d(filters), nn.ReLU(inplace=True), nn.Dropout(dropout)
