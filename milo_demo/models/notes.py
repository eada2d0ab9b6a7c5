"""The note model: which of 88 pitches sound and begin in every frame of 11.6 ms, whatever plays them.

The network of basic-pitch (Bittner et al., "A lightweight instrument-agnostic model for polyphonic note transcription
and multipitch estimation", ICASSP 2022), number for number: a constant-Q transform, harmonics laid over one another,
and a handful of convolutions.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from milo_demo.features.constant_q import PER_OCTAVE, ConstantQ

PITCHES = 88
"""Those of a piano: index 0 is MIDI pitch 21."""
PER_SEMITONE = 3
"""Bins of a contour. As it was trained, its bin c stands for pitch 21 + (c - 1) / 3: a pitch has the middle of its
three. The transform's bin b stands for 21 + b / 3."""
WINDOW = 43_844
"""Samples (2 s) that it was trained on."""

HARMONICS = (0.5, 1, 2, 3, 4, 5, 6, 7)


class NoteScores(NamedTuple):
    """What the network makes of a sound.

    note, onset : (batch, pitch, frame), 0-1
    contour     : (batch, third of a semitone, frame), 0-1
    cqt         : (batch, bin, frame), the magnitudes that it starts from, see `ConstantQ`
    """

    note: Tensor
    onset: Tensor
    contour: Tensor
    cqt: Tensor


class NoteNet(nn.Module):
    """Sound in, scores of notes, onsets and contours out.

    Loudness is measured between the softest and the loudest bin of each input, so it hears the same at any volume, and
    wants inputs of about the length that it was trained on. At their ends it knows less: `separation.notes.salience`
    takes care of both.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cqt = ConstantQ()
        self.gain = nn.Parameter(torch.ones(1))
        self.offset = nn.Parameter(torch.zeros(1))
        self.contour = nn.Sequential(
            nn.Conv2d(len(HARMONICS), 8, (3, 39), padding=(1, 19)),
            nn.ReLU(),
            nn.Conv2d(8, 1, 5, padding=2),
            nn.Sigmoid(),
        )
        self.note = nn.Sequential(
            nn.Conv2d(1, 32, 7, stride=(1, PER_SEMITONE), padding=(3, 2)),
            nn.ReLU(),
            nn.Conv2d(32, 1, (7, 3), padding=(3, 1)),
            nn.Sigmoid(),
        )
        self.attack = nn.Sequential(
            nn.Conv2d(len(HARMONICS), 32, 5, stride=(1, PER_SEMITONE), padding=(2, 1)),
            nn.ReLU(),
        )
        self.onset = nn.Sequential(nn.Conv2d(33, 1, 3, padding=1), nn.Sigmoid())
        # Three times as fast on a processor.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, sound: Tensor) -> NoteScores:
        """sound : (batch, sample) at 22,050 Hz, of any length"""
        return self.read(self.cqt(sound))

    def read(self, cqt: Tensor) -> NoteScores:
        """The network behind its transform.

        cqt : (batch, bin, frame) from `self.cqt`; each row of the batch is measured against itself
        """
        stack = stack_harmonics(self.gain * _levels(cqt.transpose(1, 2)) + self.offset)
        contour = self.contour(stack)
        note = self.note(contour)
        onset = self.onset(torch.cat([note, self.attack(stack)], dim=1))
        note, onset, contour = (scores[:, 0].transpose(1, 2) for scores in (note, onset, contour))
        return NoteScores(note, onset, contour, cqt)


def stack_harmonics(levels: Tensor, harmonics: tuple[float, ...] = HARMONICS) -> Tensor:
    """Each pitch's harmonics, one behind the other: channel h at bin c holds bin c + 36 log2(h), zero where there is
    none.

    levels : (batch, frame, bin)

    Returns (batch, harmonic, frame, third of a semitone): the 264 lowest bins, those of 88 pitches.
    """
    wanted = PITCHES * PER_SEMITONE
    shifts = [round(PER_OCTAVE * torch.tensor(harmonic).log2().item()) for harmonic in harmonics]
    below, above = max(0, -min(shifts)), max(0, wanted + max(shifts) - levels.shape[2])
    padded = nn.functional.pad(levels, (below, above))
    return torch.stack([padded[:, :, below + shift : below + shift + wanted] for shift in shifts], dim=1)


def _levels(cqt: Tensor) -> Tensor:
    """Decibels, stretched to 0-1 between the row's softest and its loudest bin: (batch, frame, bin) -> the same."""
    levels = 10 * torch.log10(cqt**2 + 1e-10)
    levels = levels - levels.amin((1, 2), keepdim=True)
    loudest = levels.amax((1, 2), keepdim=True)
    return levels / loudest.where(loudest > 0, 1)
