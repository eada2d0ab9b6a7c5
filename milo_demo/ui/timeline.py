"""The swim lanes: one per instrument, what is heard above its line, what is seen and played below.

Where no name is sure but a family is, it has a lane too, above all others; what it folds are those of its instruments
that the ear only suspects and the eye does not see.

Which of them are shown, and in what order, is the browser's to change with the threshold (`player/lanes/lanes.js`). It
also writes their names beside them.
"""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from milo_demo.analysis import Analysis, Event
from milo_demo.grid import COUNTS, STEPS_PER_S, per_cents
from milo_demo.instruments import BY_NAME, FAMILIES, Instrument
from milo_demo.ui.theme import SANS
from milo_demo.ui.words.kin import Kin, kin

LANE_PX = 36
LEAST_PX = 108
"""All lanes together at least: one or two are as high as three, so that no gap is left where they are awaited."""
AXIS_PX = 46
NAMES_PX = 150
REACH = 0.46
"""Height of a score of 1 in lanes: a little less than half, so that neighbours never touch."""
EDGE = {"color": "rgba(120,120,120,.85)", "width": 1}
"""Pale hues need an edge on white, dark ones on black."""

OTHERS = "other sounds"
"""The lane of what is heard outside the taxonomy, under all others."""
OTHERS_COLOUR = "#94a3b8"
"""Of what is no label: that lane, and those of families."""

HOVER = {"bgcolor": "#1e293b", "font": {"color": "#f8fafc"}, "bordercolor": "#94a3b8"}
LAYOUT: dict = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": ", ".join(SANS), "size": 13},
    "showlegend": False,
    "hovermode": "closest",
    "hoverdistance": -1,  # a click anywhere finds its moment
    "dragmode": False,  # the player's own: a pointer that is dragged seeks
}
"""What every figure on the clip's clock has in common. Text colours are left to the page's style sheet, which knows
about light and dark."""


def time_axis(duration_s: float, title: str = "") -> dict:
    """The clip's time in seconds from left to right."""
    return {
        "range": [0, duration_s],
        "minallowed": 0,
        "maxallowed": duration_s,
        "ticksuffix": " s",
        "title": {"text": title, "font": {"size": 11}, "standoff": 6},
        "gridcolor": "rgba(127,127,127,.18)",
        "zeroline": False,
    }


