"""What the page shows in which state: empty, busy, with a result, while the annotated video is being made."""

from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from milo_demo.analysis import Analysis
from milo_demo.grid import per_cent
from milo_demo.pipeline import LONGEST_S
from milo_demo.ui import player_data, status, timeline, words
from milo_demo.ui.entry.naming import clock, named
from milo_demo.ui.tags import heatmap, sentence
from milo_demo.ui.tracks import piano_roll, rows

SAME: dict = gr.skip()
"""Leaves a component as it is."""

DRAWING = "drawing"
"""What the page is `busy` with while the annotated video is made; True: a run."""

PENDING = {
    "idle": "Who plays is listed here: what is heard, what is seen, and how sure that is.",
    "chosen": "Who plays is listed here when it has been analysed.",
    "busy": "Listening and looking …",
}


class View(NamedTuple):
    """The components that an event changes, in the order of the layout's outputs; `SAME` for what stays."""

    named: Any = SAME
    start_s: Any = SAME
    duration_s: Any = SAME
    status: Any = SAME
    refused: Any = SAME
    other_part: Any = SAME
    analyse: Any = SAME
    cancel: Any = SAME
    back: Any = SAME
    examples: Any = SAME
    answer: Any = SAME
    player: Any = SAME
    left_out: Any = SAME
    whole: Any = SAME
    verdict: Any = SAME
    again: Any = SAME
    timeline: Any = SAME
    separated: Any = SAME
    make: Any = SAME
    roll: Any = SAME
    downloads: Any = SAME
    tags: Any = SAME
    unfolded: Any = SAME
    strips: Any = SAME
    explain: Any = SAME
    files: Any = SAME
    annotate: Any = SAME
    pack: Any = SAME
    stop: Any = SAME
    source: Any = SAME
    folder: Any = SAME
    analysed: Any = SAME
    track: Any = SAME
    busy: Any = SAME


def result(analysis: Analysis, folder: Path, drawn: bool) -> View:
    """What there is to show of an analysis: at first the picture alone."""
    player = player_data.clip(analysis, folder, drawn)
    missing = View(left_out=words.left_out(analysis))
    if not analysis.clip:
        return missing._replace(player=player)
    view = missing._replace(
        answer=status.answer(words.answer(analysis)),
        player=player,
        verdict=words.as_html(analysis),
        timeline=lanes(analysis),
        separated=rows.pending(analysis),
    )
    return view if words.looked(analysis) else together(view, tagged(analysis))  # what is seen changes no tag


def tagged(analysis: Analysis) -> View:
    """What the music is called, if anything is known of it."""
    figure = heatmap.figure(analysis)
    if figure is None:
        return View()
    return View(tags=sentence.as_html(analysis), strips=gr.update(value=figure, visible=True))


def separated(analysis: Analysis, folder: Path) -> View:
    """What comes with the tracks, which are in `folder`: their rows and notes, and what there is to say of them."""
    figure = piano_roll.figure(analysis)
    return View(
        verdict=words.as_html(analysis),
        separated=rows.as_html(analysis, folder),
        roll=gr.update(value=figure, visible=figure is not None),
    )


def finished(analysis: Analysis, folder: Path) -> View:
    """What comes at the end: the files to take away, and what can be done with the result."""
    return View(
        status=status.ready(summary(analysis)),
        **working(False),
        separated=SAME if analysis.tracks else "",
        make=gr.update(visible=True),
        downloads=rows.downloads(folder),
        unfolded=gr.update(visible=bool(analysis.tags)),
        explain={"ready": folder.name},
        files=links(analysis, folder),
        annotate=gr.update(visible=analysis.media.has_video),
        pack=gr.update(visible=True),
        again=again(analysis),
        whole=whole(analysis),
        other_part=gr.update(visible=True),
    )


def opened(analysis: Analysis, folder: Path, drawn: bool, can_go_on: bool = False) -> View:
    """A result that is there already.

    can_go_on : whether the file that it was made of is there as well
    """
    views = [empty("busy"), result(analysis, folder, drawn), tagged(analysis)]
    views += [separated(analysis, folder)] if analysis.tracks else []
    shown = together(*views, finished(analysis, folder))
    shown = shown._replace(folder=str(folder), named=named(analysis.media.source_name, analysis.media.source_s))
    if can_go_on:
        return shown
    away = dict.fromkeys(("again", "whole", "other_part", "make"), hidden())
    return shown._replace(analyse=button(False), **away)


def corrected(analysis: Analysis, folder: Path, drawn: bool) -> View:
    """A result whose names have been put right: all but its tags."""
    by_hand = f" By hand: {'; '.join(words.told(it) for it in analysis.corrections)}." if analysis.corrections else ""
    return together(
        result(analysis, folder, drawn),
        separated(analysis, folder) if analysis.tracks else View(separated=""),
        View(
            status=status.ready(summary(analysis) + by_hand),
            explain={"ready": f"{folder.name} {by_hand}"},
            files=links(analysis, folder),
            downloads=rows.downloads(folder),
        ),
    )


