"""What a clip is like, as one vector: clips that sound and look alike lie near each other.

Two halves of equal weight, one from each sense: what the spectrogram classifier makes of a step of sound, and what the
eye's trunk makes of a frame, before either names anything; averaged over the clip. The square roots of the averages
keep the few loudest features from deciding alone; each half is then brought to fewer numbers by a fixed random
projection, which keeps angles (Johnson and Lindenstrauss 1984), and to length 1.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo import weights
from milo_demo.analysis import Media
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.loudness import is_silent, levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.grid import SIDE_PX
from milo_demo.media import decode
from milo_demo.media.glances import glances
from milo_demo.media.probe import open_media
from milo_demo.media.tracks import video_streams

HALF = 256
"""Numbers for each sense: what two clips have in common is then off by 0.06 at most in two cases of three."""
SIZE = 2 * HALF
FRAMES = 4
"""Looked at in a clip, evenly spread: each costs as much as a step of the analysis."""
LISTENED_S = 60.0
"""Of a clip's beginning: what a piece is like is known by then."""
SEED = 0


@torch.inference_mode()
def embed(video: Path, media: Media) -> NDArray[np.float32]:
    """What a normalised clip is like, (SIZE,): the ear's half, then the eye's, each of length 1, or all 0 where there
    is nothing to be heard or seen.

    Raises MiloError where a checkpoint cannot be had.

    See also `near`, which compares.
    """
    heard = _mean(_sounds(video)) if media.has_audio else None
    seen = _mean(_pictures(video, media)) if media.has_video else None
    halves = [np.zeros(HALF, np.float32) if part is None else _small(part) for part in (heard, seen)]
    return np.concatenate(halves)


def near(vectors: NDArray[np.floating], one: NDArray[np.floating]) -> NDArray[np.float32]:
    """How alike clips are to one, (clip, SIZE) and (SIZE,) -> (clip,), -1 to 1: the mean of what both senses say,
    of those that both clips have; -1 where they have none in common."""
    said = np.zeros(len(vectors), np.float32)
    shared = np.zeros(len(vectors), np.float32)
    for half in (slice(0, HALF), slice(HALF, SIZE)):
        has = vectors[:, half].any(axis=1) & bool(one[half].any())
        said += np.where(has, vectors[:, half] @ one[half], 0)
        shared += has
    return np.where(shared > 0, said / np.maximum(shared, 1), -1.0).astype(np.float32)


def _sounds(video: Path) -> Iterator[Tensor]:
    """What the ear makes of every step that is not silent, (step, feature), some seconds at a time."""
    ear = weights.load("spectrogram").module
    device = next(ear.parameters()).device
    for chunk in decode.audio(video, RATE_HZ, 0.0, LISTENED_S):
        audio = torch.from_numpy(chunk[0]).to(device)
        levels = levels_dbfs(audio)
        loud = ~is_silent(levels)
        if loud.any():
            yield ear.embed(patches(normalise(audio, levels)[None])[0][loud])


def _pictures(video: Path, media: Media) -> Iterator[Tensor]:
    """What the eye makes of a few frames, (1, feature) each, averaged over their places."""
    trunk = weights.load("trunk").module
    end_s = media.duration_s if media.picture_to_s is None else media.picture_to_s
    times_s = np.linspace(media.picture_from_s, end_s, 2 * FRAMES + 1)[1::2]
    device = next(trunk.parameters()).device
    with open_media(video) as container:
        for frame in glances(container, video_streams(container)[0], times_s.tolist()):
            picture = torch.from_numpy(decode.Picture(frame, {}).rgb(SIDE_PX)).to(device)
            yield trunk(picture.permute(2, 0, 1)[None]).coarse.mean(dim=(2, 3))


def _mean(parts: Iterator[Tensor]) -> NDArray[np.float32] | None:
    rows = [part.float().cpu() for part in parts]
    return torch.cat(rows).mean(dim=0).numpy() if rows else None


def _small(features: NDArray[np.float32]) -> NDArray[np.float32]:
    projected = np.sqrt(features) @ _projection(len(features))
    return (projected / max(float(np.linalg.norm(projected)), 1e-6)).astype(np.float32)


@cache
def _projection(size: int) -> NDArray[np.float32]:
    """(size, HALF): orthonormal columns, the same on every machine."""
    random = np.random.default_rng(SEED).standard_normal((size, HALF))
    return np.linalg.qr(random)[0].astype(np.float32)
