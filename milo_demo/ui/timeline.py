"""The timeline: a lane per instrument, what is heard above its line, what is seen below."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from milo_demo.analysis import STEPS_PER_S, Analysis
from milo_demo.instruments import BY_NAME, Instrument

LANE_PX = 46
AXIS_PX = 60
REACH = 0.46
"""Height of a score of 1 in lanes: a little less than half, so that neighbours never touch."""


def figure(analysis: Analysis, labels: list[str]) -> go.Figure:
    """Plotly figure with a lane for each of `labels`, top to bottom.

    x is the clip's time in seconds. Every curve carries its peak in `meta.peak`: the browser pales those that never
    reach the threshold. Text colours are left to the page's style sheet, which knows about light and dark.
    """
    maps, duration_s = analysis.maps, analysis.media.duration_s
    time_s = np.clip((maps.time_s + 0.5 / STEPS_PER_S), 0, duration_s)
    fig = go.Figure()
    for lane, label in enumerate(labels):
        column = maps.labels.index(label)
        heard = maps.sound[:, column].astype(float) if maps.sound.size else None
        seen = maps.object[:, column].max(axis=(1, 2)) / 255 if maps.object.size else None
        for scores, direction in ((heard, 1), (seen, -1)):
            if scores is not None:
                _add_curve(fig, BY_NAME[label], time_s, scores, lane, direction, duration_s)
    fig.update_layout(
        height=LANE_PX * max(len(labels), 2) + AXIS_PX,
        margin={"l": 8, "r": 12, "t": 4, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
        showlegend=False,
        hovermode="closest",
        hoverdistance=-1,  # a click anywhere finds its moment
        dragmode="zoom",
        xaxis={
            "range": [0, duration_s],
            "minallowed": 0,
            "maxallowed": duration_s,
            "ticksuffix": " s",
            "title": {"text": _legend(analysis), "font": {"size": 12}, "standoff": 6},
            "gridcolor": "rgba(127,127,127,.18)",
            "zeroline": False,
        },
        yaxis={
            "range": [-(max(len(labels), 2) - 1) - 0.55, 0.55],
            "tickvals": [-lane for lane in range(len(labels))],
            "ticktext": [f"<b>{BY_NAME[label].sign}</b> {BY_NAME[label].title}" for label in labels],
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return fig


def _add_curve(
    fig: go.Figure,
    instrument: Instrument,
    time_s: NDArray,
    scores: NDArray,
    lane: int,
    direction: int,
    duration_s: float,
) -> None:
    """The lane's line, and the curve filled towards it: solid upwards for the ear, hatched downwards for the eye."""
    fig.add_scatter(
        x=[0, duration_s],
        y=[-lane, -lane],
        mode="lines",
        line={"color": "rgba(127,127,127,.45)", "width": 1},
        hoverinfo="skip",
    )
    sense = "heard" if direction > 0 else "seen"
    ends = np.concatenate([scores[:1], scores, scores[-1:]])
    fig.add_scatter(
        x=np.concatenate([[0], time_s, [duration_s]]).round(3),
        y=(direction * REACH * ends - lane).round(4),
        mode="lines",
        line={"color": "rgba(120,120,120,.85)", "width": 1},  # pale hues need an edge on white, dark ones on black
        fill="tonexty",
        fillcolor=_translucent(instrument.colour, 0.75 if direction > 0 else 0.3),
        fillpattern={} if direction > 0 else {"shape": "/", "fgcolor": instrument.colour, "size": 6, "solidity": 0.35},
        customdata=ends.round(3),
        meta={"peak": round(float(scores.max(initial=0)), 3)},
        hovertemplate=f"<b>{instrument.title}</b> at %{{x:.1f}} s<br>{sense} %{{customdata:.0%}}<extra></extra>",
        hoverlabel={"bgcolor": "#1e293b", "font": {"color": "#f8fafc"}, "bordercolor": instrument.colour},
    )


def _legend(analysis: Analysis) -> str:
    heard, seen = "above: heard", "below, hatched: seen"
    return " · ".join([heard] * analysis.media.has_audio + [seen] * analysis.media.has_video)


def _translucent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
