"""The owner network: which of the instruments asked for plays the note at every pitch and time.

The note network (`models.notes`) says which notes sound, almost as well for unseen rooms and players as for known ones;
this one says whose they are, from the harmonics above each pitch and from what else sounds.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.instruments import LABELS
from milo_demo.models.notes import PER_SEMITONE, PITCHES, stack_harmonics

SOMEONE, NOBODY = len(LABELS), len(LABELS) + 1
"""Owners besides the labels: a player who was not asked for, and no player at all."""
OWNERS = len(LABELS) + 2
HARMONICS = (0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10)
BINS = 290
"""Of the constant-Q spectrum: those up to 7.2 kHz, which the sounds that it learns from have."""
POOLED = 4
"""Frames of the note network that make one of this one's: 46 ms. Whose a note is changes no faster."""
DILATIONS = ((1, 1), (12, 1), (1, 2), (5, 4), (12, 2), (3, 8))
"""Of the residual blocks, over semitones and frames: an octave, a fourth, and two thirds of a second."""
SUMMARIES = (1, 3)
"""Blocks after which every place learns of all pitches together."""


class OwnerNet(nn.Module):
    """Residual network over pitch and time; the names asked for scale and shift every block (FiLM)."""

    def __init__(self, labels: int = len(LABELS), channels: int = 32) -> None:
        super().__init__()
        self.labels = labels
        self.first = nn.Conv2d(len(HARMONICS), channels, (7, 3), stride=(PER_SEMITONE, 1), padding=(3, 1), bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.salience = nn.Conv2d(2, channels, 3, padding=1)
        self.blocks = nn.ModuleList(_Block(labels, channels, dilation) for dilation in DILATIONS)
        self.summaries = nn.ModuleList(_Summary(channels) for _ in SUMMARIES)
        self.last = nn.Conv2d(channels, labels + 2, 1)
        self.register = nn.Parameter(torch.zeros(labels + 2, PITCHES))

    def forward(self, spectrum: Tensor, notes: Tensor, asked: Tensor) -> Tensor:
        """Logits of every owner of every pitch and frame.

        spectrum : (batch, BINS, frame) magnitudes of the note network's constant-Q spectrum
        notes    : (batch, 2, PITCHES, frame) its salience of notes and of onsets, 0-1
        asked    : (batch, label) 1 for the names asked for, else 0

        A frame is POOLED frames of the note network. Returns (batch, OWNERS, PITCHES, frame), with −30 for labels that
        were not asked for.
        """
        stack = stack_harmonics(_levels(spectrum).transpose(1, 2), HARMONICS).transpose(2, 3)
        y = F.relu(self.first_norm(self.first(stack)))
        y = y + self.salience(notes)
        summaries = dict(zip(SUMMARIES, self.summaries, strict=True))
        for number, block in enumerate(self.blocks):
            y = block(y, asked)
            if number in summaries:
                y = summaries[number](y)
        logits = self.last(F.relu(y)) + self.register[:, :, None]
        known = F.pad(asked, (0, 2), value=1.0)[:, :, None, None]
        return logits.masked_fill(known < 0.5, -30.0)


class _Block(nn.Module):
    def __init__(self, labels: int, channels: int, dilation: tuple[int, int]) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.film = nn.Linear(labels, 2 * channels)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, asked: Tensor) -> Tensor:
        scale, shift = self.film(asked)[:, :, None, None].chunk(2, dim=1)
        return x + self.mix(F.relu(self.norm(self.convolve(x)) * (1 + scale) + shift))


class _Summary(nn.Module):
    """What sounds at a time, over all pitches, and for how long."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv1d(2 * channels, channels, 1), nn.ReLU(), nn.Conv1d(channels, channels, 5, padding=4, dilation=2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1))[:, :, None]


def _levels(spectrum: Tensor) -> Tensor:
    """Logarithms against the excerpt's root mean square, from 0 on."""
    level = spectrum.square().mean(dim=(1, 2), keepdim=True).sqrt() + 1e-9
    return torch.log10(spectrum / level + 1e-2) + 2.0
