"""How loud a recording is from step to step, and bringing it to one loudness.

Videos come at all levels, from a whisper to clipping. The ear always hears the loudest step within a few seconds at
the same level, in training and in use; what is far below it, or below any level that means something, is silence.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo.features.log_mel import STEP

TARGET_DBFS = -20.0
REACH = 8
"""Steps on either side (about 4 s) that share one reference level: long enough to bridge a rest, short enough to follow
a cut from a whisper to a band."""
FLOOR_DBFS = -50.0
"""No reference is lower than this: the noise of an empty room is not blown up to music."""
SILENT_DBFS = -60.0
SILENT_BELOW_REFERENCE_DB = 40.0


def levels_dbfs(audio: Tensor) -> Tensor:
    """Root mean square level of every step begun.

    audio : (..., sample) at 16 kHz

    Returns (..., step), dB relative to a full-scale square wave; digital silence is -120.
    """
    missing = -audio.shape[-1] % STEP
    power = F.pad(audio, (0, missing)).unflatten(-1, (-1, STEP)).square().mean(dim=-1)
    if missing:
        # Mean over the samples that exist, so that a last step cut short is not taken for a quiet one.
        power[..., -1] *= STEP / (STEP - missing)
    return 10 * torch.log10(power + 1e-12)


def references_dbfs(levels: Tensor) -> Tensor:
    """The level that every step is measured against: the loudest within REACH steps. (..., step) -> same, dBFS"""
    loudest = F.max_pool1d(levels.reshape(-1, 1, levels.shape[-1]), 2 * REACH + 1, stride=1, padding=REACH)
    return loudest.reshape(levels.shape).clamp(min=FLOOR_DBFS)


def is_silent(levels: Tensor) -> Tensor:
    """Which steps hold nothing to be heard. (..., step) dBFS -> (..., step) bool"""
    return (levels < SILENT_DBFS) | (levels < references_dbfs(levels) - SILENT_BELOW_REFERENCE_DB)


def normalise(audio: Tensor, levels: Tensor) -> Tensor:
    """Bring the reference level of every step to TARGET_DBFS; the gain moves linearly from step to step.

    audio  : (..., sample) at 16 kHz
    levels : (..., step) of the same audio
    """
    gain_db = (TARGET_DBFS - references_dbfs(levels)).reshape(-1, 1, levels.shape[-1])
    gain_db = F.interpolate(gain_db, scale_factor=float(STEP), mode="linear")[..., : audio.shape[-1]]
    return audio * 10 ** (gain_db.reshape(audio.shape) / 20)
