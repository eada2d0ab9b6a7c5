"""The recordings that ears are measured on, each with what truly sounds in it; none was trained on.

phrases : solo recordings, labelled as a whole
stems   : every non-empty subset of the stems of real ensembles, summed. A stem sounds in a step if its level is within
          SOUNDS_WITHIN_DB of its own 95th percentile. In the full mixtures nobody ever rests; in the subsets everybody
          does, in a known way. The twelve ensembles play three pieces, with the same takes at other levels.
singing : sung pop, voice and accompaniment summed; true of the voice only, nobody says what accompanies it
softly  : the same songs, the voice softer than the accompaniment by one of SOFTER_DB; alone: accompaniments by
          themselves
noise, speech : the fold of noises and the speaker that the recipes keep for measuring
silence : digital silence, the last bit, an offset and faint hiss, made up; and the stretches of real videos in which
          nothing is played (SILENT_STRETCHES_S), where `data` has them
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.evaluation.files import required, songs
from milo_demo.features.log_mel import HOP, RATE_HZ, STEP
from milo_demo.features.loudness import levels_dbfs
from milo_demo.instruments import LABELS, label_of
from milo_demo.media import decode
from milo_demo.media.probe import probe
from milo_demo.training.hearing.recordings import load, negatives

STEM_LABELS = {"S1": "violin", "S2": "clarinet", "S3": "saxophone", "S4": "bassoon"}
PERCUSSION_GROUP = "Group03-P3P"
"""Here the third stem is percussion, which is not called anything."""
SOUNDS_WITHIN_DB = 30.0
SOFTER_DB = (5, 8, 11)
SOFTLY, UNSUNG = "softly {} dB", "alone"
SILENT_STRETCHES_S = {
    "mandolin_solo.mp4": ((0.0, 4.4), (48.4, None)),
    "bass_guitar_solo.mp4": ((0.0, 3.8), (16.9, 18.8), (32.0, 34.2), (47.5, None)),
}
FRAME_WINDOW = 4 * HOP
"""Samples that decide whether a stem sounds in a frame: long enough to hold two periods of a bassoon's lowest note."""


@dataclass(frozen=True)
class Recording:
    """One thing to listen to.

    kind   : ``phrases``, ``stems``, ``singing``, one of SOFTLY, UNSUNG, ``noise``, ``speech`` or ``silence``
    source : the recording it comes from; all ensembles that play one piece share theirs
    sound  : (sample,), mono at 16 kHz
    truth  : (step, label), what sounds; of a phrase its label throughout
    """

    kind: str
    source: str
    sound: NDArray[np.float32]
    truth: NDArray[np.bool_]


def recordings(data: Path) -> Iterator[Recording]:
    """Everything there is to listen to in a data folder, about 25 minutes of sound."""
    yield from phrases(data)
    yield from stems(data)
    yield from _singing(data)
    yield from _nothing(data)


def phrases(data: Path) -> Iterator[Recording]:
    """The solo phrases whose instrument is in the taxonomy."""
    for path in required(data / "recordings" / "phrases_val", "*.ogg", "recordings"):
        label = label_of(path.stem, "phrases")
        if label is not None:
            sound = load(path)
            truth = _nobody(sound)
            truth[:, LABELS.index(label)] = True
            yield Recording("phrases", path.stem, sound, truth)


def stems(data: Path) -> Iterator[Recording]:
    """Every non-empty subset of every ensemble's stems."""
    for source, played in ensembles(data):
        when = {label: _sounding_steps(stem) for label, stem in played.items()}
        for sound, truth in subsets(played, when):
            yield Recording("stems", source, sound, truth)


