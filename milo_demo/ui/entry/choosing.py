"""What is to be analysed: a file that has been chosen, dropped or recorded, or an example, and which part of it."""

import math
from itertools import count
from pathlib import Path

import gradio as gr

from milo_demo import pipeline
from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import LONGEST_S, Survey
from milo_demo.ui import status, views
from milo_demo.ui.entry import naming
from milo_demo.ui.player_data import file_url
from milo_demo.ui.views import View

AT_FIRST_S = 180.0
"""So much of a clip is analysed if nothing else is asked for: what most clips last, and a minute or two to wait."""
TURNS = count()
"""Each time that a file is chosen is another one: what is no news would not reach the handles (`input/part.js`)."""
OUTLINED = 400
"""Parts of the waveform on which the part is chosen: one for every two pixels."""


def chosen(uploaded: str | None, busy: bool | str, folder: str | None) -> View:
    """A file has come. What is neither video nor sound is refused at once, and all stays as it was; while the page is
    busy with another, only its name is shown."""
    if uploaded is None:
        return View()
    try:
        found = pipeline.survey(uploaded)
    except MiloError as error:
        stays = "The analysis goes on with the other file." if busy is True else "Nothing else has changed."
        return View(refused=status.failed(str(error), stays))
    view = taken(uploaded, found)
    return view if busy else views.together(view, ready(uploaded, found, folder))


def other_part(analysed: str | None, busy: bool | str, folder: str | None) -> View:
    """The file whose result is shown, to choose another part of it."""
    return chosen(analysed, busy, folder)


def picked(example: str) -> View:
    """An example is the file now."""
    return taken(example, pipeline.survey(example))


def taken(source: str, found: Survey) -> View:
    """This file is the one that is analysed next: its name, its part, its sound tracks."""
    return View(
        source=source,
        named=naming.named(found.name, found.duration_s),
        start_s=0,
        duration_s=first_s(found.duration_s),
        track=naming.tracks(found.tracks),
        refused="",
    )


def ready(
    source: str, found: Survey, folder: str | None, start_s: float | None = None, duration_s: float | None = None
) -> View:
    """The page before a file's analysis: the clip can be played, and its part chosen. An earlier result, in `folder`,
    can be had back.

    start_s, duration_s : the part that has been chosen already, as in the form; None: what is taken at first
    """
    line = f"{found.name} is ready to be analysed."
    if found.duration_s > AT_FIRST_S:
        line += f" Its first {AT_FIRST_S / 60:.0f} minutes, unless you choose another part."
    return views.empty("chosen")._replace(
        player=preview(source, found, start_s, duration_s),
        status=status.ready(line),
        **views.working(False),
        back=back(folder),
    )


def preview(source: str, found: Survey, start_s: float | None, duration_s: float | None) -> dict:
    """The player's value for a clip that is not analysed yet. The part is that of the form, so that what the handles
    show is what is analysed."""
    from_s = min(start_s or 0.0, found.duration_s)
    usual_s = first_s(found.duration_s)
    return {
        "state": "chosen",
        "video": file_url(Path(source)),
        "name": found.name,
        "duration_s": found.duration_s,
        "has_video": found.has_video,
        "width": found.width,
        "height": found.height,
        "part": [from_s, min(from_s + (duration_s or usual_s), found.duration_s)],
        "usual_s": usual_s,
        "longest_s": LONGEST_S,
        "turn": next(TURNS),
    }


def outlined(source: str | None, busy: bool | str) -> View:
    """The waveform of the clip that has been chosen, on which its part is."""
    if source is None or busy:
        return View()
    try:
        found = pipeline.survey(source)
    except MiloError:  # it is gone
        return View()
    peaks = pipeline.waveform(source, OUTLINED)
    return View(named=naming.named(found.name, found.duration_s, (100 * peaks).round().astype(int).tolist()))


def back(folder: str | None) -> dict:
    """The button that brings the last result back, where there is one."""
    try:
        name = Analysis.load(Path(folder)).media.source_name if folder else ""
    except MiloError:
        name = ""
    return gr.update(visible=bool(name), value=f"Back to {name}")


def first_s(duration_s: float) -> float:
    """How much of a clip is analysed if nothing else is asked for: tenths of a second, and not less than all of it."""
    return min(AT_FIRST_S, math.ceil(10 * duration_s) / 10)
