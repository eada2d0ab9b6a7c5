"""Analyse, cancel, analyse anew: a run from its place in the queue to its result. Each has a folder of its own, and the
last result stays until the next one is complete."""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from milo_demo import pipeline, saved
from milo_demo.analysis import Analysis
from milo_demo.corrections import found_as
from milo_demo.errors import MiloError
from milo_demo.pipeline import LONGEST_S, AnalysisOptions, Progress, steps
from milo_demo.ui import status, views, words
from milo_demo.ui.entry import choosing, naming
from milo_demo.ui.entry.pace import Pace
from milo_demo.ui.entry.places import Places, Ticket
from milo_demo.ui.results import CLIP, REFRESH_S, discard, is_drawn, is_example, new_folder
from milo_demo.ui.views import View

AT_ONCE = 2
"""Runs at once, over all visitors: on two cores a third only makes everyone wait longer."""
PLACES = Places(AT_ONCE)

STILL_HERE = "Your file is still here."

log = logging.getLogger(__name__)


def waiting(busy: bool | str = False) -> View:
    """Analyse was pressed: clear the last result at once, even if others are being served. One that is being drawn
    stays."""
    if busy == views.DRAWING:
        return View()
    view = views.empty("busy")._replace(status=status.bar("waiting for a free place", None), **views.working(True))
    return view._replace(refused="", back=views.hidden())


def again(
    start_s: float | None,
    duration_s: float | None,
    previous: str | None,
    analysed: str | None,
    track: int | None = None,
    separate: bool = True,
    *by: str,
) -> Iterator[View]:
    """Analyse the part that is shown once more, an ordinary picture as a 360° one or the other way round; else like
    `analyse`."""
    how, shown = {}, _shown(previous)
    if shown is not None:  # a result that is gone cannot say how it was seen
        how["projection"] = "flat" if shown.media.is_spherical else "equirectangular"
        how["players"] = shown.options.playing
        start_s, duration_s, track = shown.options.start_s, shown.options.duration_s, shown.options.audio_track
    yield from analyse(analysed, start_s, duration_s, previous, analysed, track, separate, *by, **how)


def whole(
    previous: str | None, analysed: str | None, track: int | None = None, separate: bool = True, *by: str
) -> Iterator[View]:
    """Analyse all of the file whose part is shown, or as much as is taken at once; else like `analyse`."""
    shown = _shown(previous)
    length_s = LONGEST_S if shown is None or shown.media.source_s is None else min(LONGEST_S, shown.media.source_s)
    if shown is not None:
        yield View(
            source=analysed,
            named=naming.named(shown.media.source_name, shown.media.source_s),
            start_s=0,
            duration_s=length_s,
        )
    how = {} if shown is None else {"projection": shown.options.projection, "players": shown.options.playing}
    yield from analyse(analysed, 0.0, length_s, previous, analysed, track, separate, *by, **how)


def named(previous: str | None, analysed: str | None, players: Sequence[str] | None, *by: str) -> Iterator[View]:
    """Make the tracks of the part that is shown anew, of those who are named; else like `analyse`."""
    shown = _shown(previous)
    options = AnalysisOptions() if shown is None else shown.options
    part, how = (options.start_s, options.duration_s), {"projection": options.projection, "players": players or ()}
    yield from analyse(analysed, *part, previous, analysed, options.audio_track, True, *by, **how)


def analyse(
    source: str | None,
    start_s: float | None,
    duration_s: float | None,
    previous: str | None,
    analysed: str | None = None,
    track: int | None = None,
    separate: bool = True,
    separator: str = "notes",
    ear: str = "milo",
    look_for: str = "",
    projection: str = "auto",
    players: Sequence[str] = (),
) -> Iterator[View]:
    """Run the pipeline on `source`, when it is its turn, and show what there is as soon as it is there.

    previous   : folder of the session's last run, which is removed when this one is complete, and shown again where it
                 is not
    analysed   : the file that `previous` is of
    track      : number of the sound track to listen to; None or 0 leaves the choice to MILO
    separate   : whether to make a track per instrument
    separator, ear, look_for, projection : as in the options
    players    : of whom tracks are made; of nobody in particular: of who is heard

    Where only the tracks are to be others than in `previous`, all else is taken over from it. Closing the iterator
    cancels the run. A run that does not reach its end leaves no folder.
    """
    if source is None:
        said = status.failed("There is no file to analyse.", "Choose a video or sound file first.")
        yield instead(said, previous, analysed, None)
        return
    ticket, complete = Ticket(), False
    folder = new_folder(Path(source).stem if is_example(source) else CLIP)
    try:
        for ahead, left_s in PLACES.wait(ticket):
            yield View(status=status.waiting(ahead, left_s))
        how = {"separator": separator if separate else "none", "ear": ear, "look_for": look_for or ""}
        how["players"] = ",".join(players)
        options = _options(start_s, duration_s, track, projection=projection, **how)
        earlier = _but_for_its_tracks(previous, options) if source == analysed else None
        only = "separate" if earlier else None
        with closing(steps(source, options, folder, earlier)) as progress:
            analysis = yield from _views(progress, folder, is_example(source), ticket.pace or Pace(), only)
        if earlier is not None and analysis.corrections:
            saved.carry(earlier, folder)
        complete = True
        discard(previous)
        yield views.finished(analysis, folder)._replace(folder=str(folder), analysed=source)
    except MiloError as error:
        yield instead(status.failed(str(error), STILL_HERE), previous, analysed, source, start_s, duration_s)
    except Exception:
        log.exception("analysis of %s failed", source)
        sentence = "MILO stumbled over this clip, which is a fault of the program and not yours."
        said = status.failed(sentence, f"{STILL_HERE} Another part of it may work.")
        yield instead(said, previous, analysed, source, start_s, duration_s)
    finally:
        PLACES.leave(ticket, complete)
        if not complete:
            discard(str(folder))