def subsets(
    played: Mapping[str, NDArray[np.float32]], when: Mapping[str, NDArray[np.bool_]]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Every non-empty choice of the players of an ensemble, the smallest first: what is heard of them together
    (sample,), and who of them sounds when (time, label).

    played : label -> stem (sample,)
    when   : label -> whether that stem sounds (time,)
    """
    sizes = range(1, len(played) + 1)
    for chosen in chain.from_iterable(combinations(played, size) for size in sizes):
        truth = np.zeros((len(when[chosen[0]]), len(LABELS)), bool)
        for label in chosen:
            truth[:, LABELS.index(label)] = when[label]
        yield np.sum([played[label] for label in chosen], axis=0), truth


def ensembles(data: Path) -> Iterator[tuple[str, dict[str, NDArray[np.float32]]]]:
    """Real ensembles: the piece, and label -> stem (sample,), all of one length."""
    pieces: dict[tuple[str, str], dict[str, NDArray[np.float32]]] = {}
    for path in required(data / "mixtures" / "bach10_val" / "Originals", "*/*.ogg", "recordings"):
        piece, _, stem = path.stem.rpartition("_")
        if path.parent.name != PERCUSSION_GROUP or stem in ("S1", "S2"):
            pieces.setdefault((path.parent.name, piece), {})[STEM_LABELS[stem]] = load(path)
    for (_, piece), played in pieces.items():
        length = min(map(len, played.values()))
        yield piece.rpartition("_")[2], {label: sound[:length] for label, sound in played.items()}


def mixtures(data: Path) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """Music to hang tags on: kind (``phrases``, ``ensembles``, ``songs`` or ``videos``), name, sound (sample,).

    All phrases, ensembles and songs, and the first 30 s of each video that has sound, where `data` has videos.
    """
    for path in required(data / "recordings" / "phrases_val", "*.ogg", "recordings"):
        yield "phrases", path.stem, load(path)
    for path in required(data / "mixtures" / "bach10_val" / "Mixtures", "*/*.ogg", "recordings"):
        yield "ensembles", path.stem, load(path)
    for path in required(data / "recordings" / "mir1k_val", "*.ogg", "recordings"):
        yield "songs", path.stem, load(path, mono=False).sum(axis=0)
    for path in sorted((data / "clips").glob("*")):
        if probe(path).has_audio:
            yield "videos", path.stem, video_sound(path, 0.0, 30.0)


def sounds(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a stem sounds, from its levels over time in dB."""
    return levels > np.percentile(levels, 95) - SOUNDS_WITHIN_DB


def frame_levels_dbfs(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level around the middle of every frame of 512 samples. (sample,) -> (frame,), 16 for every step begun"""
    margin = (FRAME_WINDOW - HOP) // 2
    padded = np.pad(sound, (margin, -len(sound) % STEP + margin))
    windows = np.lib.stride_tricks.sliding_window_view(padded, FRAME_WINDOW)[::HOP]
    return 10 * np.log10(np.mean(np.square(windows), axis=1) + 1e-12)


def video_sound(path: Path, start_s: float, end_s: float | None) -> NDArray[np.float32]:
    """(sample,) of a stretch of a video."""
    duration_s = None if end_s is None else end_s - start_s
    return np.concatenate([chunk[0] for chunk in decode.audio(path, RATE_HZ, start_s, duration_s)])


def _singing(data: Path) -> Iterator[Recording]:
    for path in songs(data):
        accompaniment, voice = load(path, mono=False)
        truth = _nobody(voice)
        truth[:, LABELS.index("voice")] = _sounding_steps(voice)
        yield Recording("singing", path.stem, accompaniment + voice, truth)
        louder_db = 10 * np.log10(np.square(voice).mean() / np.square(accompaniment).mean())
        for softer_db in SOFTER_DB:
            softly = voice * np.float32(10 ** (-(louder_db + softer_db) / 20))
            yield Recording(SOFTLY.format(softer_db), path.stem, accompaniment + softly, truth)
        yield Recording(UNSUNG, path.stem, accompaniment, _nobody(accompaniment))


def _nothing(data: Path) -> Iterator[Recording]:
    for path, split in negatives(data / "recordings"):
        if split == "evaluation":
            sound = load(path)
            yield Recording("speech" if path.parent.name == "speech" else "noise", path.stem, sound, _nobody(sound))
    for name, sound in _silences(data / "clips"):
        yield Recording("silence", name, sound, _nobody(sound))


def _silences(videos: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    samples = 5 * RATE_HZ
    rng = np.random.default_rng(0)
    yield "digital", np.zeros(samples, np.float32)
    yield "last bit", (rng.integers(-1, 2, samples) / 32_768).astype(np.float32)
    yield "offset", np.full(samples, 0.01, np.float32)
    for level_dbfs in (-90, -80, -70, -60):
        hiss = 10 ** (level_dbfs / 20) * rng.standard_normal(samples)
        yield f"hiss at {level_dbfs} dBFS", hiss.astype(np.float32)
    for name, stretches in SILENT_STRETCHES_S.items():
        if (videos / name).is_file():
            for start_s, end_s in stretches:
                yield f"{name} from {start_s:g} s", video_sound(videos / name, start_s, end_s)


def _sounding_steps(sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(sample,) -> (step,)"""
    return sounds(levels_dbfs(torch.from_numpy(sound)).numpy())


def _nobody(sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The truth of a recording in which nothing plays. (sample,) -> (step, label)"""
    return np.zeros((-(-len(sound) // STEP), len(LABELS)), bool)
