"""Log-mel spectrograms at several window sizes (Liu 2018, sections 3.3 and 4.2.2).

A short window tells *when* (the attack of a plucked string), a long one *which pitch* (the partials of a bassoon): the
sound model reads three of them side by side. Frame `k` of every scale is centred on sample ``512 k + 256``, the middle
of its hop, so that 16 frames describe exactly the 8,192 samples of one step of the analysis grid.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
import torchaudio
from torch import Tensor

RATE_HZ = 16_000
HOP = 512
BANDS = 128
WINDOWS = (512, 2048, 8192)
"""Window sizes that the sound model reads, samples."""
ALL_WINDOWS = (512, 1024, 2048, 4096, 8192, 16384)
"""Window sizes that the tag model reads (section 3.3): the sound model's are among them."""
FRAMES_PER_STEP = 16
"""The sound model pools 4 x 4 frames into one step: 16,000 / 512 / 16 = 1.953125 steps per second."""
STEP = HOP * FRAMES_PER_STEP
"""Samples per step: 8,192."""
COMPRESSION = 10_000.0
AT_ONCE = 64
"""Frames, of one clip, that a processor works on together: those of the longest window are 32 times their sound, and
stay in its cache, which makes them twice as fast."""


def log_mel(audio: Tensor, windows: tuple[int, ...] = WINDOWS) -> Tensor:
    """log(1 + 10,000 mel) of mono audio at 16 kHz.

    audio : (batch, sample), at least one sample, float

    Returns (batch, window, band, frame) with 128 bands and 16 frames for every step begun. Beyond its ends the audio
    counts as silent. Raises ValueError if there is not a single sample.

    Examples
    --------
    >>> log_mel(torch.zeros(1, RATE_HZ)).shape  # two steps of 16 frames at three windows
    torch.Size([1, 3, 128, 32])
    """
    samples = audio.shape[-1]
    if samples == 0:
        raise ValueError("no samples: at least one is needed")
    steps = -(-samples // STEP)
    audio = F.pad(audio, (0, steps * STEP - samples))
    parts = audio.split(1) if audio.device.type == "cpu" else [audio]
    return torch.cat([torch.stack([_log_mel(part, window) for window in windows], dim=1) for part in parts])


def _log_mel(audio: Tensor, window: int) -> Tensor:
    """(batch, sample) -> (batch, band, frame) for one window size; the length is a multiple of the hop."""
    margin = (window - HOP) // 2
    frames = F.pad(audio, (margin, margin)).unfold(-1, window, HOP)
    hann, filters = _hann(window, audio.device), _mel_filters(window, audio.device)
    at_once = AT_ONCE if audio.device.type == "cpu" else frames.shape[1]
    mels = []
    for some in frames.split(at_once, dim=1):
        spectrum = torch.fft.rfft(some * hann)
        power = spectrum.real.square() + spectrum.imag.square()
        mels.append(torch.log1p(COMPRESSION * (power @ filters)))
    return torch.cat(mels, dim=1).mT


@lru_cache
def _hann(window: int, device: torch.device) -> Tensor:
    return torch.hann_window(window, device=device)


@lru_cache
def _mel_filters(window: int, device: torch.device) -> Tensor:
    """(frequency bin, band), Slaney's mel scale and area normalisation, as librosa's default has it."""
    return torchaudio.functional.melscale_fbanks(
        window // 2 + 1, 0.0, RATE_HZ / 2, BANDS, RATE_HZ, norm="slaney", mel_scale="slaney"
    ).to(device)
