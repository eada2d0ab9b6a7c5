"""The ear: a stream of sound in, scores per step of the analysis grid out, with bounded memory."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from milo_demo.features.log_mel import RATE_HZ, STEP, log_mel
from milo_demo.features.loudness import REACH, is_silent, levels_dbfs, normalise

__all__ = ["RATE_HZ", "hear", "pool"]

BLOCK = 40
"""Steps scored at a time (20 s): about 100 MB at the most."""
CONTEXT = 2 * REACH
"""Steps of sound on either side of a block that its scores may depend on: the reach of the loudness, twice (a level of
reference decides on silence and on gain), which covers the network's own reach of two steps."""
LOUDEST = 0.3
"""Share of a clip's steps that decide whether a label was heard in it."""


def hear(chunks: Iterable[NDArray[np.float32]], module: nn.Module) -> Iterator[NDArray[np.float32]]:
    """Score a clip of any length, block by block (Liu 2018, section 4.2.1).

    chunks : mono sound at 16 kHz in pieces of any length, (1, sample) or (sample,)
    module : the sound model, in eval mode

    Yields scores (step, label), 0-1, 0.5 being each label's threshold; one after another they make up the clip's grid
    of 1.953125 steps per second, the last step possibly begun only. Silent steps score exactly 0. How the sound was cut
    into chunks makes no difference. A clip without a single sample yields nothing.
    """
    sound = np.zeros(0, np.float32)
    before = 0  # steps of context at the head of `sound` that are scored already
    for chunk in chunks:
        sound = np.concatenate([sound, np.asarray(chunk, np.float32).reshape(-1)])
        while len(sound) >= (before + BLOCK + CONTEXT) * STEP:
            # Cut on a fixed grid, so that chunking cannot change what a block sees.
            window = sound[: (before + BLOCK + CONTEXT) * STEP]
            yield _score(window, module)[before : before + BLOCK]
            drop = max(0, before + BLOCK - CONTEXT)
            sound, before = sound[drop * STEP :], before + BLOCK - drop
    if len(sound) > before * STEP:
        yield _score(sound, module)[before:]


def pool(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """How surely each label is anywhere in a clip: the mean over its highest 30 % of the steps with anything in them.

    scores : (step, label), 0-1, of the ear or of the eye; steps without anything, silence say, are all 0

    Returns (label,); all 0 where every step is.
    """
    sounding = scores[scores.any(axis=1)]
    if len(sounding) == 0:
        return np.zeros(scores.shape[1], np.float32)
    count = max(1, round(LOUDEST * len(sounding)))
    return np.sort(sounding, axis=0)[-count:].mean(axis=0)


@torch.inference_mode()
def _score(sound: NDArray[np.float32], module: nn.Module) -> NDArray[np.float32]:
    """(sample,) -> (step, label)"""
    audio = torch.from_numpy(sound).to(next(module.parameters()).device)
    levels = levels_dbfs(audio)
    scores = module(log_mel(normalise(audio, levels)[None]))[0].sigmoid().T.float()
    scores[is_silent(levels)] = 0.0
    return scores.cpu().numpy()
