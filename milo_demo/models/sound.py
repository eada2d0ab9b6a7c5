"""The sound model: which instruments sound in every step of 0.512 s (Liu 2018, chapter 4, table 4.1)."""

import torch
from torch import Tensor, nn

from milo_demo.features.log_mel import BANDS, WINDOWS
from milo_demo.instruments import LABELS


class SoundFCN(nn.Module):
    """Fully convolutional network over time, one stack of early layers per window size.

    Early layers, per scale: twice (convolution of length 5 over time, batch norm, ReLU, max pooling by 4). Late layers,
    on all scales together: two of length 1 with batch norm and dropout, then one score per label. The input is
    standardised per scale and band with statistics gathered in training, in place of the document's fixed scaler.
    Departures from table 4.1: dropout 0.2 instead of 0.5, which this amount of data did not bear.

    The last layer's bias holds the calibration: a logit of 0, a score of 0.5, is each label's threshold.
    """

    def __init__(self, labels: int = len(LABELS), filters: int = 256, late: int = 512, dropout: float = 0.2) -> None:
        super().__init__()
        self.early = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(BANDS, affine=False),
                *_early(BANDS, filters),
                *_early(filters, filters),
            )
            for _ in WINDOWS
        )
        self.late = nn.Sequential(
            *_late(len(WINDOWS) * filters, late, dropout),
            *_late(late, late, dropout),
            nn.Conv1d(late, labels, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Logits of every label and step.

        features : (batch, window, band, frame) from `log_mel`, 16 frames per step

        Returns (batch, label, step).
        """
        scales = [stack(features[:, scale]) for scale, stack in enumerate(self.early)]
        return self.late(torch.cat(scales, dim=1))


def _early(inputs: int, filters: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv1d(inputs, filters, 5, padding=2, bias=False)
    return convolution, nn.BatchNorm1d(filters), nn.ReLU(inplace=True), nn.MaxPool1d(4)


def _late(inputs: int, filters: int, dropout: float) -> tuple[nn.Module, ...]:
    convolution = nn.Conv1d(inputs, filters, 1, bias=False)
    return convolution, nn.BatchNorm1d(filters), nn.ReLU(inplace=True), nn.Dropout(dropout)
