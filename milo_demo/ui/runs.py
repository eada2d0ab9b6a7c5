"""What happens when: analyse, cancel, make the annotated video. Each run has a folder of its own, gone with it."""

import logging
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.utils import get_upload_folder

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.media import render
from milo_demo.media.normalise import LONGEST_S
from milo_demo.pipeline import AnalysisOptions, Progress, steps
from milo_demo.ui import overlay, status, strips, timeline, words

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"

DEFAULT_DURATION_S = 20.0

REFRESH_S = 0.2
"""Between two updates of the bar: often enough to look alive, and each is a moment at which a run can be cancelled."""

SAME: dict = gr.skip()
"""Leaves a component as it is."""

PENDING = {
    "idle": "Who plays is listed here: what is heard, what is seen, and how sure that is.",
    "busy": "Listening and looking …",
}

log = logging.getLogger(__name__)


class View(NamedTuple):
    """The components that an event changes, in the order of the layout's outputs; `SAME` for what stays."""

    status: Any = SAME
    analyse: Any = SAME
    cancel: Any = SAME
    examples: Any = SAME
    answer: Any = SAME
    player: Any = SAME
    verdict: Any = SAME
    timeline: Any = SAME
    tags: Any = SAME
    unfolded: Any = SAME
    strips: Any = SAME
    files: Any = SAME
    annotate: Any = SAME
    stop: Any = SAME
    folder: Any = SAME
    busy: Any = SAME


def chosen(source: str | None, busy: bool) -> View:
    """A file has been chosen, or taken away again. While a run is busy with another, its line stays."""
    if busy:
        return View()
    if source is None:
        return View(status=status.ready("Choose a video or sound file, or try the example."), analyse=_button(False))
    return View(status=status.ready(f"{Path(source).name} is ready to be analysed."), analyse=_button(True))


def waiting() -> View:
    """Analyse was pressed: clear the last result at once, even if others are being served."""
    return _empty("busy")._replace(status=status.bar("waiting for a free place", None), **_working(True))


def analyse(
    source: str | None, start_s: float | None, duration_s: float | None, previous: str | None
) -> Iterator[View]:
    """Run the pipeline on `source` and show what there is as soon as it is there.

    previous : folder of the session's last run, which is removed first

    Closing the iterator cancels the run. A run that does not reach its end leaves no folder.
    """
    discard(previous)
    if source is None:
        yield _stopped(status.failed("There is no file to analyse.", "Choose a video or sound file first."))
        return
    folder = Path(tempfile.mkdtemp(dir=_home().name))
    complete = False
    try:
        yield View(folder=str(folder))
        with closing(steps(source, _options(start_s, duration_s), folder)) as progress:
            analysis = yield from _views(progress, folder, _is_drawn(source))
        complete = True
        yield View(
            status=status.ready(_summary(analysis)),
            **_working(False),
            unfolded=gr.update(visible=bool(analysis.tags)),
            files=_links(folder),
            annotate=gr.update(visible=analysis.media.has_video),
        )
    except MiloError as error:
        yield _stopped(status.failed(str(error)))
    except Exception:
        log.exception("analysis of %s failed", source)
        sentence = "MILO stumbled over this clip, which is a fault of the program and not yours."
        yield _stopped(status.failed(sentence, "Your file is still here: another part of it may work."))
    finally:
        if not complete:
            discard(str(folder))


def settled(busy: bool) -> View:
    """After a run: one that did not come to its end was cancelled. Closing its iterator has cleaned up behind it."""
    if busy:
        return _stopped(status.ready("Cancelled. Nothing was kept but your file."))
    return View(**_working(False))


def annotate(folder: str) -> Iterator[View]:
    """Write annotated.mp4 into the run's folder and offer it. Closing the iterator stops it."""
    video, out = Path(folder) / "video.mp4", Path(folder) / "annotated.mp4"
    try:
        analysis = Analysis.load(Path(folder))
        yield _drawing(0.0)
        with closing(render.annotate(video, analysis, out)) as fractions:
            for fraction in _now_and_then(fractions):
                yield _drawing(fraction)
    except MiloError as error:
        yield _drawn("")._replace(status=status.failed(str(error), "The analysis is still here."))
    else:
        view = _drawn("The annotated video is ready to be taken away.")
        yield view._replace(files=_links(Path(folder)), annotate=gr.update(visible=False))


def unfold(groups: list[str], folder: str) -> View:
    """Show every tag of `groups`. Nothing is computed anew: the run's files have all of them."""
    try:
        return View(strips=strips.figure(Analysis.load(Path(folder)), groups))
    except MiloError as error:
        return View(status=status.failed(str(error)))


def settled_drawing(busy: bool) -> View:
    """After the annotated video: one that did not come to its end was stopped."""
    return _drawn("The annotated video was not made; everything else is here.") if busy else View()


