"""The mask network: which share of every place of a spectrogram belongs to which of the instruments asked for.

A U-Net as Jansson et al. (2017) first used for singing voices, one network for all labels: it is told which names to
look for (Slizovskaia et al. 2021 condition one so), and what none of them explains is the rest's.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.instruments import LABELS

REST = len(LABELS)
"""Row of whatever was not asked for."""
BINS = 513
"""Of a spectrum up to 8 kHz with windows of 64 ms."""
CHANNELS = (16, 48, 96, 160, 256)
FEATURES = 16
"""Per place of the spectrogram, from which every row is read."""
EXCERPT = 192
"""Frames that the network is shown at once, 6 s, half of them again with the next, so that what it goes by, loudness
and kind of music, is that of the moment. Of 12 songs voice and rest gain 0.2 dB by it against songs at once, in 30
others 0.3; with 128 or 96 frames as much, with 384 nothing."""
LOUDEST, QUIETEST = 1.5, 1e-3
"""Of the network's input: its middle, and the floor below the excerpt's root mean square."""


class MaskNet(nn.Module):
    """U-Net over log magnitudes with a row of weights per label.

    Five convolutions of 5 x 5 with stride 2 down, five up, with skips. The names asked for scale and shift every level
    on the way down (FiLM); the deepest level also sees its own average over time and pitch, which says what kind of
    music this is.
    """

    def __init__(self, labels: int = len(LABELS)) -> None:
        super().__init__()
        self.labels = labels
        inputs = (2, *CHANNELS)  # the first sees the magnitudes and how high a bin is
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 5, 2, 2, bias=False), nn.BatchNorm2d(b))
            for a, b in zip(inputs, CHANNELS, strict=False)
        )
        self.film = nn.ModuleList(nn.Linear(labels, 2 * channels) for channels in CHANNELS)
        deepest = CHANNELS[-1]
        self.context = nn.Sequential(nn.Linear(2 * deepest + labels, deepest), nn.ReLU(), nn.Linear(deepest, deepest))
        outputs = (FEATURES, *CHANNELS[:-1])
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(b if b == deepest else 2 * b, a, 5, 2, 2, 1, bias=False),
                nn.BatchNorm2d(a),
                nn.ReLU(),
            )
            for a, b in zip(outputs, CHANNELS, strict=True)
        )
        self.mix = nn.Sequential(nn.Conv2d(FEATURES + 1, FEATURES, 3, padding=1), nn.ReLU())
        self.rows = nn.Parameter(0.1 * torch.randn(labels + 1, FEATURES))
        self.offsets = nn.Parameter(torch.zeros(labels + 1))
        self.place = nn.Parameter(torch.zeros(labels + 1, BINS - 1))
        # A fifth less work on a processor.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, magnitudes: Tensor, asked: Tensor, rows: Tensor) -> Tensor:
        """Logits of the rows wanted; their softmax shares out every place.

        magnitudes : (batch, BINS, frame), any loudness
        asked      : (batch, label) 1 for the names asked for, else 0
        rows       : (batch, row) indices of the rows wanted, usually those asked for and REST; −1 for none

        Returns (batch, row, BINS, frame), with −30 for rows that are none.
        """
        frames = magnitudes.shape[2]
        x = F.pad(_levels(magnitudes)[:, : BINS - 1], (0, -frames % 32))[:, None]
        height = torch.linspace(-1, 1, BINS - 1, device=x.device, dtype=x.dtype)[:, None].expand_as(x)
        y, skips = torch.cat([x, height], dim=1), []
        for convolve, film in zip(self.down, self.film, strict=True):
            scale, shift = film(asked)[:, :, None, None].chunk(2, dim=1)
            y = F.leaky_relu(convolve(y) * (1 + scale) + shift, 0.2)
            skips.append(y)
        summary = torch.cat([y.mean(dim=(2, 3)), y.amax(dim=(2, 3)), asked], dim=1)
        y = y + self.context(summary)[:, :, None, None]
        for level in reversed(range(len(self.up))):
            y = self.up[level](y if level == len(self.up) - 1 else torch.cat([y, skips[level]], dim=1))
        y = self.mix(torch.cat([y, x], dim=1))[..., :frames]
        known = rows.clamp(min=0)
        logits = torch.einsum("brc,bcft->brft", self.rows[known], y)
        logits = logits + (self.offsets[known][:, :, None] + self.place[known])[..., None]
        logits = logits.masked_fill((rows < 0)[:, :, None, None], -30.0)
        return F.pad(logits, (0, 0, 0, 1), mode="replicate")

    @torch.inference_mode()
    def shares(self, magnitudes: Tensor, labels: Sequence[str]) -> Tensor:
        """Shares of every place that sum to 1, (label … and the rest, BINS, frame).

        magnitudes : (bin, frame) of one sound at 16 kHz with the window LEARNT, or at 44.1 kHz with SHORT, of which
                     the lowest BINS are read (`features.stft`)
        labels     : the names asked for
        """
        rows = torch.tensor([*(LABELS.index(label) for label in labels), REST], device=magnitudes.device)
        asked = torch.zeros(len(LABELS), device=magnitudes.device)
        asked[rows[:-1]] = 1
        frames = magnitudes.shape[1]
        starts = [*range(0, frames - EXCERPT, EXCERPT // 2), max(0, frames - EXCERPT)]
        excerpts = torch.stack([magnitudes[:BINS, start : start + EXCERPT] for start in starts])
        logits = self(excerpts, asked.expand(len(starts), -1), rows.expand(len(starts), -1))
        fade = torch.hann_window(excerpts.shape[2] + 2, device=magnitudes.device)[1:-1]
        shares = torch.zeros(len(rows), BINS, frames, device=magnitudes.device)
        for start, part in zip(starts, logits.softmax(dim=1), strict=True):
            shares[..., start : start + EXCERPT] += part * fade
        return shares / shares.sum(dim=0)


def _levels(magnitudes: Tensor) -> Tensor:
    """Logarithms against the excerpt's root mean square, about −1.5 to 3."""
    level = magnitudes.square().mean(dim=(1, 2), keepdim=True).sqrt() + 1e-6
    return torch.log10(magnitudes / level + QUIETEST) + LOUDEST
