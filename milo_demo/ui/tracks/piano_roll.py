"""The piano roll: every note where it sounds, in its instrument's colour."""

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go

from milo_demo.analysis import Analysis, Note
from milo_demo.grid import per_cent
from milo_demo.instruments import BY_NAME, Instrument
from milo_demo.ui.timeline import EDGE, HOVER, LAYOUT, time_axis

SEMITONE_PX = 7
LOWEST_PX, HIGHEST_PX = 140, 420
AXIS_PX = 52
LEAST_SEMITONES = 12
"""What the roll spans at least: two notes need not fill it."""
THICK = 0.4
"""Half a note's thickness in semitones: neighbours do not touch."""
PITCHES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def figure(analysis: Analysis) -> go.Figure | None:
    """Plotly figure with all notes on the clip's clock; None where there are none.

    The notes of an instrument are one shape, however many there are: a browser draws it at once.
    """
    if not analysis.notes:
        return None
    fig = go.Figure()
    played = list(dict.fromkeys(note.label for note in analysis.notes))
    for label in played:
        _add_notes(fig, BY_NAME[label], [note for note in analysis.notes if note.label == label])
    pitches = [note.midi for note in analysis.notes]
    high = max(pitches) + 1
    low = min(min(pitches) - 1, high - LEAST_SEMITONES)
    octaves = range(-(-low // 12) * 12, high + 1, 12)
    fig.update_layout(
        **LAYOUT,
        height=AXIS_PX + min(max(SEMITONE_PX * (high - low), LOWEST_PX), HIGHEST_PX),
        margin={"l": 8, "r": 12, "t": 4, "b": 48},
        xaxis=time_axis(analysis.media.duration_s, _legend(played)),
        yaxis={
            "range": [low - 0.5, high + 0.5],
            "tickvals": list(octaves),
            "ticktext": [pitch(midi) for midi in octaves],
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "gridcolor": "rgba(127,127,127,.18)",
            "zeroline": False,
        },
    )
    return fig


def pitch(midi: int) -> str:
    """A pitch as people write it.

    >>> pitch(60), pitch(69), pitch(46)
    ('C4', 'A4', 'B♭2')
    """
    octave, step = divmod(midi, 12)
    return f"{PITCHES[step]}{octave - 1}"


def _add_notes(fig: go.Figure, instrument: Instrument, notes: list[Note]) -> None:
    """The notes of one instrument: rectangles one after the other, with gaps between them."""
    start_s, end_s = (np.array([getattr(note, at) for note in notes], np.float32) for at in ("start_s", "end_s"))
    low, gap = np.array([note.midi for note in notes]) - THICK, np.full(len(notes), np.nan, np.float32)
    said = [
        f"{pitch(note.midi)} {note.cents:+.0f} cents<br>{per_cent(note.score)} %".replace("-", "−") for note in notes
    ]
    fig.add_scatter(
        x=np.stack([start_s, start_s, end_s, end_s, start_s, gap], axis=1).ravel(),
        y=np.stack([low, low + 2 * THICK, low + 2 * THICK, low, low, gap], axis=1).astype(np.float32).ravel(),
        mode="lines",
        line=EDGE,
        fill="toself",
        fillcolor=instrument.colour,
        text=np.repeat(said, 6),
        hoveron="points",
        hovertemplate=f"<b>{instrument.title}</b> %{{text}}<br>at %{{x:.2f}} s<extra></extra>",
        hoverlabel=HOVER | {"bordercolor": instrument.colour},
    )


def _legend(labels: Iterable[str]) -> str:
    """Whose colour is whose, for the line below the axis."""
    shown = (BY_NAME[label] for label in labels)
    return "notes: " + " · ".join(f'<span style="color:{it.colour}">■</span> {it.title}' for it in shown)