def together(*views: View) -> View:
    """Several views as one: of each component, what the last of them says that says anything."""
    return View(*(next((it for it in reversed(said) if it is not SAME), SAME) for said in zip(*views, strict=True)))


def lanes(analysis: Analysis) -> dict:
    """The timeline with a lane per row of the verdict; away where there is none, and no family either."""
    shown = words.shown(analysis)
    if not (shown or words.kin(analysis)):
        return gr.update(value=None, visible=False)
    labels = [row.label for row in [*shown, *(row for row in analysis.clip if row not in shown)]]
    return gr.update(value=timeline.figure(analysis, labels, len(shown)), visible=True)


def again(analysis: Analysis) -> dict:
    """The button that analyses once more with the other projection, where this one was assumed or chosen with it."""
    media = analysis.media
    is_open = media.projection_assumed or analysis.options.projection != "auto"
    other = "an ordinary picture" if media.is_spherical else "a 360° picture"
    return gr.update(visible=media.has_video and is_open, interactive=True, value=f"This is {other}: analyse again")


def whole(analysis: Analysis) -> dict:
    """The button that analyses all of the file, where only a part of it has been."""
    media, options = analysis.media, analysis.options
    taken_s = LONGEST_S if options.duration_s is None else options.duration_s
    more = options.start_s > 0 or taken_s < min(LONGEST_S, media.source_s or 0.0)
    length_s = min(media.source_s or 0.0, LONGEST_S)
    what = "all" if length_s == media.source_s else "the first"
    return gr.update(visible=more, value=f"Analyse {what} {clock(length_s)}")


def summary(analysis: Analysis) -> str:
    media = analysis.media
    return (
        f"{media.source_name}: {media.duration_s:.1f}\u202fs analysed in {sum(analysis.timings_s.values()):.1f}\u202fs."
    )


def links(analysis: Analysis, folder: Path) -> str:
    """Links to the result's files that there are. What is in them does not follow the page's threshold."""
    on = f"from {per_cent(analysis.options.threshold)}\u202f% on, wherever the threshold stands"
    kinds = {
        "annotated.mp4": "the video as it was seen and heard here when this was made",
        "analysis.json": "everything, for programs",
        "events.xlsx": f"what starts and stops when, {on}; for spreadsheets",
        "events.csv": "the same, for programs",
        "labels.txt": "the same as a label track for Audacity",
        "captions.vtt": "the same as captions of who plays, for video players",
        "mask.png": "whose each place of the sound’s spectrogram is, as a picture",
        "everything.zip": "all of these in one",
    }
    items = (
        f'<li><a href="{player_data.fresh_url(path)}" download="{name}">{name}</a> <span>{purpose}</span></li>'
        for name, purpose in kinds.items()
        if (path := folder / name).is_file()
    )
    return f'<ul class="milo-files">{"".join(items)}</ul>'


def drawing(fraction: float) -> View:
    """The page while the annotated video is being made: nothing that changes the result can begin. Names cannot be put
    right either while there is a button that stops it (CSS)."""
    return View(
        status=status.bar("drawing the annotated video", fraction),
        analyse=button(False),
        **changing(False),
        examples=hidden(),
        annotate=hidden(),
        stop=gr.update(visible=True, value=f"Stop drawing ({fraction * 100:.0f}\u202f%)"),
        busy=DRAWING,
    )


def drawn(line: str) -> View:
    """The page when no annotated video is being made any more; whether there is a file to analyse is told apart."""
    return View(
        status=status.ready(line),
        **changing(True),
        examples=gr.update(visible=True),
        annotate=gr.update(visible=True),
        stop=hidden(),
        busy=False,
    )


def changing(can: bool) -> dict:
    """The buttons that change the result that is shown, where they are, and whether they can be used."""
    return dict.fromkeys(("again", "whole", "other_part", "make", "pack"), button(can))


def button(interactive: bool) -> dict:
    return gr.update(interactive=interactive)


def hidden() -> dict:
    return gr.update(visible=False)


def empty(state: str) -> View:
    """The page without a result; `state` is the player's: ``idle``, ``chosen`` or ``busy``."""
    return View(
        player={"state": state},
        left_out="",
        whole=hidden(),
        other_part=hidden(),
        answer="",
        verdict=words.pending(PENDING[state]),
        again=hidden(),
        timeline=gr.update(value=None, visible=False),
        separated="",
        roll=gr.update(value=None, visible=False),
        downloads="",
        tags="",
        unfolded=gr.update(value=[], visible=False),
        strips=gr.update(value=None, visible=False),
        explain={},
        files="",
        annotate=hidden(),
        pack=hidden(),
    )


def working(busy: bool, has_file: bool = True) -> dict:
    """Which controls can be used while a run is busy, and which when none is.

    has_file : whether there is one to be analysed
    """
    return {
        "analyse": button(has_file and not busy),
        "cancel": gr.update(visible=busy),
        "examples": gr.update(visible=not busy),
        "busy": busy,
    }
