"""One clip's way through: read, normalise, hear, see, write.

`steps` is the one mechanism. It yields progress several times a second together with the analysis as far as it has
come; whoever consumes it (page, command line, Python) shows what there is, and stops it by closing it. `analyse` is
the plain call on top.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo import directions, hearing, looking_around, seeing, weights
from milo_demo.analysis import STEPS_PER_S, Analysis, Box, Maps, Media, TagScore, steps_in
from milo_demo.directions import Direction
from milo_demo.errors import MiloError
from milo_demo.features import cuts, tempo
from milo_demo.features.sound_field import SoundField
from milo_demo.fusion import boxes, tracks
from milo_demo.fusion.events import events
from milo_demo.fusion.product import sound_times_object
from milo_demo.fusion.tags import tag_scores
from milo_demo.fusion.verdict import verdict
from milo_demo.instruments import LABELS
from milo_demo.media import decode, sphere
from milo_demo.media.normalise import normalise, span
from milo_demo.media.probe import Probe, probe
from milo_demo.media.render import annotate
from milo_demo.tags import GROUP_OF, TAGS

EYE = ("trunk", "object", "boxes")
STAGES = ("read", "normalise", "hear", "see", "annotate", "write")


@dataclass(frozen=True)
class AnalysisOptions:
    """What to analyse and how.

    start_s, duration_s : the part of the source to take; a duration of None takes all that is left
    threshold           : score from which something counts as there, 0-1; every model is calibrated to 0.5
    projection          : ``flat``, ``equirectangular``, or ``auto`` to believe the file
    annotated           : also write annotated.mp4
    """

    start_s: float = 0.0
    duration_s: float | None = None
    threshold: float = 0.5
    projection: str = "auto"
    annotated: bool = False

    def __post_init__(self) -> None:
        if not self.start_s >= 0:
            raise MiloError(f"The start must be 0 seconds or later, not {self.start_s:g}.")
        if self.duration_s is not None and not self.duration_s > 0:
            raise MiloError(f"The duration must be more than 0 seconds, not {self.duration_s:g}.")
        if not 0 < self.threshold < 1:
            raise MiloError(f"The threshold must lie between 0 and 1, not at {self.threshold:g}.")
        if self.projection not in ("auto", "flat", "equirectangular"):
            raise MiloError(f"The projection must be auto, flat or equirectangular, not {self.projection!r}.")


@dataclass(frozen=True)
class Progress:
    """Where an analysis stands: one of STAGES, how much of it is done (0-1), and the result so far."""

    stage: str
    fraction: float
    analysis: Analysis | None = None


def analyse(
    source: str | Path,
    options: AnalysisOptions | None = None,
    *,
    out: str | Path | None = None,
    on_stage: Callable[[str, float], None] | None = None,
) -> Analysis:
    """Analyse one video or sound file.

    source   : any file that FFmpeg reads
    out      : folder for the result's files (see `Analysis`); it appears complete or not at all
    on_stage : called with a stage's name and the fraction done, several times a second; raising in it stops everything

    Raises MiloError, one sentence for people, if the input is wrong.
    """
    target = None if out is None else Path(out)
    folder = _working_folder(target)
    try:
        with closing(steps(source, options or AnalysisOptions(), folder)) as progress:
            for step in progress:
                if on_stage is not None:
                    on_stage(step.stage, step.fraction)
        if target is not None:
            target.mkdir(exist_ok=True)
            (target / "annotated.mp4").unlink(missing_ok=True)  # an earlier result's, which this one may not have
            for file in folder.iterdir():
                file.replace(target / file.name)
    finally:
        shutil.rmtree(folder)
    return step.analysis


def warm() -> None:
    """Load all models, so that the first analysis need not. One that cannot be had is left for that analysis to say."""
    for role in weights.ROLES:
        with suppress(MiloError):
            weights.load(role)
    tempo.warm()


def steps(source: str | Path, options: AnalysisOptions, folder: Path) -> Iterator[Progress]:
    """Run the stages in order; the last progress carries the whole analysis.

    The result's files are written into `folder`, which stays the caller's to remove if the iterator is closed early or
    raises MiloError. video.mp4 is there from the first progress that carries an analysis.
    """
    timings = _Timings()
    yield Progress("read", 0.0)
    found = probe(source)
    if options.projection != "auto":
        found = replace(found, projection=options.projection)
    _, warnings = span(found, options.start_s, options.duration_s)
    found, doubts = directions.recognise(found, options.start_s)
    timings.stop("read")

    video = folder / "video.mp4"
    yield Progress("normalise", 0.0)
    with closing(normalise(found, video, options.start_s, options.duration_s)) as fractions:
        for fraction in fractions:
            yield Progress("normalise", fraction)
    analysis = _begin(found, video, options)
    analysis.warnings += warnings + doubts
    yield Progress("normalise", 1.0, analysis)
    timings.stop("normalise")

    heard = seen = placed = None
    if analysis.media.has_audio:
        heard, placed = yield from _hear(found, options, analysis)
        _fuse(analysis, heard, seen, placed, options)
        yield Progress("hear", 1.0, analysis)
        timings.stop("hear")
    if analysis.media.has_video:
        seen = yield from _see(video, options, analysis)
        _fuse(analysis, heard, seen, placed, options)
        yield Progress("see", 1.0, analysis)
        timings.stop("see")

    if options.annotated and analysis.media.has_video:
        with closing(annotate(video, analysis, folder / "annotated.mp4", options.threshold)) as fractions:
            for fraction in fractions:
                yield Progress("annotate", fraction, analysis)
        timings.stop("annotate")
    analysis.timings_s = timings.taken_s
    analysis.save(folder)
    yield Progress("write", 1.0, analysis)


def _working_folder(target: Path | None) -> Path:
    """An empty folder beside `target`, so that moving the finished files there is one rename each."""
    if target is None:
        return Path(tempfile.mkdtemp(prefix="milo-"))
    if target.exists() and not target.is_dir():
        raise MiloError(f"{target.name} is a file: name a folder for the result.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".milo-", dir=target.parent))
    except OSError as error:
        raise MiloError(f"No folder {target.name} can be made there ({error.strerror}): name another one.") from error


def _begin(found: Probe, video: Path, options: AnalysisOptions) -> Analysis:
    """The analysis as it stands once the clip is normalised: the media, an empty grid, the first warnings."""
    copy = probe(video)
    media = Media(
        source_name=found.name,
        duration_s=copy.duration_s,
        width=copy.width,
        height=copy.height,
        fps=copy.fps,
        has_video=copy.has_video,
        has_audio=copy.has_audio,
        projection=found.projection,
    )
    analysis = Analysis(media=media, maps=Maps.empty(steps_in(media.duration_s)))
    if not media.has_audio:
        analysis.warnings.append("The clip has no sound: only what is seen is shown.")
    if not media.has_video:
        analysis.warnings.append("The clip has no picture: only what is heard is shown.")
    return analysis


def _hear(
    found: Probe, options: AnalysisOptions, analysis: Analysis
) -> Generator[Progress, None, tuple[NDArray, dict[str, Direction] | None]]:
    """Fill `maps.sound`, the tags and the tempo.

    Returns how surely each label is heard in the clip, (label,), and from where, None where the sound does not know.
    """
    sound, spectrogram, tags = (weights.load(role) for role in ("sound", "spectrogram", "tags"))
    analysis.models += [sound.used, spectrogram.used, tags.used]
    maps = analysis.maps
    count = len(maps.time_s)
    maps.sound = np.zeros((count, len(LABELS)), np.float16)
    raw_tags = np.zeros((count, len(TAGS)), np.float32)
    part = (found.path, hearing.RATE_HZ, options.start_s, analysis.media.duration_s)
    field = SoundField() if directions.is_ambisonic(found) else None
    chunks = decode.audio(*part) if field is None else field.overhear(decode.audio(*part, mono=False))
    tempo.warm()
    onsets = tempo.Onsets()
    done = 0
    for heard in hearing.hear(onsets.overhear(chunks), hearing.Ear(sound.module, spectrogram.module, tags.module)):
        scores = heard.instruments[: count - done]  # the copy's last frame may end a little before its sound
        maps.sound[done : done + len(scores)] = scores
        raw_tags[done : done + len(scores)] = heard.tags[: len(scores)]
        done += len(scores)
        yield Progress("hear", done / count, analysis)
    maps.tags, maps.tag_labels = tag_scores(raw_tags, tags.module, tags.card["thresholds"]).astype(np.float16), TAGS
    maps.tempo_bpm = tempo.tempo_bpm(onsets.strength(), count)
    analysis.tempo_bpm = tempo.overall_bpm(maps.tempo_bpm)
    pooled = hearing.pool(maps.sound.astype(np.float32))
    if field is None:
        return pooled, None
    labels = [label for label, score in zip(LABELS, pooled, strict=True) if score >= options.threshold]
    chunks = decode.audio(*part, mono=False, chunk_s=directions.BLOCK_S)
    placed: dict[str, Direction] = {}
    for known in directions.locate(chunks, field.places(), spectrogram.module, maps.sound, labels):
        placed = known
        yield Progress("hear", 1.0, analysis)
    return pooled, placed


def _see(video: Path, options: AnalysisOptions, analysis: Analysis) -> Generator[Progress, None, NDArray]:
    """Fill `maps.object` and the boxes; returns how surely each label is seen at each step, (step, label)."""
    trunk, objects, head = (weights.load(role) for role in EYE)
    analysis.models += [trunk.used, objects.used, head.used]
    eye = seeing.Eye(trunk.module, objects.module, head.module)
    maps, media = analysis.maps, analysis.media
    around = media.projection == "equirectangular"
    count = len(maps.time_s)
    side_px = sphere.FRAME_PX if around else seeing.SIDE_PX
    shots = cuts.Shots()
    frames = shots.overhear(
        frame for _, frame in decode.frames(video, STEPS_PER_S, side_px, duration_s=media.duration_s)
    )
    found: list[list[seeing.Region]] = []
    for batch in looking_around.look_around(frames, eye) if around else seeing.see(frames, eye):
        if not found:
            maps.object = np.zeros((count, *batch.maps.shape[1:]), np.uint8)
        maps.object[len(found) : len(found) + len(batch.maps)] = (255 * batch.maps).round()
        found += batch.found
        yield Progress("see", len(found) / count, analysis)
    maps.object = boxes.steadied(maps.object)
    # Only the maps know a cello: their regions stand in for boxes that the head has no name for.
    unboxed = [LABELS.index(label) for label in objects.card["labels"] if label not in head.card["labels"]]
    for step, places in enumerate(maps.object):
        regions = boxes.regions(places / np.float32(255), boxes.OUTLINE, unboxed, around)
        found[step] = boxes.outlined(found[step], regions, around)
    shown = tracks.tracks(found, shots.cuts(), around, options.threshold)
    for step, (time_s, tracked) in enumerate(zip(maps.time_s.tolist(), shown, strict=True)):
        settled = boxes.one_name_per_place(maps.object[step] / np.float32(255), tracked.values(), around)
        maps.object[step] = (255 * settled).round()
        for track, region in tracked.items():
            where = sphere.direction(*region[2:]) if around else (None, None)
            analysis.boxes.append(Box(time_s, LABELS[region.label], region.score, track, *region[2:], *where))
    return analysis.seen()


def _fuse(
    analysis: Analysis,
    heard: NDArray | None,
    seen: NDArray | None,
    placed: dict[str, Direction] | None,
    options: AnalysisOptions,
) -> None:
    """Verdict, events and the product of the senses, from what has been heard and seen so far."""
    visible = weights.load("object").card["labels"] if seen is not None else ()
    analysis.clip = verdict(heard, None if seen is None else hearing.pool(seen), visible, placed)
    analysis.events = []
    maps, duration_s = analysis.maps, analysis.media.duration_s
    if heard is not None:
        analysis.events += events("heard", maps.sound.astype(np.float32), options.threshold, duration_s)
    if maps.tags.size:
        tags = maps.tags.astype(np.float32)
        analysis.tags = _ranked(hearing.pool(tags))
        analysis.events += events("tag", tags, options.threshold, duration_s, GROUP_OF)
    if seen is not None:
        analysis.events += events("seen", seen, options.threshold, duration_s)
    if heard is not None and seen is not None:
        maps.source = sound_times_object(maps.sound, maps.object)


def _ranked(scores: NDArray[np.float32]) -> list[TagScore]:
    """How well each tag describes the clip, (tag,), as a list, best first."""
    tags = [TagScore(tag, group, score) for (tag, group), score in zip(GROUP_OF.items(), scores.tolist(), strict=True)]
    return sorted(tags, key=lambda tag: -tag.score)


class _Timings:
    """Wall time per stage, seconds."""

    def __init__(self) -> None:
        self.taken_s: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.taken_s[stage] = now - self._last
        self._last = now
