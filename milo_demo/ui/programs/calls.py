"""The four functions, as a program calls them. Their docstrings are what it reads about them.

Parameters are called and default as in `AnalysisOptions`. A generator's values before the last say how far it has come.
"""

import os
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

from gradio.data_classes import FileData
from PIL import Image

from milo_demo import saved
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import AnalysisOptions, steps
from milo_demo.programs import functions
from milo_demo.ui.entry.places import Ticket
from milo_demo.ui.results import CLIP, REFRESH_S, RESULT, discard, home, new_folder
from milo_demo.ui.runs import PLACES

PICTURE = "frame-{ms}.jpg"
"""Of one moment, in the result's folder."""
MOST_PICTURES = 2400
"""In one result, the newest: as many as twenty minutes have steps."""

FAINT = 0.05
"""While it works, scores below this are not told."""

Found = tuple[str, Any, list[FileData]]


def analyse(
    file: FileData,
    start_s: float = 0.0,
    duration_s: float | None = None,
    threshold: float = 0.5,
    projection: Literal["auto", "flat", "equirectangular"] = "auto",
    annotated: bool = False,
    audio_track: int | None = None,
    separator: Literal["notes", "semantic", "nmf", "htdemucs", "none"] = "notes",
    ear: Literal["milo", "ast"] = "milo",
    look_for: str = "",
    players: str = "",
) -> Iterator[tuple[str, dict, list[FileData]]]:
    """Who plays what, when and where in a music video or recording.

    Parameters:
        file: the video or sound file, uploaded first; in MCP the upload's address or, up to 12 MB, a data: URI
        start_s: where to begin, seconds
        duration_s: how much to analyse, seconds; none takes all that is left, up to 20 minutes
        threshold: score from which something counts as there, 0-1
        projection: flat, equirectangular for a 360° video, or auto to believe the file
        annotated: also draw everything into a copy of the video
        audio_track: the sound track to listen to, from 1; none leaves the choice to MILO
        separator: how to make a track per instrument, or none
        ear: who says what is heard
        look_for: words of one's own to look for in the picture, with commas between them
        players: instruments, with commas between them, that are given tracks; empty gives them to those that are heard
    Returns:
        the result's name, by which the other functions find it for some hours
        the record, as analysis.json has it; while it works, only progress and what is known of the clip so far
        the result's files
    """
    options = AnalysisOptions(
        start_s, duration_s, threshold, projection, annotated, audio_track, separator, ear, look_for, players
    )
    yield from _run(file, options, functions.record, _all)


def explain_frame(result: str, second: float) -> tuple[dict, FileData | None]:
    """What is heard, seen and played at one second of a result, and the picture with boxes and heat drawn in.

    Parameters:
        result: the name that analyse or separate gave
        second: from the beginning of the analysed part
    Returns:
        what is there: scores 0-1 by instrument, boxes, notes
        the picture, where the clip has one
    """
    folder = _folder(result)
    told, picture = saved.explain_frame(folder, second)
    if picture is None:
        return told, None
    return told, _file(_put(picture, folder / PICTURE.format(ms=round(1000 * second))))


def separate(
    file: FileData = None,  # type: ignore[reportArgumentType]
    result: str | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
    audio_track: int | None = None,
    separator: Literal["notes", "semantic", "nmf", "htdemucs"] = "notes",
    players: str = "",
) -> Iterator[tuple[str, list, list[FileData]]]:
    """A sound track for each instrument that is heard, and one for the rest; of a file, or of a result that has them.

    Parameters:
        file: the video or sound file, uploaded first; in MCP the upload's address or, up to 12 MB, a data: URI
        result: instead of a file: the name that analyse gave
        start_s: where to begin in the file, seconds
        duration_s: how much of it, seconds; none takes all that is left, up to 20 minutes
        audio_track: the sound track of the file, from 1; none leaves the choice to MILO
        separator: how the tracks are made
        players: instruments, with commas between them, that are given tracks; empty gives them to those that are heard
    Returns:
        the result's name
        the tracks: label, file, expected quality in dB, share of the energy, doubt
        their files
    """
    if (file is None) == (result is None):
        raise MiloError("separate needs either a file or a result.")
    options = AnalysisOptions(start_s, duration_s, audio_track=audio_track, separator=separator, players=players)
    if result is not None:
        if options != AnalysisOptions():
            raise MiloError("A result has its tracks, whatever else is asked for: give the file to have others made.")
        analysis = Analysis.load(_folder(result))
        yield result, functions.tracks(analysis), _tracks(analysis, _folder(result))
        return
    yield from _run(file, options, functions.tracks, _tracks)


