"""Tones to separate."""

import librosa
import numpy as np

from milo_demo.separation.notes.pitch import HOP, WINDOW

RATE_HZ = 22050


def tone(f0_hz, partials=10, odd_only=False, slope=1.0):
    """(sample,) of a tone with this fundamental in each sample; partials fall with the power `slope`."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    numbers = range(1, partials + 1, 2 if odd_only else 1)
    return 0.1 * np.asarray(sum(np.sin(number * phase) / number**slope for number in numbers), np.float32)


def spectra(sound):
    """Complex, (frame, bin)."""
    return librosa.stft(sound, n_fft=WINDOW, hop_length=HOP).T


def magnitudes(sound):
    """(frame, bin), float32"""
    return np.abs(spectra(sound)).astype(np.float32)
