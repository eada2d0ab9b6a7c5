"""One clip's way through: read, normalise, hear, see, play, separate, write.

`steps` is the one mechanism. It yields progress several times a second together with the analysis as far as it has
come; whoever consumes it (page, command line, Python) shows what there is, and stops it by closing it. `analyse` is
the plain call on top. `survey`, `waveform`, `left_out`, `look`, `outline`, `cards` and `warm` are what the page wants
besides.

The senses are imported when they are first needed: torch takes seconds, and a wrong path is said at once.
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from milo_demo import large, weights
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.export.files import write_files
from milo_demo.export.look import Look
from milo_demo.folder import MIX, need, refuse, working
from milo_demo.grid import COUNTS, SIDE_PX
from milo_demo.media.normalise import LONGEST_S, normalise
from milo_demo.media.probe import Probe
from milo_demo.options import AnalysisOptions
from milo_demo.pipeline import intake
from milo_demo.pipeline.intake import left_out
from milo_demo.pipeline.lending import lent
from milo_demo.pipeline.survey import Survey, survey, waveform
from milo_demo.separation.files import outline
from milo_demo.weights import Card, cards

__all__ = [
    "LONGEST_S",
    "MIX",
    "SIDE_PX",
    "STAGES",
    "AnalysisOptions",
    "Card",
    "Progress",
    "Survey",
    "analyse",
    "cards",
    "is_loading",
    "left_out",
    "look",
    "outline",
    "steps",
    "survey",
    "warm",
    "waveform",
]

STAGES = ("read", "normalise", "hear", "see", "play", "look", "separate", "annotate", "write")

NEEDS = {"hear": ("sound", "spectrogram", "vocabulary", "tags"), "see": ("trunk", "object", "boxes", "closeup")}
"""The networks that a stage loads where nobody has before; those of other stages are loaded in a moment."""

Result = TypeVar("Result")


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
    out      : folder for the result's files (see `Analysis`), which appear all or none; an earlier result's there are
               replaced, and nothing else
    on_stage : called with a stage's name and the fraction done, several times a second; raising in it stops everything

    Raises MiloError, one sentence for people, if the input is wrong or `out` is no place for the result.

    Examples
    --------
    >>> analysis = analyse("assets/examples/drawn_duet.mp4", AnalysisOptions(start_s=2, duration_s=2))
    >>> sorted(row.label for row in analysis.clip[:2])
    ['guitar', 'harp']

    See also `steps`, which gives what there is while it works, and `Analysis.load`.
    """
    if out == "":  # which would be the folder one is in
        raise MiloError("The folder for the result has no name: name one, or . for the one you are in.")
    target, analysis = None if out is None else Path(out), None
    with (
        working(target, source) as folder,
        closing(steps(source, options or AnalysisOptions(), folder)) as progress,
    ):
        for step in progress:
            analysis = step.analysis
            if on_stage is not None:
                on_stage(step.stage, step.fraction)
    assert analysis is not None, "the last progress carries the analysis"
    return analysis


@lent
def steps(
    source: str | Path, options: AnalysisOptions, folder: Path, earlier: Path | None = None
) -> Generator[Progress, None, None]:
    """Run the stages in order; the last progress carries the whole analysis.

    earlier : the folder of a result of the same part, with the same options but for who separates and who plays: only
              its tracks are made anew

    The result's files are written into `folder`, which stays the caller's to remove if the iterator is closed early or
    raises MiloError, as it does where files of someone else are in their way. video.mp4 is there from the first
    progress that carries an analysis.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     run = steps("assets/examples/drawn_duet.mp4", AnalysisOptions(duration_s=1), Path(name))
    ...     sorted({step.stage for step in run})
    ['hear', 'normalise', 'play', 'read', 'see', 'separate', 'write']

    See also `analyse`, which runs them all.
    """
    refuse(folder)
    large.require(*options.larger)
    run = _Run()
    found, warnings = yield from run.stage("read", intake.read(source, options))
    need(folder, intake.size(found, options))
    if earlier is None:
        analysis = yield from _perceived(found, options, folder, warnings, run)
    else:
        analysis = run.analysis = intake.take_over(earlier, folder, options)
        yield Progress("read", 1.0, analysis)

    from milo_demo.fusion.record import record_tracks
    from milo_demo.separation.separate import separate

    media = analysis.media
    if media.has_audio and options.separator != "none":
        work = separate(found, options.start_s, media.duration_s, analysis, folder)
        record_tracks(analysis, (yield from run.stage("separate", work)))
        yield Progress("separate", 1.0, analysis)
    if media.has_video and options.annotated:
        yield from run.stage("annotate", _draw(analysis, folder))
    analysis.timings_s = run.timings_s
    drawn = ["annotated.mp4"] if media.has_video and options.annotated else []
    try:
        analysis.save(folder, ["video.mp4", *drawn, *write_files(analysis, folder)])
    except OSError as error:
        raise MiloError(f"The result cannot be written ({error.strerror}): make room on the disk.") from error
    yield Progress("write", 1.0, analysis)


