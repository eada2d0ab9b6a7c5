"""The sense of hearing: a clip's sound in, what is heard in it out."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from milo_demo import large
from milo_demo.analysis import ModelUsed
from milo_demo.features import tempo
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.sound_field import SoundField
from milo_demo.features.tempo import Tempo
from milo_demo.grid import pool, steps_in
from milo_demo.hearing import classify, localise
from milo_demo.hearing.classify import Scores
from milo_demo.hearing.judging import judged
from milo_demo.hearing.localise import Direction
from milo_demo.hearing.tags import tag_scores
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.media import decode
from milo_demo.media.probe import Probe
from milo_demo.models.spectrogram import EMBEDDING
from milo_demo.outside import OTHERS
from milo_demo.tags import TAGS

OURS = 0.2
"""Share of the time of listening that our own ear takes beside a larger one."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Heard:
    """What is heard in a clip.

    instruments : (step, label), 0-1, 0.5 being each label's threshold
    tags        : (step, tag), 0-1, 0.5 being each tag's threshold
    families    : (step, family), 0-1, of which families something sounds, whatever it is
    others      : (step, other), 0-1, what sounds of what lies outside the taxonomy
    features    : (step, 1024), what the spectrogram classifier makes of each step
    tempo       : beats per minute, step by step and of the clip, with both candidates
    directions  : where the labels that are heard stand, as far as that is clear; None where the sound does not know
    models      : the networks that listened
    onsets      : (frame, 4), how much begins every 16 ms, see `features.tempo.Onsets`
    """

    instruments: NDArray[np.float16]
    tags: NDArray[np.float16]
    tempo: Tempo
    directions: dict[str, Direction] | None
    models: tuple[ModelUsed, ...]
    onsets: NDArray[np.float32]
    families: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    others: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    features: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, EMBEDDING), np.float16))


def listen(
    source: Probe, start_s: float, duration_s: float, threshold: float, ear: str = "milo"
) -> Generator[float, None, Heard]:
    """Listen to a part of a source; yield the fraction done, return what is heard.

    threshold : score from which a label counts as heard in the clip, and is given a direction, 0-1
    ear       : who says what is heard, one of `options.EARS`; a larger one, as far as it has words for it

    Raises MiloError where a checkpoint cannot be had or the source has no sound.

    Examples
    --------
    >>> from milo_demo.media.probe import probe
    >>> def heard():
    ...     told = yield from listen(probe("assets/examples/drawn_duet.mp4"), 2.0, 1.0, threshold=0.5)
    ...     print(LABELS[told.instruments[0].argmax()], told.instruments.shape)
    >>> done = list(heard())
    guitar (2, 26)

    See also `classify.hear`, block by block, and `seeing.watch`, the other sense.
    """
    own, count = classify.load(), steps_in(duration_s)
    assert own.spectrogram is not None and own.tags is not None and own.vocabulary is not None
    tempo.warm()
    onsets = tempo.Onsets()
    sound = partial(decode.audio, source, RATE_HZ, start_s, duration_s)
    field = SoundField() if localise.is_ambisonic(source) else None
    chunks = sound() if field is None else field.tap(sound(mono=False))
    scores = yield from _share(_collect(classify.hear(onsets.tap(chunks), own), count), 0, OURS if ear == "ast" else 1)
    instruments, used = judged(scores).astype(np.float16), own.used
    if ear == "ast":
        told = large.load(ear)
        instruments = yield from _share(_told_by(told, sound(), scores.instruments, instruments), OURS, 1)
        used = (*used, told.used)
    tags = tag_scores(scores.tags, own.tags, own.tag_thresholds).astype(np.float16)
    followed = tempo.follow(onsets, count)
    directions: dict[str, Direction] | None = None
    if field is not None:
        clip = pool(instruments.astype(np.float32))
        labels = [label for label, score in zip(LABELS, clip, strict=True) if score >= threshold]
        chunks = sound(mono=False, chunk_s=localise.BLOCK_S)
        directions = {}
        for known in localise.locate(chunks, field.places(), own.spectrogram, instruments, labels):
            directions = known
            yield 1.0
    beyond = (part.astype(np.float16) for part in (scores.families, scores.others, scores.features))
    return Heard(instruments, tags, followed, directions, used, onsets.padded(count), *beyond)


def _share(work: Generator[float, None, Result], first: float, last: float) -> Generator[float, None, Result]:
    """A part of what is to be done: its fractions as those of the whole. Returns what it returns."""
    try:
        while True:
            yield first + (last - first) * next(work)
    except StopIteration as end:
        return end.value
    finally:
        work.close()


def _told_by(
    opened: large.Opened, sound: Iterable[NDArray[np.float32]], heard: NDArray[np.float32], ours: NDArray[np.float16]
) -> Generator[float, None, NDArray[np.float16]]:
    """What is heard (step, label) when the larger ear is asked as well: its word, and ours for labels that it has none
    for. Where `heard`, which is ours before names are judged, is silent, nothing is heard."""
    from milo_demo.large import ast

    scores = yield from ast.hear(sound, opened.model, len(ours))
    scores[~heard.any(axis=1)] = 0
    return np.where(np.isnan(scores), ours, scores).astype(np.float16)


def _collect(blocks: Iterable[Scores], count: int) -> Generator[float, None, Scores]:
    """All scores of a clip of `count` steps, of which at least one is heard."""
    whole, done = None, 0
    for block in blocks:
        left = count - done  # the copy's last frame may end a little before its sound
        whole = whole or Scores(*(np.zeros((count, rows.shape[1]), np.float32) for rows in block))
        for rows, part in zip(whole, block, strict=True):
            rows[done : done + len(part)] = part[:left]
        done += min(left, len(block.instruments))
        yield done / count
    sizes = (len(LABELS), len(TAGS), len(LABELS), len(FAMILIES), len(OTHERS), EMBEDDING, 1)
    return whole or Scores(*(np.zeros((count, size), np.float32) for size in sizes))
