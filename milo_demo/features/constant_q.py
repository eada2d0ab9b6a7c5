"""A constant-Q transform: three bins per semitone, each measured over as many periods as every other.

After Schörkhuber & Klapuri (2010), as nnAudio's ``CQT2010v2`` does it and the note network was trained on it: one set
of kernels measures the highest octave; the sound is halved in rate, and the same kernels measure the octave below, and
so on down. Nothing here is learnt: kernels and filter come from formulas.

The lowest bins look far: a bin takes in 51 periods, 1.9 s at 27.5 Hz.
"""

import math

import numpy as np
import torch
from scipy.signal import firwin2
from torch import Tensor, nn

RATE_HZ = 22050
HOP = 256
"""Samples from frame to frame."""
LOWEST_HZ = 27.5
"""Of bin 0: the piano's lowest A, MIDI pitch 21."""
PER_OCTAVE = 36
BINS = 309
"""Up to 10,353 Hz."""
TAPS = 256
"""Length of the kernels and of the filter before each halving."""

PERIODS = 1 / (2 ** (1 / PER_OCTAVE) - 1)
OCTAVES = math.ceil(BINS / PER_OCTAVE)
FREQUENCIES_HZ = LOWEST_HZ * 2 ** (np.arange(BINS) / PER_OCTAVE)
"""(bin,)"""

OUTPUTS = 128
"""Samples of the halved sound that one product of matrices yields: a plain convolution of one channel is many times
slower."""


class ConstantQ(nn.Module):
    """Sound at 22,050 Hz to magnitudes of 309 bins from 27.5 Hz, 36 per octave, every 256 samples."""

    kernels: Tensor
    halving: Tensor
    weights: Tensor

    def __init__(self) -> None:
        super().__init__()
        lengths = np.ceil(PERIODS * RATE_HZ / FREQUENCIES_HZ)
        self.register_buffer("kernels", _kernels(), persistent=False)
        self.register_buffer("halving", _halving(), persistent=False)
        # A kernel's sum is 1; louder by the root of its length, noise comes out alike in all bins.
        weights = torch.from_numpy(np.sqrt(lengths)).float()
        self.register_buffer("weights", weights[:, None], persistent=False)

    def forward(self, sound: Tensor) -> Tensor:
        """Magnitudes.

        sound : (batch, sample) at 22,050 Hz; at its ends it is mirrored

        Returns (batch, bin, frame): one frame more than the sound has whole hops. Frame k is centred on sample 256 k,
        up to half a hop later in the lowest octaves.
        """
        frames = sound.shape[1] // HOP + 1
        octaves = []
        for octave in range(OCTAVES):
            if octave:
                sound = self._halved(sound)
            octaves.insert(0, self._octave(sound, HOP >> octave, frames))
        return torch.cat(octaves, dim=1)[:, -BINS:] * self.weights

    def _octave(self, sound: Tensor, hop: int, frames: int) -> Tensor:
        """(batch, sample) -> (batch, bin of the octave, frame)"""
        windows = _mirrored(sound, TAPS // 2).unfold(1, TAPS, hop)
        real, imaginary = (windows @ self.kernels).transpose(1, 2).chunk(2, dim=1)
        magnitudes = torch.sqrt(real**2 + imaginary**2)
        # A rounded-down half of the sound may be short of its last frame, or have one more.
        return nn.functional.pad(magnitudes, (0, max(0, frames - magnitudes.shape[2])))[:, :, :frames]

    def _halved(self, sound: Tensor) -> Tensor:
        """(batch, sample) -> (batch, sample / 2): every other sample, without what lies above half the new rate."""
        length = max(1, sound.shape[1] // 2)
        blocks = -(-length // OUTPUTS)
        before = TAPS // 2 - 1
        after = 2 * OUTPUTS * (blocks - 1) + len(self.halving) - before - sound.shape[1]
        windows = nn.functional.pad(sound, (before, after)).unfold(1, len(self.halving), 2 * OUTPUTS)
        return (windows @ self.halving).flatten(1)[:, :length]


def _mirrored(sound: Tensor, width: int) -> Tensor:
    """The sound with its reflection on either side; zeros where it is too short to be reflected so far."""
    reach = min(width, sound.shape[1] - 1)
    return nn.functional.pad(nn.functional.pad(sound, (reach, reach), "reflect"), (width - reach, width - reach))


def _kernels() -> Tensor:
    """(tap, 2 · bin of an octave): real parts, then imaginary ones; Hann windows, scaled to a sum of 1."""
    kernels = np.zeros((TAPS, PER_OCTAVE), np.complex128)
    for column, frequency_hz in zip(kernels.T, FREQUENCIES_HZ[-PER_OCTAVE:], strict=True):
        length = math.ceil(PERIODS * RATE_HZ / frequency_hz)
        start = math.ceil(TAPS / 2 - length / 2) - length % 2
        window = np.sin(np.pi * np.arange(length) / length) ** 2
        time_s = (np.arange(length) - (length + 1) // 2) / RATE_HZ
        column[start : start + length] = window * np.exp(2j * np.pi * frequency_hz * time_s) / window.sum()
    return torch.from_numpy(np.concatenate([kernels.real, kernels.imag], axis=1)).float()


def _halving(edge: float = 0.001) -> Tensor:
    """(tap, output): the low-pass filter, moved on by two samples from output to output."""
    lowpass = firwin2(TAPS, [0, 0.5 / (1 + edge), 0.5 * (1 + edge), 1], [1, 1, 0, 0])
    matrix = torch.zeros(TAPS + 2 * (OUTPUTS - 1), OUTPUTS)
    for output in range(OUTPUTS):
        matrix[2 * output : 2 * output + TAPS, output] = torch.from_numpy(lowpass)
    return matrix
