"""Two players of a few seconds who are easy to tell apart: a low buzz and a high whistle, who overlap for a while."""

import numpy as np
import torch

from milo_demo.features.log_frequency import BINS
from milo_demo.features.stft import TRACK_HZ
from milo_demo.separation.published.masked import magnitudes

SECONDS = 3.0


def tone(hertz: float, partials: int, seconds: float = SECONDS) -> np.ndarray:
    """(sample,) at 44.1 kHz"""
    time_s = np.arange(round(seconds * TRACK_HZ)) / TRACK_HZ
    return sum(0.1 * np.sin(2 * np.pi * k * hertz * time_s) / k for k in range(1, partials + 1)).astype(np.float32)


LOW, HIGH = tone(110.0, 8), tone(1900.0, 2)
LOW[: len(LOW) // 3], HIGH[-len(HIGH) // 3 :] = 0, 0
MIXTURE = LOW + HIGH


def heard() -> torch.Tensor:
    """(BINS, frame) of the mixture."""
    return magnitudes(MIXTURE)


def spectra_of(sound: np.ndarray) -> torch.Tensor:
    """(BINS,) what a sound consists of, on average; sums to 1."""
    mean = magnitudes(sound).mean(dim=1)
    assert mean.shape == (BINS,)
    return mean / mean.sum()


def decibels(true: np.ndarray, said: np.ndarray) -> float:
    """Signal-to-noise ratio of a track."""
    return float(10 * np.log10(np.square(true).sum() / np.square(true - said).sum()))
