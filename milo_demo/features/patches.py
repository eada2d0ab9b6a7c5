"""Log-mel patches: pictures of 0.96 s of sound, as the spectrogram classifier looks at them.

Bhattacharyya (2020, section 4.3) classifies mel spectrograms as images. The numbers here are those of the network that
ours starts from (YAMNet, Plakal and Ellis 2020): windows of 25 ms every 10 ms, 64 triangular bands from 125 to 7,500 Hz
that are evenly spaced and straight-sided on the mel scale, and the logarithm of their magnitude.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo.features.log_mel import RATE_HZ, STEP

WINDOW = 400
HOP = 160
FFT = 512
FRAMES = 96
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 125.0, 7500.0
OFFSET = 0.001
"""Added before the logarithm: silence is log(0.001), -6.9."""
PATCH = (FRAMES - 1) * HOP + WINDOW
"""Samples that one patch looks at: 15,600, the half windows at both ends included."""


def patches(audio: Tensor) -> Tensor:
    """log(mel + 0.001) around the middle of every step of the analysis grid.

    audio : (batch, sample) at 16 kHz, at least one sample, float

    Returns (batch, step, frame 96, band 64). Neighbours overlap, for a step is 0.512 s long. Beyond its ends the audio
    counts as silent. Raises ValueError if there is not a single sample.
    """
    samples = audio.shape[-1]
    if samples == 0:
        raise ValueError("no samples: at least one is needed")
    steps = -(-samples // STEP)
    margin = (PATCH - STEP) // 2
    audio = F.pad(audio, (margin, steps * STEP - samples + margin))
    frames = audio.unfold(-1, PATCH, STEP).unfold(-1, WINDOW, HOP)
    magnitude = torch.fft.rfft(frames * _hann(audio.device), FFT).abs()
    return torch.log(magnitude @ _mel_filters(audio.device) + OFFSET)


@lru_cache
def _hann(device: torch.device) -> Tensor:
    return torch.hann_window(WINDOW, device=device)


@lru_cache
def _mel_filters(device: torch.device) -> Tensor:
    """(frequency bin 257, band 64). torchaudio's triangles are straight-sided in hertz, not on the mel scale."""
    bins = _mel(torch.arange(FFT // 2 + 1, dtype=torch.float64) * RATE_HZ / FFT)[:, None]
    lowest, highest = _mel(torch.tensor([LOWEST_HZ, HIGHEST_HZ], dtype=torch.float64)).tolist()
    edges = torch.linspace(lowest, highest, BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    filters = torch.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)).clamp(min=0)
    return filters.float().to(device)


def _mel(hertz: Tensor) -> Tensor:
    return 1127.0 * torch.log1p(hertz / 700.0)