def _perceived(
    found: Probe, options: AnalysisOptions, folder: Path, warnings: list[str], run: "_Run"
) -> Generator[Progress, None, Analysis]:
    """The clip normalised, heard, seen, and who plays in it; returns the analysis."""
    video = folder / "video.mp4"
    yield from run.stage("normalise", normalise(found, video, options.start_s, options.duration_s))
    analysis = run.analysis = intake.begin(found, video, options, warnings)
    yield Progress("normalise", 1.0, analysis)

    from milo_demo.fusion.agree import agree
    from milo_demo.fusion.record import known, record
    from milo_demo.hearing.listen import listen
    from milo_demo.playing.play import play
    from milo_demo.playing.witness import Witness
    from milo_demo.seeing.watch import watch
    from milo_demo.seeing.words import look_for

    media, heard, seen, played = analysis.media, None, None, None
    if media.has_audio:
        work = listen(found, options.start_s, media.duration_s, options.threshold, options.ear)
        heard = yield from run.stage("hear", work)
        record(analysis, heard, seen)
        yield Progress("hear", 1.0, analysis)
    if media.has_video:
        witness = Witness(media.is_spherical, mover=weights.load("movement"))
        sounding = [row.label for row in analysis.clip if (row.heard or 0) >= COUNTS]
        seen = yield from run.stage("see", watch(video, media, options.threshold, witness, sounding))
        record(analysis, heard, seen)
        if heard is not None:
            heard, seen, said = agree(analysis.clip, heard, seen)
            analysis.warnings += said
            record(analysis, heard, seen)
        yield Progress("see", 1.0, analysis)
        played = yield from run.stage("play", play(witness, known(heard, seen), media))
        record(analysis, heard, seen, played)
        yield Progress("play", 1.0, analysis)
    if media.has_video and options.words:
        sought = yield from run.stage("look", look_for(video, media, options.words))
        analysis.warnings += sought.told(options.threshold)
        record(analysis, heard, seen, played, sought)
        yield Progress("look", 1.0, analysis)
    return analysis


def is_loading(stage: str, fraction: float) -> bool:
    """Whether what comes next, when so much of a stage is done, has to wait for networks to be loaded."""
    at = STAGES.index(stage) + (fraction == 1)
    return fraction in (0, 1) and any(not weights.is_loaded(role) for role in NEEDS.get(STAGES[at % len(STAGES)], ()))


def look(picture: NDArray[np.uint8]) -> list[tuple[int, float, float, float, float, float]]:
    """What one look finds in a picture of a live camera, RGB (height, width, 3): index of the label, score 0-1, and x0,
    y0, x1, y1 in fractions of the picture; strongest first, down to very doubtful boxes. From close up, as a clip's
    boxes are, they would take three times as long.

    Raises MiloError where the picture is too small to see anything, or a checkpoint cannot be had.
    """
    from milo_demo.models.trunk import MIN_SIDE_PX
    from milo_demo.seeing import detect

    if min(picture.shape[:2]) < MIN_SIDE_PX:
        raise MiloError(f"The picture is smaller than {MIN_SIDE_PX} pixels: send a larger one.")
    once = replace(detect.load(), closeup=None)
    [found] = detect.look(picture, once).found
    return [(box.label, box.score, *box.sides) for box in found]


def warm() -> None:
    """Load all models, so that the first analysis need not. One that cannot be had is left for that analysis to say."""
    from milo_demo.features import tempo

    for role in weights.ASKED:
        with suppress(MiloError):
            weights.load(role)
    tempo.warm()


class _Run:
    """The stages of one run: their progress, and the time that each has taken.

    analysis : the result so far, once there is one
    """

    def __init__(self) -> None:
        self.analysis: Analysis | None = None
        self.timings_s: dict[str, float] = {}

    def stage(self, name: str, work: Generator[float, None, Result]) -> Generator[Progress, None, Result]:
        """Pass on a stage's fractions as progress; returns what it returns. Closing it closes the stage."""
        began_s = time.perf_counter()
        yield Progress(name, 0.0, self.analysis)
        with closing(work):
            try:
                while True:
                    yield Progress(name, next(work), self.analysis)
            except StopIteration as end:
                self.timings_s[name] = time.perf_counter() - began_s
                return end.value


def _draw(analysis: Analysis, folder: Path) -> Generator[float, None, None]:
    from milo_demo.export.render import annotate

    video, out = folder / "video.mp4", folder / "annotated.mp4"
    yield from annotate(video, analysis, out, Look(analysis.options.threshold))
