"""How loud a recording is from step to step, and bringing it to one loudness.

Videos come at all levels, from a whisper to clipping. The sound model always hears the loudest step within a few
seconds at the same level, in training and in use; what is far below it, or below any level that means something, is
silence.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from milo_demo.features.log_mel import STEP

TARGET_DBFS = -20.0
REACH = 8
"""Steps on either side (about 4 s) that share one reference level: long enough to bridge a rest, short enough to follow
a cut from a whisper to a band."""
FLOOR_DBFS = -50.0
"""No reference is lower than this: the noise of an empty room is not blown up to music."""
SILENT_DBFS = -60.0
SILENT_BELOW_REFERENCE_DB = 40.0


def levels_dbfs(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square level of every step begun.

    audio : (sample,) at 16 kHz

    Returns (step,), dB relative to a full-scale square wave; digital silence is -120.
    """
    padded = np.pad(audio, (0, -len(audio) % STEP)).reshape(-1, STEP)
    # Mean over the samples that exist, so that a last step cut short is not taken for a quiet one.
    counts = np.full(len(padded), STEP)
    if len(audio) % STEP:
        counts[-1] = len(audio) % STEP
    power = np.square(padded, dtype=np.float32).sum(axis=1) / counts
    return (10 * np.log10(power + 1e-12)).astype(np.float32)


def references_dbfs(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The level that every step is measured against: the loudest within REACH steps. (step,) -> (step,), dBFS."""
    return np.maximum(maximum_filter1d(levels, 2 * REACH + 1, mode="nearest"), FLOOR_DBFS)


def is_silent(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which steps hold nothing to be heard. (step,) dBFS -> (step,)"""
    return (levels < SILENT_DBFS) | (levels < references_dbfs(levels) - SILENT_BELOW_REFERENCE_DB)


def normalise(audio: NDArray[np.float32], levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring the reference level of every step to TARGET_DBFS; the gain moves linearly from step to step.

    audio  : (sample,) at 16 kHz
    levels : (step,) of the same audio
    """
    gain_db = TARGET_DBFS - references_dbfs(levels)
    middles = (np.arange(len(levels)) + 0.5) * STEP
    gain = 10 ** (np.interp(np.arange(len(audio)), middles, gain_db) / 20)
    return (audio * gain).astype(np.float32)
