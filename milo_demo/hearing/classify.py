"""The ear: a stream of sound in, scores per step of the analysis grid out, with bounded memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.features.log_mel import ALL_WINDOWS, STEP, WINDOWS, log_mel
from milo_demo.features.loudness import REACH, is_silent, levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.instruments import LABELS
from milo_demo.models.sound import accumulate
from milo_demo.models.tags import TagFCN

BLOCK = 40
"""Steps scored at a time (20 s): about 320 MB with all three networks."""
CONTEXT = 2 * REACH
"""Steps of sound on either side of a block that its scores may depend on: the reach of the loudness, twice (a level of
reference decides on silence and on gain), which covers that of the networks and of the accumulation as well."""
SPECTROGRAM_SHARE = 0.5
"""Weight of the spectrogram classifier's logits beside the sound model's."""
SIGMA, VOICE_SIGMA = 1.2, 0.2
"""Widths, in steps, over which scores are accumulated. Instruments play on: on calibration mixtures it raises their
mean average precision from .70 to .74. Singers stop for breath: in real songs the voice's AUC falls from .95 to .93."""


@dataclass(frozen=True)
class Ear:
    """The networks that listen together, in eval mode, on one device.

    sound          : log-mels at three windows to logits (batch, label, step), calibrated to be combined with the next
    spectrogram    : patches (n, 96, 64) to logits (n, label); None: the sound model hears alone, all too easily
    tags           : log-mels at six windows to logits (batch, tag, step); None: no tags
    tag_thresholds : of the tag model, 0-1, by tag
    used           : what the result says about the networks
    """

    sound: nn.Module
    spectrogram: nn.Module | None = None
    tags: TagFCN | None = None
    tag_thresholds: Mapping[str, float] = field(default_factory=dict)
    used: tuple[ModelUsed, ...] = ()


class Scores(NamedTuple):
    """Scores 0-1 of some steps: `instruments` (step, label), where 0.5 is each label's threshold, and `tags`
    (step, tag), not yet accumulated over time; without a tag model there are none."""

    instruments: NDArray[np.float32]
    tags: NDArray[np.float32]


def load() -> Ear:
    """The bundled ear, or with the tag model that the user has imported. Raises MiloError where a checkpoint cannot be
    had."""
    sound, spectrogram, tags = (weights.load(role) for role in ("sound", "spectrogram", "tags"))
    used = (sound.used, spectrogram.used, tags.used)
    return Ear(sound.module, spectrogram.module, tags.module, tags.card.thresholds, used)


def hear(chunks: Iterable[NDArray[np.float32]], ear: Ear) -> Iterator[Scores]:
    """Score a clip of any length, block by block (Liu 2018, section 4.2.1).

    chunks : mono sound at 16 kHz in pieces of any length, (1, sample) or (sample,)

    Yields scores that one after another make up the clip's grid of 1.953125 steps per second, the last step possibly
    begun only. In silent steps no instrument scores anything. How the sound was cut into chunks makes no difference. A
    clip without a single sample yields nothing.
    """
    sound = np.zeros(0, np.float32)
    before = 0  # steps of context at the head of `sound` that are scored already
    for chunk in chunks:
        sound = np.concatenate([sound, np.asarray(chunk, np.float32).reshape(-1)])
        while len(sound) >= (before + BLOCK + CONTEXT) * STEP:
            # Cut on a fixed grid, so that chunking cannot change what a block sees.
            window = sound[: (before + BLOCK + CONTEXT) * STEP]
            yield _score(window, ear, before, before + BLOCK)
            drop = max(0, before + BLOCK - CONTEXT)
            sound, before = sound[drop * STEP :], before + BLOCK - drop
    if len(sound) > before * STEP:
        yield _score(sound, ear, before, None)


def combine(sound: Tensor, spectrogram: Tensor | None) -> Tensor:
    """What is heard, from what each network makes of it.

    sound, spectrogram : logits (batch, label, step)

    Returns logits (batch, label, step), accumulated over time (Liu 2018, section 3.1.1).
    """
    both = sound if spectrogram is None else torch.lerp(sound, spectrogram, SPECTROGRAM_SHARE)
    sigma = torch.tensor([VOICE_SIGMA if label == "voice" else SIGMA for label in LABELS], device=both.device)
    return accumulate(both, sigma)


@torch.inference_mode()
def _score(sound: NDArray[np.float32], ear: Ear, first: int, end: int | None) -> Scores:
    """Steps `first` to `end` of a sound (sample,)."""
    audio = torch.from_numpy(sound).to(next(ear.sound.parameters()).device)
    levels = levels_dbfs(audio)
    audio = normalise(audio, levels)[None]
    features = log_mel(audio, WINDOWS if ear.tags is None else ALL_WINDOWS)
    known = features if ear.tags is None else features[:, [ALL_WINDOWS.index(window) for window in WINDOWS]]
    classified = None if ear.spectrogram is None else ear.spectrogram(patches(audio)[0]).T[None]
    scores = combine(ear.sound(known), classified)[0].T.sigmoid()
    scores[is_silent(levels)] = 0.0
    tags = features.new_zeros(len(scores), 0) if ear.tags is None else ear.tags(features)[0].T.sigmoid()
    return Scores(*(_numbers(rows[first:end]) for rows in (scores, tags)))


def _numbers(rows: Tensor) -> NDArray[np.float32]:
    return rows.float().cpu().numpy()
