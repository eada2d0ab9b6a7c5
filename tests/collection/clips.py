"""Short clips of sound."""

import numpy as np
import soundfile

from milo_demo.options import AnalysisOptions

RATE_HZ = 16_000
OPTIONS = AnalysisOptions(separator="none")


def tone(path, pitch_hz: float, length_s: float = 1.0):
    """A tone with overtones, as a WAV file."""
    time_s = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    sound = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in range(1, 6))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.2 * sound, RATE_HZ)
    return path
