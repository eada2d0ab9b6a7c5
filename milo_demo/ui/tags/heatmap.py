"""The tags: a strip of light per tag, best first, group by group; under Tempo the curve of the beats per minute.

A score is lightness, which every eye sees: from just below the threshold to just above it, it jumps (contrast 3:1 or
more), and the hue only says what family it is. The browser moves the jump with the threshold, and takes the colours
that the page's mood asks for, light or dark.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import plotly.graph_objects as go

from milo_demo.analysis import Analysis
from milo_demo.grid import STEPS_PER_S, per_cent, per_cents
from milo_demo.instruments import BY_NAME, label_of
from milo_demo.tags import GROUPS
from milo_demo.ui.colours import GROUNDS, mixed, standing_out
from milo_demo.ui.tags.people import Told, told
from milo_demo.ui.timeline import HOVER, LAYOUT, time_axis

TOP = 5
"""Tags of each group that are shown at first, if they count."""
BEST = 3
"""Tags that are shown at first where none counts."""
ROW_PX = 23
GAP_PX = 4
"""Drawn over the strips: Plotly draws them many times faster if it need not leave gaps itself."""
MARGIN_PX = 40
ACCENT = "#818CF8"
UNDER, AT = 0.15, 0.85
"""How far from the strip's ground to its full colour a score stands that is just under, or at, the threshold."""
STRONG = 6.0
"""By what contrast the full colour stands out of the ground: enough for the jump at the threshold to be 3:1."""
TEMPO_ROWS = 2
TEMPO_SPAN_BPM = 40.0
"""The least that the tempo's curve spans from bottom to top: a steady beat shall look steady."""


@dataclass(frozen=True)
class Row:
    """A line of the figure: a group's heading (no tag), or a tag with its colour."""

    group: str
    tag: Told | None = None
    colour: str = ""


def rows(analysis: Analysis, unfolded: Collection[str]) -> list[Row]:
    """What is shown, top to bottom, group by group: the tags that count, all of them where a group is among `unfolded`;
    where none counts, the best few of all."""
    known = told(analysis)
    first = [tag for group in GROUPS for tag in [it for it in known if it.group == group and it.counts][:TOP]]
    found = []
    for group in GROUPS:
        shown = [tag for tag in (known if group in unfolded else first or known[:BEST]) if tag.group == group]
        if shown or (group == "Tempo" and _has_tempo(analysis)):
            found.append(Row(group))
            found += [Row(group, tag, _colour(tag, group)) for tag in shown]
    return found


def figure(analysis: Analysis, unfolded: Collection[str] = ()) -> go.Figure | None:
    """Plotly figure with a strip per tag; None where there are neither tags nor a tempo to show.

    unfolded : groups of which every tag is shown

    Scores travel as whole per cent in one byte each: all tags of a 20-minute clip are 0.5 MB.
    """
    shown = rows(analysis, unfolded)
    if not shown:
        return None
    fig = go.Figure()
    ticks: dict[float, tuple[str, str]] = {}  # place of a row: what stands on its left, what on its right
    place = 0.0
    for colour, run in groupby(shown, key=lambda row: row.colour):
        lines = list(run)
        if colour:
            _add_strips(fig, analysis, [line.tag for line in lines if line.tag], colour, place)
        for row in lines:
            if row.tag:
                ticks[place] = row.tag.name, f"{per_cent(row.tag.score)}\u202f%"
            else:
                ticks[place] = f"<b>{row.group}</b>", ""
            place -= 1
            if not row.tag and row.group == "Tempo" and _has_tempo(analysis):
                _add_tempo(fig, analysis, place)
                ticks[place - (TEMPO_ROWS - 1) / 2] = ("beats per minute", _overall(analysis))
                place -= TEMPO_ROWS
    _lay_out(fig, analysis, ticks, place)
    return fig


