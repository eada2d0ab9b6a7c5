"""What happens when: choose, analyse, cancel. Each run has a folder of its own, gone with it."""

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path

import gradio as gr

from milo_demo import pipeline
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import LONGEST_S, AnalysisOptions, Progress, steps
from milo_demo.ui import status, views, words
from milo_demo.ui.results import CLIP, REFRESH_S, discard, is_example, new_folder
from milo_demo.ui.views import View

DEFAULT_DURATION_S = 20.0

log = logging.getLogger(__name__)


def chosen(source: str | None, busy: bool) -> View:
    """A file has been chosen, or taken away again. While a run is busy with another, its line stays."""
    found: list[tuple[str, int]] = []
    with suppress(MiloError):  # said when it is analysed
        found = pipeline.survey(source).tracks if source is not None else []
    view = View(track=views.tracks(found))
    if busy:
        return view
    line = "Choose a video or sound file, or try the example."
    if source is not None:
        line = f"{Path(source).name} is ready to be analysed."
    gone = gr.update(visible=False)  # what is shown is no longer what would be analysed again
    return view._replace(status=status.ready(line), analyse=views.button(source is not None), again=gone)


def picked(example: str) -> tuple[str, dict]:
    """An example is the file now; it has one sound track."""
    return example, views.tracks([])


def waiting() -> View:
    """Analyse was pressed: clear the last result at once, even if others are being served."""
    return views.empty("busy")._replace(status=status.bar("waiting for a free place", None), **views.working(True))


def again(
    source: str | None,
    start_s: float | None,
    duration_s: float | None,
    previous: str | None,
    track: int | None = None,
    separate: bool = True,
) -> Iterator[View]:
    """Analyse the part that is shown once more, an ordinary picture as a 360° one or the other way round; else like
    `analyse`."""
    projection = "auto"
    with suppress(MiloError):  # a result that is gone cannot say how it was seen
        shown = Analysis.load(Path(previous or ""))
        projection = "flat" if shown.media.is_spherical else "equirectangular"
        start_s, duration_s, track = shown.options.start_s, shown.options.duration_s, shown.options.audio_track
    yield from analyse(source, start_s, duration_s, previous, track, separate, projection)


def analyse(
    source: str | None,
    start_s: float | None,
    duration_s: float | None,
    previous: str | None,
    track: int | None = None,
    separate: bool = True,
    projection: str = "auto",
) -> Iterator[View]:
    """Run the pipeline on `source` and show what there is as soon as it is there.

    previous   : folder of the session's last run, which is removed first
    track      : number of the sound track to listen to; None or 0 leaves the choice to MILO
    separate   : whether to make a track per instrument
    projection : as in the options

    Closing the iterator cancels the run. A run that does not reach its end leaves no folder.
    """
    discard(previous)
    if source is None:
        yield views.stopped(status.failed("There is no file to analyse.", "Choose a video or sound file first."))
        return
    folder = new_folder(Path(source).stem if is_example(source) else CLIP)
    complete = False
    try:
        yield View(folder=str(folder))
        options = _options(start_s, duration_s, track, separate, projection)
        with closing(steps(source, options, folder)) as progress:
            analysis = yield from _views(progress, folder, is_example(source))
        complete = True
        yield views.finished(analysis, folder)
    except MiloError as error:
        yield views.stopped(status.failed(str(error)))
    except Exception:
        log.exception("analysis of %s failed", source)
        sentence = "MILO stumbled over this clip, which is a fault of the program and not yours."
        yield views.stopped(status.failed(sentence, "Your file is still here: another part of it may work."))
    finally:
        if not complete:
            discard(str(folder))


def settled(busy: bool) -> View:
    """After a run: one that did not come to its end was cancelled. Closing its iterator has cleaned up behind it."""
    if busy:
        return views.stopped(status.ready("Cancelled. Nothing was kept but your file."))
    return View(**views.working(False))


def _views(progress: Iterator[Progress], folder: Path, drawn: bool) -> Generator[View, None, Analysis]:
    """Views of a run: the bar often, the rest whenever a sense has something new to show. Returns the analysis."""
    analysis, last_s, last_news = None, 0.0, None
    for step in progress:
        analysis, line = step.analysis, status.working(step.stage, step.fraction)
        news = analysis and (bool(analysis.clip), words.looked(analysis), _watched(analysis), bool(analysis.tracks))
        if analysis is not None and news != last_news:
            found = views.separated(analysis, folder) if analysis.tracks else views.result(analysis, folder, drawn)
            yield found._replace(status=line)
        elif time.monotonic() - last_s >= REFRESH_S:
            yield View(status=line)
        else:
            continue
        last_s, last_news = time.monotonic(), news
    assert analysis is not None, "the last progress carries the analysis"
    return analysis


def _watched(analysis: Analysis) -> bool:
    """Whether it is known who plays, and where."""
    return bool(analysis.maps.action.size)


def _options(
    start_s: float | None,
    duration_s: float | None,
    track: int | None = None,
    separate: bool = True,
    projection: str = "auto",
) -> AnalysisOptions:
    """The trim fields as options; an empty field means its default."""
    duration_s = DEFAULT_DURATION_S if duration_s is None else duration_s
    if duration_s > LONGEST_S:
        raise MiloError(f"The page analyses at most {LONGEST_S:.0f} seconds at once: choose a shorter part.")
    return AnalysisOptions(
        start_s or 0.0,
        duration_s,
        words.THRESHOLD,
        projection,
        audio_track=track or None,
        separator="notes" if separate else "none",
    )
