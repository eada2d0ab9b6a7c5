"""Some seconds of sound taken apart by each of the published separators, as a comparison wants them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from milo_demo import weights
from milo_demo.analysis import Analysis
from milo_demo.features.stft import TRACK_HZ
from milo_demo.instruments import LABELS, RESIDUAL
from milo_demo.machine import gpu
from milo_demo.media.downmix import loudest_if_cancelled, mixed
from milo_demo.separation.namer import Namer
from milo_demo.separation.published import deep_prior, factors, semantic
from milo_demo.separation.published.masked import Masked, Sound, cut, magnitudes
from milo_demo.separation.published.plans import in_frames, later

LEAST = 1e-3
"""Score added before logarithms are taken."""


@dataclass(frozen=True)
class Job:
    """What is to be taken apart.

    mixture  : (channel, sample) at 44.1 kHz
    labels   : who plays in it, for those who are told
    analysis : of the clip, for what is seen in it
    start_s  : where in the clip the mixture begins
    """

    mixture: Sound
    labels: list[str]
    analysis: Analysis
    start_s: float

    def mono(self, sound: Sound) -> Sound:
        """(channel, sample) of the mixture or of a track -> (1, sample), what one hears of it."""
        return mixed(sound, self._layout, self._only)

    @property
    def _layout(self) -> str:
        """Files of tracks tell no more of it than how many channels there are, which an older record has to go by."""
        by_number = "stereo" if len(self.mixture) == 2 else f"{len(self.mixture)} channels"
        return self.analysis.media.audio_layout or by_number

    @cached_property
    def _only(self) -> int | None:
        if len(self.mixture) == 1 or self._layout.startswith("ambisonic"):
            return None
        return loudest_if_cancelled([self.mixture], self._layout, TRACK_HZ)


class Found(NamedTuple):
    """Tracks as they are so far.

    labels : of the tracks, the residual last
    tracks : (track, channel, sample), which sum to the mixture
    names  : of the tracks, the three best names of each by the spectrogram classifier, none for the residual
    losses : by name, one for each iteration
    """

    labels: list[str]
    tracks: Sound
    names: Sequence[Sequence[str]]
    done: float = 1.0
    losses: dict[str, list[float]] = {}  # noqa: RUF012


def separate(method: str, job: Job, sources: int, iterations: int | None, every: int) -> Iterator[Found]:
    """Take a mixture apart by ``semantic-vision``, ``semantic-audio``, ``nmf``, ``nmf-blind`` or ``deep-prior``; what
    is yielded last is all done.

    sources, iterations : of Deep Audio Prior; `every` so many of these, what there is so far is yielded
    """
    mono = job.mono(job.mixture)[0]
    heard = magnitudes(mono, gpu.device())
    classifier = weights.load("spectrogram").module
    if method == "deep-prior":
        yield from _by_deep_prior(job, heard, sources, iterations or deep_prior.ITERATIONS, every)
    elif method.startswith("semantic"):
        loaded = weights.load("semantic")
        looks = in_frames(job.analysis) if method == "semantic-vision" else None
        likely = semantic.chances(heard, loaded.module, later(looks, job.start_s))
        threshold = loaded.card.thresholds[LABELS[0]]
        yield _found(job, semantic.masked(likely, semantic.named(likely, heard, threshold), threshold))
    elif method == "nmf":
        yield _found(job, factors.supervised(heard, job.labels, weights.load("dictionaries").module))
    else:
        yield _found(job, factors.blind(heard, mono, max(2, len(job.labels)), classifier))


def _by_deep_prior(job: Job, heard: torch.Tensor, sources: int, iterations: int, every: int) -> Iterator[Found]:
    losses: dict[str, list[float]] = {}
    for step in deep_prior.learn(heard, sources, iterations):
        for name, loss in step.losses.items():
            losses.setdefault(name, []).append(loss)
        if step.iteration % every and step.iteration < iterations:
            continue
        masks = step.masks(*heard.shape)
        labels = _labels(_namer(job, cut(job.mixture, masks)[:-1]))
        found = _found(job, Masked(labels, masks))
        yield found._replace(done=step.iteration / iterations, losses=losses)


def _found(job: Job, masked: Masked) -> Found:
    tracks = cut(job.mixture, masked.masks.float())
    names = [[it["label"] for it in best] for best in _namer(job, tracks[:-1]).names()]
    return Found([*masked.labels, RESIDUAL], tracks, names)


def _namer(job: Job, tracks: Sound) -> Namer:
    namer = Namer(weights.load("spectrogram").module, len(tracks))
    namer.listen(np.concatenate([job.mono(track) for track in tracks]))
    return namer


def _labels(namer: Namer) -> list[str]:
    """Different names that together sound likeliest."""
    rows, columns = linear_sum_assignment(-np.log(namer.scores + LEAST))
    return [LABELS[column] for _, column in sorted(zip(rows.tolist(), columns.tolist(), strict=True))]
