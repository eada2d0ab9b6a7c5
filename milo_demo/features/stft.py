"""The spectrogram that masks are made on: windows of 64 ms, half of them overlapping.

At 16 kHz the mask network reads it; at three times the rate, with windows three times as long, the tracks are cut from
it: the same frames, and the same bins up to 8 kHz.
"""

import torch
from torch import Tensor

RATE_HZ = 16_000
WINDOW = 1024
HOP = 512


def spectrum(sound: Tensor, factor: int = 1) -> Tensor:
    """Complex spectrogram of sound (…, sample) at `factor` times 16 kHz: (…, bin, frame).

    Frame k is centred on sample ``factor · HOP · k``; beyond its ends the sound counts as silent.
    """
    flat = sound.reshape(-1, sound.shape[-1])
    result = torch.stft(
        flat,
        factor * WINDOW,
        factor * HOP,
        window=torch.hann_window(factor * WINDOW, device=sound.device),
        pad_mode="constant",
        return_complex=True,
    )
    return result.reshape(*sound.shape[:-1], *result.shape[1:])


def sound(spectrum: Tensor, samples: int, factor: int = 1) -> Tensor:
    """The inverse of `spectrum`: sound (…, samples)."""
    flat = spectrum.reshape(-1, *spectrum.shape[-2:])
    window = torch.hann_window(factor * WINDOW, device=spectrum.device)
    result = torch.istft(flat, factor * WINDOW, factor * HOP, window=window, length=samples)
    return result.reshape(*spectrum.shape[:-2], samples)