def instruments() -> dict:
    """What MILO can name: instruments with their families, and which of them it knows by ear only.

    Returns:
        the instruments, their families, and what else is named when it is heard
    """
    return functions.instruments()


CALLS: dict[str, Callable] = {call.__name__: call for call in (analyse, explain_frame, separate, instruments)}


def _run(
    file: FileData,
    options: AnalysisOptions,
    tell: Callable[[Analysis], Any],
    files: Callable[[Analysis, Path], list[FileData]],
) -> Iterator[Found]:
    """Analyse a file when it is its turn, among the runs of all pages. A run that does not reach its end, because it
    was closed or went wrong, leaves no folder; a result lies where the page's lie, and goes with them."""
    ticket, folder, complete = Ticket(), new_folder(CLIP), False
    try:
        for ahead, _ in PLACES.wait(ticket):
            yield "", {"progress": {"stage": "wait", "ahead": ahead}}, []
        with closing(steps(file.path, options, folder)) as progress:
            analysis = yield from _watched(progress)
        told = folder.name, tell(analysis), files(analysis, folder)
        complete = True
        yield told
    finally:
        PLACES.leave(ticket, complete)
        if not complete:
            discard(str(folder))


def _watched(progress: Iterator[Any]) -> Generator[Found, None, Analysis]:
    """Where a run stands, now and then. Returns the analysis."""
    analysis, last_s = None, 0.0
    for step in progress:
        analysis = step.analysis
        if time.monotonic() - last_s >= REFRESH_S:
            last_s = time.monotonic()
            said: dict[str, Any] = {"progress": {"stage": step.stage, "fraction": round(step.fraction, 3)}}
            if analysis is not None and analysis.clip:
                rows = [row for row in analysis.clip if row.score >= FAINT]
                said["clip"] = [{"label": row.label, "score": round(row.score, 4)} for row in rows]
            yield "", said, []
    assert analysis is not None, "the last progress carries the analysis"
    return analysis


def _folder(result: str) -> Path:
    """Where a result lies. Raises MiloError where there is none of this name, or not yet."""
    folder = Path(home().name) / result
    if not RESULT.fullmatch(result) or not (folder / "analysis.json").is_file():
        raise MiloError("There is no such result: it goes after some hours; analyse the file again.")
    return folder


def _put(picture: Image.Image, path: Path) -> Path:
    """A picture in its place, whole for whoever fetches it, while others ask for more of them."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        picture.save(part, "JPEG")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # another call makes room as well
        for old in sorted(path.parent.glob(PICTURE.format(ms="*")), key=os.path.getmtime)[:-MOST_PICTURES]:
            old.unlink()
    return path


def _all(analysis: Analysis, folder: Path) -> list[FileData]:
    return [_file(folder / name) for name in analysis.files]


def _tracks(analysis: Analysis, folder: Path) -> list[FileData]:
    return [_file(folder / track.path) for track in analysis.tracks]


def _file(path: Path) -> Any:
    """A file as Gradio's clients fetch it: FileData as a dictionary, which alone gets an address within a list."""
    return FileData(path=str(path), orig_name=path.name, size=path.stat().st_size).model_dump()