def settled(
    busy: bool | str,
    previous: str | None,
    analysed: str | None,
    source: str | None,
    start_s: float | None = None,
    duration_s: float | None = None,
) -> View:
    """After a run: one that did not come to its end was cancelled. Closing its iterator has cleaned up behind it. One
    that did not begin, because the annotated video is drawn, changes nothing."""
    if busy == views.DRAWING:
        return View()
    if busy:
        return instead(status.ready("Cancelled."), previous, analysed, source, start_s, duration_s)
    return View(**views.working(False, source is not None))


def back(previous: str | None, analysed: str | None) -> View:
    """Show the last result again, instead of the file that has been chosen since; that one's file is chosen again."""
    shown = _shown(previous)
    if shown is None or previous is None:
        return View(status=status.failed("The last result is gone.", STILL_HERE), back=views.hidden())
    try:
        found = pipeline.survey(analysed) if analysed else None
    except MiloError:  # the file has gone since
        found = None
    view = views.opened(shown, Path(previous), is_drawn(previous), can_go_on=found is not None)
    part_s = shown.options.duration_s or choosing.first_s(shown.media.duration_s)
    return view._replace(
        source=analysed if found else None,
        start_s=shown.options.start_s,
        duration_s=part_s,
        track=naming.tracks(found.tracks if found else [], shown.options.audio_track),
        back=views.hidden(),
    )


def instead(
    line: str,
    previous: str | None,
    analysed: str | None,
    source: str | None,
    start_s: float | None = None,
    duration_s: float | None = None,
) -> View:
    """What is shown where a run gives no result: the last one, which is named; or the file that was to be analysed,
    with the part that was.

    line     : what is said about the run
    analysed : the file that `previous` is of, if it is there
    source   : the file that was to be analysed
    start_s, duration_s : the part of it
    """
    shown = _shown(previous)
    if shown is not None and previous is not None:
        whose = status.ready(f"This is still the result of {shown.media.source_name}.")
        view = views.opened(shown, Path(previous), is_drawn(previous), can_go_on=analysed is not None)
        can_begin = views.button(source is not None)
        return view._replace(status=line + whose, analyse=can_begin, named=views.SAME, folder=views.SAME)
    try:
        part = start_s, duration_s
        view = choosing.ready(source, pipeline.survey(source), None, *part) if source else views.empty("idle")
    except MiloError:
        view = views.empty("idle")
    return view._replace(status=line, **views.working(False, source is not None))


def _views(
    progress: Iterator[Progress], folder: Path, drawn: bool, pace: Pace, only: str | None = None
) -> Generator[View, None, Analysis]:
    """Views of a run: the bar often, the rest whenever a sense has something new to show. Returns the analysis.

    only : the stage with which it begins, if not with the first
    """
    analysis, last_s, last_news = None, 0.0, None
    for step in progress:
        analysis, at = step.analysis, (step.stage, step.fraction)
        left_s, loading = pace.note(status.filled(*at, only)), pipeline.is_loading(*at)
        line = status.working(*at, left_s, loading, only)
        news = analysis and (
            *(bool(analysis.clip), words.looked(analysis), _watched(analysis), bool(analysis.tracks)),
            len(analysis.warnings),
        )
        if analysis is not None and news != last_news:
            found = views.separated(analysis, folder) if analysis.tracks else views.result(analysis, folder, drawn)
            yield found._replace(status=line)
        elif step.fraction in (0.0, 1.0) or time.monotonic() - last_s >= REFRESH_S:
            yield View(status=line)
        else:
            continue
        last_s, last_news = time.monotonic(), news
    assert analysis is not None, "the last progress carries the analysis"
    return analysis


def _watched(analysis: Analysis) -> bool:
    """Whether it is known who plays, and where."""
    return bool(analysis.maps.action.size)


def _shown(previous: str | None) -> Analysis | None:
    """The session's last result, if it is still there."""
    try:
        return Analysis.load(Path(previous)) if previous else None
    except MiloError:
        return None


def _but_for_its_tracks(previous: str | None, options: AnalysisOptions) -> Path | None:
    """The last result, if only its tracks are not what is asked for now. What was put right by hand in it stays so."""
    shown = _shown(previous)
    if shown is None or previous is None or shown.options == options:
        return None
    if any(found_as(shown.corrections, label) is None for label in options.playing):
        return None  # who plays is somebody who was found to be no such one
    by_others = shown.options.separator not in ("none", options.separator)  # whose models the record names
    same = replace(shown.options, separator=options.separator, players=options.players) == options
    return Path(previous) if same and not by_others and options.separator != "none" else None


def _options(start_s: float | None, duration_s: float | None, track: int | None = None, **how: Any) -> AnalysisOptions:
    """The trim fields as options; an empty field means its default."""
    duration_s = choosing.AT_FIRST_S if duration_s is None else duration_s
    if duration_s > LONGEST_S:
        raise MiloError(f"The page analyses at most {LONGEST_S:.0f} seconds at once: choose a shorter part.")
    # The browser's whole numbers would give another record than the same asked elsewhere.
    start_s, duration_s = float(start_s or 0), float(duration_s)
    return AnalysisOptions(start_s, duration_s, words.THRESHOLD, audio_track=track or None, **how)
