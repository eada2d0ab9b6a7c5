"""A few seconds of a result, taken apart once more by other separators, to be listened to one after the other.

`milo` are the result's own tracks. Where a clip is one of the examples of which the parts are known, every track says
how near it comes to the truth.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from numpy.typing import NDArray

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.folder import TRACKS
from milo_demo.instruments import RESIDUAL

if TYPE_CHECKING:
    from milo_demo.separation.published.takes import Found

METHODS = {
    "milo": "MILO: notes and masks",
    "semantic-vision": "Semantic segmentation, with vision",
    "semantic-audio": "Semantic segmentation, audio alone",
    "nmf": "NMF, told who plays",
    "nmf-blind": "NMF, blind",
    "deep-prior": "Deep Audio Prior",
}
"""Who can be compared, by name, and what they are called."""
FOLDER = "compare"
LONGEST_S = 15.0
STEMS = Path(__file__).parents[2] / "assets" / "examples" / "stems"
"""A folder per example, with a file per part."""
KNOWN_DB = 10.0
"""How near the stems' sum has to come to a clip for them to be its own."""
LISTEN_EVERY = 50
"""Iterations after which the tracks of a method that learns can be listened to."""

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """One track of a method: whose it is, where its sound lies, what it sounds like, best first, and its SI-SDR in dB,
    where the truth is known."""

    label: str
    path: Path
    names: tuple[str, ...] = ()
    si_sdr_db: float | None = None


@dataclass(frozen=True)
class Take:
    """What a method has made of the part so far.

    mask   : a picture of whose every place of the spectrogram is
    done   : 0-1
    losses : of a method that learns, by name, one for each iteration
    """

    method: str
    tracks: tuple[Heard, ...]
    mask: Path
    done: float = 1.0
    losses: dict[str, list[float]] = field(default_factory=dict)


def compare(
    folder: Path,
    methods: Sequence[str],
    start_s: float,
    duration_s: float,
    *,
    sources: int = 2,
    iterations: int | None = None,
) -> Iterator[list[Take]]:
    """Take a part of the result in `folder` apart by some methods, one after the other; yield all there is so far, now
    and then. Their files lie in a folder of their own in it, until the next time. Closing it stops it at once.

    methods    : names of METHODS
    sources    : how many Deep Audio Prior looks for
    iterations : how long it learns; by default as long as two sources need

    Raises MiloError where the result has no tracks, the part lies outside or is too long, or there is no such method.
    """
    analysis = Analysis.load(folder)
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise MiloError(f"There is no separator {unknown[0]}." if unknown else "Choose at least one separator.")
    if not analysis.tracks:
        raise MiloError("The result has no tracks to compare with: analyse the clip with its tracks separated.")
    if not 0 < duration_s <= LONGEST_S:
        raise MiloError(f"Choose up to {LONGEST_S:g} seconds to compare, not {duration_s:g}.")
    if not 0 <= start_s < analysis.media.duration_s:
        raise MiloError(f"The clip has {analysis.media.duration_s:.1f} seconds: the part cannot begin at {start_s:g}.")
    return _compare(analysis, folder, methods, start_s, duration_s, sources, iterations)


def _compare(
    analysis: Analysis,
    folder: Path,
    methods: Sequence[str],
    start_s: float,
    duration_s: float,
    sources: int,
    iterations: int | None,
) -> Iterator[list[Take]]:
    from milo_demo.separation.published import takes  # and with it torch, which takes seconds

    work = folder / FOLDER
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    labels = [track.label for track in analysis.tracks]
    own = {track.label: _read(folder / track.path, start_s, duration_s) for track in analysis.tracks}
    mixture = np.sum(list(own.values()), axis=0)
    truth = _truth(analysis, start_s, mixture)
    job = takes.Job(mixture, [label for label in labels if label != RESIDUAL], analysis, start_s)
    finished: list[Take] = []
    for method in methods:
        keep = partial(_kept, work, method, truth)
        if method == "milo":
            names = [[it["label"] for it in track.classified] for track in analysis.tracks]
            finished.append(keep(takes.Found(list(own), np.stack(list(own.values())), names)))
        else:
            take = None
            for found in takes.separate(method, job, sources, iterations, LISTEN_EVERY):
                take = keep(found)
                yield [*finished, take]
            finished += [take] if take else []
        yield list(finished)


def _kept(work: Path, method: str, truth: dict[str, Sound], found: "Found") -> Take:
    """Write what a method has found."""
    from milo_demo.features.stft import TRACK_HZ
    from milo_demo.separation.mask_picture import write_mask

    paths = [work / f"{method}-{number}.flac" for number in range(len(found.labels))]
    for path, track in zip(paths, found.tracks, strict=True):
        soundfile.write(path, np.clip(track.T, -1, 1), TRACK_HZ, subtype="PCM_16")
    mask = work / f"{method}.png"
    write_mask(paths, found.labels, mask)
    names = [*found.names, *[()] * (len(paths) - len(found.names))]
    tracks = tuple(
        Heard(label, path, tuple(named), figure)
        for label, path, named, figure in zip(found.labels, paths, names, _figures(found.tracks, truth), strict=True)
    )
    return Take(method, tracks, mask, found.done, found.losses)


def _figures(tracks: Sound, truth: dict[str, Sound]) -> list[float | None]:
    """SI-SDR of every track, each known part against the one track that is best taken for it, whatever it is called."""
    from scipy.optimize import linear_sum_assignment

    from milo_demo.separation.quality import si_sdr

    figures: list[float | None] = [None] * len(tracks)
    if truth:
        reached = np.array([[si_sdr(stem.mean(axis=0), it.mean(axis=0)) for it in tracks] for stem in truth.values()])
        for stem, track in zip(*linear_sum_assignment(-reached), strict=True):
            figures[track] = float(reached[stem, track])
    return figures


def _read(path: Path, start_s: float, duration_s: float) -> Sound:
    """(channel, sample) of a part of a file."""
    with ExitStack() as opened:
        file = opened.enter_context(soundfile.SoundFile(path))
        file.seek(min(file.frames, round(start_s * file.samplerate)))
        sound = file.read(round(duration_s * file.samplerate), dtype="float32", always_2d=True)
    return np.ascontiguousarray(sound.T)


def _truth(analysis: Analysis, start_s: float, mixture: Sound) -> dict[str, Sound]:
    """Label -> what it truly plays in the part, (1, sample); nothing where that is not known."""
    from milo_demo.separation.quality import si_sdr

    name = Path(analysis.media.source_name).stem
    paths = {label: STEMS / name / f"{label}.flac" for label in TRACKS}
    there = {label: path for label, path in paths.items() if path.is_file()}
    if not there or "/" in name:
        return {}
    at_s = analysis.options.start_s + start_s
    duration_s = mixture.shape[1] / 44_100
    stems = {label: _read(path, at_s, duration_s) for label, path in there.items()}
    if any(stem.shape[1] != mixture.shape[1] for stem in stems.values()):
        return {}
    together = np.sum(list(stems.values()), axis=0)
    return stems if si_sdr(together.mean(axis=0), mixture.mean(axis=0)) > KNOWN_DB else {}