def discard(folder: str | None) -> None:
    """Remove a run's folder, if there is one."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _views(progress: Iterator[Progress], folder: Path, drawn: bool) -> Generator[View, None, Analysis]:
    """Views of a run: the bar often, the rest whenever a sense has something new to show. Returns the analysis."""
    last_s, last_news = 0.0, None
    for step in progress:
        line = status.working(step.stage, step.fraction)
        news = step.analysis and (bool(step.analysis.clip), words.looked(step.analysis))
        if news != last_news:
            yield _result(step.analysis, folder, drawn)._replace(status=line)
        elif time.monotonic() - last_s >= REFRESH_S:
            yield View(status=line)
        else:
            continue
        last_s, last_news = time.monotonic(), news
    return step.analysis


def _result(analysis: Analysis, folder: Path, drawn: bool) -> View:
    """What there is to show of an analysis: at first the picture alone."""
    labels = [row.label for row in words.shown(analysis)]
    player = overlay.clip(analysis, labels, folder, drawn)
    if not analysis.clip:
        return View(player=player)
    view = View(
        answer=status.answer(words.answer(analysis)),
        player=player,
        verdict=words.as_html(analysis),
        timeline=gr.update(value=timeline.figure(analysis, labels), visible=True) if labels else SAME,
    )
    figure = strips.figure(analysis)
    if words.looked(analysis) or figure is None:
        return view  # what is seen changes no tag
    return view._replace(tags=words.tags_as_html(analysis), strips=gr.update(value=figure, visible=True))


def _now_and_then(fractions: Iterator[float]) -> Iterator[float]:
    """`fractions`, thinned to one every REFRESH_S: each update is a message to the browser."""
    last_s = 0.0
    for fraction in fractions:
        if time.monotonic() - last_s >= REFRESH_S:
            yield fraction
            last_s = time.monotonic()


def _options(start_s: float | None, duration_s: float | None) -> AnalysisOptions:
    """The trim fields as options; an empty field means its default."""
    duration_s = DEFAULT_DURATION_S if duration_s is None else duration_s
    if duration_s > LONGEST_S:
        raise MiloError(f"The page analyses at most {LONGEST_S:.0f} seconds at once: choose a shorter part.")
    return AnalysisOptions(start_s=start_s or 0.0, duration_s=duration_s, threshold=words.THRESHOLD)


@cache
def _home() -> tempfile.TemporaryDirectory:
    """Where the runs' folders are: inside Gradio's own folder, because its file route serves no other place outside
    the program. It goes when the program ends."""
    served = Path(get_upload_folder())
    served.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="milo-", dir=served)


def _is_drawn(source: str) -> bool:
    return Path(source).resolve().is_relative_to(EXAMPLES.resolve())


def _summary(analysis: Analysis) -> str:
    media = analysis.media
    return (
        f"{media.source_name}: {media.duration_s:.1f}\u202fs analysed in {sum(analysis.timings_s.values()):.1f}\u202fs."
    )


def _links(folder: Path) -> str:
    """Links to the result's files that there are."""
    kinds = {
        "annotated.mp4": "the video with boxes, names and maps drawn in",
        "analysis.json": "everything, for programs",
        "events.csv": "what starts and stops when, for spreadsheets",
        "labels.txt": "label track for Audacity",
    }
    items = (
        f'<li><a href="{overlay.file_url(folder / name)}" download="{name}">{name}</a> <span>{purpose}</span></li>'
        for name, purpose in kinds.items()
        if (folder / name).is_file()
    )
    return f'<ul class="milo-files">{"".join(items)}</ul>'


def _drawing(fraction: float) -> View:
    """The page while the annotated video is being made: no new run may take its folder away."""
    return View(
        status=status.bar("drawing the annotated video", fraction),
        analyse=_button(False),
        examples=gr.update(visible=False),
        annotate=gr.update(visible=False),
        stop=gr.update(visible=True, value=f"Stop drawing ({fraction * 100:.0f}\u202f%)"),
        busy=True,
    )


def _drawn(line: str) -> View:
    """The page when no annotated video is being made any more."""
    return View(
        status=status.ready(line),
        analyse=_button(True),
        examples=gr.update(visible=True),
        annotate=gr.update(visible=True),
        stop=gr.update(visible=False),
        busy=False,
    )


def _button(interactive: bool) -> dict:
    return gr.update(interactive=interactive)


def _empty(state: str) -> View:
    """The page without a result; `state` is the player's: ``idle`` or ``busy``."""
    return View(
        player={"state": state},
        answer="",
        verdict=words.pending(PENDING[state]),
        timeline=gr.update(value=None, visible=False),
        tags="",
        unfolded=gr.update(value=[], visible=False),
        strips=gr.update(value=None, visible=False),
        files="",
        annotate=gr.update(visible=False),
        folder=None if state == "idle" else SAME,
    )


def _stopped(line: str) -> View:
    """The page after a run that gave no result, ready for the next one."""
    return _empty("idle")._replace(status=line, **_working(False))


def _working(busy: bool) -> dict:
    """Which controls can be used while a run is busy, and which when none is."""
    return {
        "analyse": _button(not busy),
        "cancel": gr.update(visible=busy),
        "examples": gr.update(visible=not busy),
        "busy": busy,
    }
