"""What all published separators give: masks over the spectrogram up to 5.5 kHz, applied to the sound at its own rate.

The window lasts as long at 44.1 kHz as the documents' at 11,025 Hz, so the masks fit bin by bin and frame by frame, and
the mixture's phase and all its channels stay. Above 5.5 kHz, where no network looked, everyone has the share of each
frame that they have between 4 and 5.5 kHz.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.log_frequency import BINS, WINDOWS
from milo_demo.features.stft import TRACK_HZ, spectrum
from milo_demo.separation.shares import raised, size
from milo_demo.separation.ways import by_shares

WINDOW = WINDOWS[TRACK_HZ]
HIGH = slice(round(4000 * WINDOW.size / TRACK_HZ), BINS)
"""Bins from 4 to 5.5 kHz."""

Sound = NDArray[np.float32]


class Masked(NamedTuple):
    """Who has which share of a sound.

    labels : of the tracks
    masks  : (label … and the rest, BINS, frame), 0-1, which sum to 1
    """

    labels: list[str]
    masks: Tensor


def magnitudes(mono: Sound, device: torch.device | str = "cpu") -> Tensor:
    """(BINS, frame) of what one hears of a sound, (sample,) at 44.1 kHz."""
    return spectrum(torch.from_numpy(mono).to(device), WINDOW)[:BINS].abs()


@torch.inference_mode()
def cut(mixture: Sound, masks: Tensor) -> Sound:
    """Tracks by masks: (row, channel, sample), which sum to the mixture, (channel, sample) at 44.1 kHz."""
    sounds = torch.from_numpy(mixture).to(masks.device)
    energy = spectrum(sounds, WINDOW).abs().square().mean(dim=0)[:BINS]
    return by_shares(sounds, raised(masks, energy, size(WINDOW), HIGH), WINDOW).cpu().numpy()