def _add_strips(fig: go.Figure, analysis: Analysis, tags: list[Told], colour: str, top: float) -> None:
    """Strips of one colour that lie one under the other; the first at the place `top`."""
    scales = {mood: light(colour, mood) for mood in GROUNDS}
    fig.add_heatmap(
        z=per_cents(np.array([tag.over_time(analysis) for tag in tags])),
        x0=0.5 / STEPS_PER_S,
        dx=1 / STEPS_PER_S,
        y0=top,
        dy=-1,
        zmin=0,
        zmax=100,
        colorscale=scales["light"],
        meta=scales,
        showscale=False,
        hovertemplate="<b>%{y}</b> at %{x:.1f} s<br>%{z} %<extra></extra>",
        hoverlabel=HOVER,
    )
    between = " ".join(f"M0,{top - row + 0.5:g}H1" for row in range(len(tags) + 1))
    fig.add_shape(type="path", path=between, xref="paper", line={"color": GROUNDS["light"], "width": GAP_PX})


def _add_tempo(fig: go.Figure, analysis: Analysis, top: float) -> None:
    """The curve of beats per minute, from the place `top` down."""
    maps = analysis.maps
    bpm, known = maps.tempo_bpm, maps.tempo_bpm[~np.isnan(maps.tempo_bpm)]
    middle = (known.max() + known.min()) / 2
    span = max(TEMPO_SPAN_BPM, 1.25 * (known.max() - known.min()))
    centre = top - (TEMPO_ROWS - 1) / 2
    fig.add_scatter(
        x0=0.5 / STEPS_PER_S,
        dx=1 / STEPS_PER_S,
        y=(centre + 0.8 * TEMPO_ROWS * (bpm - middle) / span).astype(np.float32),
        mode="lines",
        line={"color": ACCENT, "width": 2.5},
        connectgaps=False,
        customdata=bpm.round(1),
        hovertemplate="<b>%{customdata:.0f} beats per minute</b> at %{x:.1f} s<extra></extra>",
        hoverlabel=HOVER,
    )


def _lay_out(fig: go.Figure, analysis: Analysis, ticks: dict[float, tuple[str, str]], bottom: float) -> None:
    axis = {
        "range": [bottom + 0.5, 0.5],
        "tickvals": list(ticks),
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }
    answering: dict = {"hoverdistance": ROW_PX}  # strips of light answer wherever they are
    fig.update_layout(
        **LAYOUT | answering,
        height=round(ROW_PX * -bottom + MARGIN_PX),
        margin={"l": 8, "r": 48, "t": 0, "b": MARGIN_PX},
        xaxis=time_axis(analysis.media.duration_s),
        yaxis=axis | {"ticktext": [left for left, _ in ticks.values()], "automargin": True, "ticklabelstandoff": 6},
        yaxis2=axis
        | {
            "ticktext": [right for _, right in ticks.values()],
            "side": "right",
            "overlaying": "y",
            "ticklabelstandoff": 3,
        },
    )
    fig.add_scatter(x=[0], y=[bottom], yaxis="y2", mode="markers", opacity=0, hoverinfo="skip")  # or it is not drawn


def light(colour: str, mood: str) -> list[tuple[float, str]]:
    """Colours of the scores 0 to 1 with the jump at the threshold of 0.5: the two stops in the middle mark it.

    mood : the page's, ``light`` or ``dark``
    """
    ground, full = GROUNDS[mood], standing_out(colour, mood, STRONG)
    return [(0.0, ground), (0.5, mixed(ground, full, UNDER)), (0.5, mixed(ground, full, AT)), (1.0, full)]


def _colour(tag: Told, group: str) -> str:
    """An instrument's colour where the tag names one of the taxonomy, the voice's for what is sung."""
    label = "voice" if group == "Vocal" else next(filter(None, (label_of(raw, "tags") for raw in tag.raw)), None)
    return BY_NAME[label].colour if label else ACCENT


def _has_tempo(analysis: Analysis) -> bool:
    """Whether there is a curve to draw, which takes two neighbours."""
    known = np.isfinite(analysis.maps.tempo_bpm)
    return bool((known[1:] & known[:-1]).any())


def _overall(analysis: Analysis) -> str:
    return "" if analysis.tempo_bpm is None else f"{analysis.tempo_bpm:.0f}"
