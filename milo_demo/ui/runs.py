"""What happens when: analyse, cancel, make the annotated video. Each run has a folder of its own, gone with it."""

import logging
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from milo_demo import pipeline
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import LONGEST_S, AnalysisOptions, Progress, steps
from milo_demo.ui import status, tag_heatmap, views, words
from milo_demo.ui.tracks import rows
from milo_demo.ui.views import SAME, View

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"

DEFAULT_DURATION_S = 20.0

REFRESH_S = 0.2
"""Between two updates of the bar: often enough to look alive, and each is a moment at which a run can be cancelled."""

log = logging.getLogger(__name__)


def chosen(source: str | None, busy: bool) -> View:
    """A file has been chosen, or taken away again. While a run is busy with another, its line stays."""
    found: list[tuple[str, int]] = []
    with suppress(MiloError):  # said when it is analysed
        found = pipeline.tracks(source) if source is not None else []
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
    folder = Path(tempfile.mkdtemp(dir=_home().name))
    complete = False
    try:
        yield View(folder=str(folder))
        options = _options(start_s, duration_s, track, separate, projection)
        with closing(steps(source, options, folder)) as progress:
            analysis = yield from _views(progress, folder, _is_drawn(source))
        complete = True
        yield View(
            status=status.ready(views.summary(analysis)),
            **views.working(False),
            separated=SAME if analysis.tracks else "",
            downloads=rows.downloads(folder),
            unfolded=gr.update(visible=bool(analysis.tags)),
            files=views.links(folder),
            annotate=gr.update(visible=analysis.media.has_video),
            again=views.again(analysis),
        )
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


def annotate(folder: str) -> Iterator[View]:
    """Write annotated.mp4 into the run's folder and offer it. Closing the iterator stops it."""
    try:
        yield views.drawing(0.0)
        with closing(pipeline.annotate(Path(folder))) as fractions:
            for fraction in _now_and_then(fractions):
                yield views.drawing(fraction)
    except MiloError as error:
        yield views.drawn("")._replace(status=status.failed(str(error), "The analysis is still here."))
    else:
        view = views.drawn("The annotated video is ready to be taken away.")
        yield view._replace(files=views.links(Path(folder)), annotate=gr.update(visible=False))


def unfold(groups: list[str], folder: str) -> View:
    """The tags, every one of `groups` and the best of the others. Nothing is computed anew."""
    try:
        return View(strips=tag_heatmap.figure(Analysis.load(Path(folder)), groups))
    except MiloError as error:
        return View(status=status.failed(str(error)))


def settled_drawing(busy: bool) -> View:
    """After the annotated video: one that did not come to its end was stopped."""
    return views.drawn("The annotated video was not made; everything else is here.") if busy else View()


def discard(folder: str | None) -> None:
    """Remove a run's folder, if there is one."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _views(progress: Iterator[Progress], folder: Path, drawn: bool) -> Generator[View, None, Analysis]:
    """Views of a run: the bar often, the rest whenever a sense has something new to show. Returns the analysis."""
    analysis, last_s, last_news = None, 0.0, None
    for step in progress:
        analysis, line = step.analysis, status.working(step.stage, step.fraction)
        news = analysis and (bool(analysis.clip), words.looked(analysis), bool(analysis.tracks))
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


def _now_and_then(fractions: Iterator[float]) -> Iterator[float]:
    """`fractions`, thinned to one every REFRESH_S: each update is a message to the browser."""
    last_s = 0.0
    for fraction in fractions:
        if time.monotonic() - last_s >= REFRESH_S:
            yield fraction
            last_s = time.monotonic()


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


@cache
def _home() -> tempfile.TemporaryDirectory:
    """Where the runs' folders are: inside Gradio's own folder, because its file route serves no other place outside
    the program. It goes when the program ends."""
    served = Path(get_upload_folder())
    served.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="milo-", dir=served)


def _is_drawn(source: str) -> bool:
    return Path(source).resolve().is_relative_to(EXAMPLES.resolve())
