"""The spectrograms that sound is cut apart on.

Two windows, as a drum wants to be known in time and a flute in frequency: `SHORT`, 64 ms, which the mask network was
trained on at 16 kHz, and `LONG`, 186 ms, in which the partials of a chord stand apart. Tracks are cut at 44.1 kHz with
windows of the same length; the 0.2 % by which 2,816 samples are less than 64 ms is a fortieth of a semitone.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad


class Window(NamedTuple):
    """A Hann window of `size` samples, every `hop` samples."""

    size: int
    hop: int


NETWORK_HZ = 16_000
"""Rate at which the mask network learns."""
TRACK_HZ = 44_100
"""Rate of the tracks."""
LEARNT = Window(1024, 512)
SHORT = Window(2816, 1408)
LONG = Window(8192, 1024)


def spectrum(sound: Tensor, window: Window) -> Tensor:
    """Complex spectrogram of sound (…, sample): (…, bin, frame).

    Frame k is centred on sample ``window.hop · k``; beyond its ends the sound counts as silent. Where windows overlap
    by half only, the last frame is centred on the sound's end or after it: what lies in the edge of one window alone
    would come back many times as loud from a spectrogram whose frames are weighted.
    """
    flat = sound.reshape(-1, sound.shape[-1])
    if window.size <= 2 * window.hop:
        flat = pad(flat, (0, -flat.shape[-1] % window.hop))
    hann = torch.hann_window(window.size, device=sound.device)
    result = torch.stft(flat, window.size, window.hop, window=hann, pad_mode="constant", return_complex=True)
    return result.reshape(*sound.shape[:-1], *result.shape[1:])


def sound(spectrum: Tensor, window: Window, samples: int) -> Tensor:
    """The inverse of `spectrum`: sound (…, samples)."""
    flat = spectrum.reshape(-1, *spectrum.shape[-2:])
    hann = torch.hann_window(window.size, device=spectrum.device)
    result = torch.istft(flat, window.size, window.hop, window=hann, length=samples)
    return result.reshape(*spectrum.shape[:-2], samples)