def figure(analysis: Analysis, labels: list[str], shown: int) -> go.Figure:
    """Plotly figure with a lane for each of `labels`, top to bottom, of which the first `shown` can be seen.

    Every trace carries its label in `meta`, every curve also its peak: the browser pales those that never reach the
    threshold. What stands for a family says which labels it `folds`.
    """
    maps, seen, duration_s = analysis.maps, analysis.seen(), analysis.media.duration_s
    fig, families = go.Figure(), kin(analysis)
    for lane, family in enumerate(families):
        _add_family(fig, family.family, _folded(analysis, family), analysis, lane)
    folded = {label for family in families for label in _folded(analysis, family)}
    first = [label for label in labels[:shown] if label not in folded]
    labels = [*first, *(label for label in labels if label not in first)]
    shown = len(first) + len(families)
    for lane, label in enumerate(labels, start=len(families)):
        column = maps.labels.index(label)
        senses = {
            "heard": maps.sound[:, column].astype(np.float32) if maps.sound.size else None,
            "seen": seen[:, column] if maps.object.size else None,
            "played": maps.played[:, column].astype(np.float32) if maps.played.size else None,
        }
        for sense, scores in senses.items():
            if scores is not None:
                _add_curve(fig, BY_NAME[label], sense, scores, lane, duration_s, lane < shown)
    if others := [event for event in analysis.events if event.kind == "other"]:
        _add_others(fig, others, -len(families) - len(labels))
        shown += 1
    fig.update_layout(
        **LAYOUT,
        height=max(LANE_PX * shown, LEAST_PX) + AXIS_PX,
        margin={"l": NAMES_PX, "r": 12, "t": 4, "b": AXIS_PX - 4, "autoexpand": False},
        meta={"lane_px": LANE_PX, "least_px": LEAST_PX, "axis_px": AXIS_PX},
        xaxis=time_axis(duration_s, _legend(analysis)),
        yaxis={
            "range": [-(shown - 1) - 0.55, 0.55],
            "showticklabels": False,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return fig


def _folded(analysis: Analysis, family: Kin) -> list[str]:
    """Whose lanes a family's stands for."""
    seen = {row.label: row.seen or 0.0 for row in analysis.clip}
    return [label for label in family.labels if seen[label] < COUNTS]


def _add_family(fig: go.Figure, family: str, folds: list[str], analysis: Analysis, lane: int) -> None:
    """What is heard of a family, whichever instrument it is."""
    meta, duration_s = {"label": family, "folds": folds}, analysis.media.duration_s
    scores = analysis.maps.families[:, FAMILIES.index(family)].astype(np.float32)
    _add_line(fig, lane, duration_s, meta)
    time_s, ends = _steps(scores, duration_s)
    fig.add_scatter(
        x=time_s,
        y=(REACH * ends - lane).astype(np.float32),
        mode="lines",
        customdata=per_cents(ends),
        meta=meta | {"peak": round(float(scores.max(initial=0)), 3)},
        hovertemplate=f"<b>a {family} instrument</b> at %{{x:.1f}} s<br>heard %{{customdata}} %<extra></extra>",
        hoverlabel=HOVER,
        **_drawn("heard", OTHERS_COLOUR),
    )


def _add_line(fig: go.Figure, lane: int, duration_s: float, meta: dict, visible: bool = True) -> None:
    """A lane's line."""
    fig.add_scatter(
        x=[0, duration_s],
        y=[-lane, -lane],
        mode="lines",
        line={"color": "rgba(127,127,127,.45)", "width": 1},
        hoverinfo="skip",
        meta=meta,
        visible=visible,
    )


def _steps(scores: NDArray, duration_s: float) -> tuple[NDArray[np.float32], NDArray]:
    """Times of scores (step,) and themselves, from the clip's beginning to its end."""
    time_s = np.clip((np.arange(len(scores)) + 0.5) / STEPS_PER_S, 0, duration_s)
    ends = np.concatenate([scores[:1], scores, scores[-1:]])
    return np.concatenate([[0], time_s, [duration_s]]).astype(np.float32), ends


def _add_curve(
    fig: go.Figure, instrument: Instrument, sense: str, scores: NDArray, lane: int, duration_s: float, visible: bool
) -> None:
    """The lane's line, and the curve filled towards it: solid upwards for the ear, hatched downwards for the eye. What
    is played is a dotted line over what is seen."""
    _add_line(fig, lane, duration_s, {"label": instrument.name}, visible)
    time_s, ends = _steps(scores, duration_s)
    fig.add_scatter(
        x=time_s,
        y=((1 if sense == "heard" else -1) * REACH * ends - lane).astype(np.float32),
        mode="lines",
        customdata=per_cents(ends),
        meta={"label": instrument.name, "peak": round(float(scores.max(initial=0)), 3)},
        hovertemplate=f"<b>{instrument.title}</b> at %{{x:.1f}} s<br>{sense} %{{customdata}} %<extra></extra>",
        hoverlabel=HOVER | {"bordercolor": instrument.colour},
        visible=visible,
        **_drawn(sense, instrument.colour),
    )


def _add_others(fig: go.Figure, events: list[Event], y: float) -> None:
    """What is heard outside the taxonomy: a bar for each stretch, with its name in it where there is room."""
    lengths_s = [event.end_s - event.start_s for event in events]
    fig.add_bar(
        base=[event.start_s for event in events],
        x=lengths_s,
        y=[y] * len(events),
        width=0.6,
        orientation="h",
        text=[event.label for event in events],
        textposition="inside",
        insidetextanchor="start",
        constraintext="none",
        textangle=0,
        insidetextfont={"color": "#0f172a", "size": 11},
        marker={"color": OTHERS_COLOUR, "line": {"width": 0}},
        customdata=[[event.start_s, event.end_s] for event in events],
        hovertemplate="<b>%{text}</b>, %{customdata[0]:.1f} to %{customdata[1]:.1f} s<extra></extra>",
        hoverlabel=HOVER,
        meta={"label": OTHERS},
    )
    fig.update_layout(barmode="overlay")


def _drawn(sense: str, colour: str) -> dict:
    """How a sense's curve is drawn."""
    if sense == "heard":
        return {"line": EDGE, "fill": "tonexty", "fillcolor": _translucent(colour, 0.75)}
    if sense == "seen":
        hatched = {"shape": "/", "fgcolor": colour, "size": 6, "solidity": 0.35}
        return {"line": EDGE, "fill": "tonexty", "fillcolor": _translucent(colour, 0.3), "fillpattern": hatched}
    return {"line": {"color": colour, "width": 3, "dash": "dot"}}


def _legend(analysis: Analysis) -> str:
    parts = {
        "above: heard": analysis.media.has_audio,
        "hatched: seen": analysis.media.has_video,
        "dotted: played": analysis.maps.played.size > 0,
    }
    return " · ".join(words for words, there in parts.items() if there)


def _translucent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
