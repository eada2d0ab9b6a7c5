"""Frames finer than steps: two ways to know more closely *when* (Liu 2018, section 3.1.2).

*Upscaling* repeats every step's score for its 16 frames. *Patching* lets the network listen 16 times, each time one
frame later, and interleaves what it says. Both at 31.25 frames per second, on all subsets of the stems of real
ensembles (`recordings.ensembles`); a stem sounds in a frame as it does in a step, but by the level around the frame.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from milo_demo.evaluation.hearing.audio_metrics import frame_auc
from milo_demo.evaluation.hearing.recordings import ensembles, frame_levels_dbfs, sounds, subsets
from milo_demo.features.log_mel import FRAMES_PER_STEP, HOP, log_mel
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.models.sound import SoundFCN


def compare(module: SoundFCN, data: Path) -> dict[str, float]:
    """AUC over frames, mean of the instruments, by ``upscaling`` and by ``patching``. Takes a minute or two."""
    truths: list[NDArray[np.bool_]] = []
    said: dict[str, list[NDArray[np.float32]]] = {"upscaling": [], "patching": []}
    for _, played in ensembles(data):
        when = {label: sounds(frame_levels_dbfs(stem)) for label, stem in played.items()}
        for sound, truth in subsets(played, when):
            truths.append(truth)
            for way, scores in frame_scores(module, sound).items():
                said[way].append(scores)
    truth = np.concatenate(truths)
    return {way: frame_auc(truth, np.concatenate(values))["mean"] for way, values in said.items()}


@torch.inference_mode()
def frame_scores(module: SoundFCN, sound: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Scores (frame, label) of mono sound (sample,) at 16 kHz, both ways, 16 frames for every step begun.

    A score stands for the middle of the 16 frames that it was pooled from; patching puts it there.
    """
    audio = torch.from_numpy(sound)
    audio = normalise(audio, levels_dbfs(audio))
    half = FRAMES_PER_STEP // 2
    features = log_mel(F.pad(audio, (half * HOP, half * HOP))[None], module.windows)
    frames = features.shape[-1] - FRAMES_PER_STEP
    shifted = torch.cat([features[..., shift : shift + frames] for shift in range(FRAMES_PER_STEP)])
    scores = module(shifted).sigmoid()  # (shift, label, step)
    return {
        "upscaling": scores[half].repeat_interleave(FRAMES_PER_STEP, dim=1).T.numpy(),
        "patching": scores.permute(2, 0, 1).flatten(0, 1).numpy(),
    }
