"""Charts that a class can read: in how many clips each instrument is, for how long, and who is heard with whom."""

import numpy as np
import plotly.graph_objects as go

from milo_demo.collection.overview import Totals
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.ui.timeline import EDGE, HOVER, LAYOUT

BAR_PX, MARGIN_PX = 24, 90
MOST = 12
"""Instruments in a chart: of a collection's rarest there is little to see."""
SENSES = {"heard": 1.0, "seen": 0.6, "played": 0.3}
"""How opaque each sense's bar is, in its instrument's colour."""
GRID = {"gridcolor": "rgba(127,127,127,.18)", "zeroline": False}
TITLE = {"size": 13}


def all_of(totals: Totals) -> list[go.Figure]:
    """Those that have something to show."""
    found = [often(totals), long(totals)] if totals.clips_of else []
    return [*found, together(totals)] if totals.together.any() else found


def often(totals: Totals) -> go.Figure:
    """In how many clips each instrument is heard, seen and played."""
    return _bars(totals.clips_of, "clips", "%{x} clips")


def long(totals: Totals) -> go.Figure:
    """How many hours each instrument is heard, seen and played."""
    return _bars(totals.hours_of, "hours", "%{x:.2f} hours")


def together(totals: Totals) -> go.Figure:
    """In how many clips each pair of instruments is heard."""
    names = _ranked(totals)
    places = [LABELS.index(name) for name in names]
    counts = totals.together[np.ix_(places, places)].astype(float)
    counts[np.triu_indices(len(names))] = np.nan  # each pair once
    titles = [BY_NAME[name].title for name in names]
    figure = go.Figure(
        go.Heatmap(
            z=counts,
            x=titles,
            y=titles,
            colorscale="Cividis",
            xgap=1,
            ygap=1,
            texttemplate="%{z}",
            hovertemplate="%{y} and %{x}: %{z} clips<extra></extra>",
            colorbar={"title": {"text": "clips"}, "thickness": 12},
        )
    )
    size = MARGIN_PX + BAR_PX * (len(names) + 2)
    return figure.update_layout(
        LAYOUT
        | {"height": size, "margin": {"l": MARGIN_PX, "r": 10, "t": 30, "b": MARGIN_PX}, "hoverlabel": HOVER}
        | {"title": {"text": "Heard together", "font": TITLE}, "yaxis": {"autorange": "reversed"}}
    )


def _bars(values: dict[str, dict[str, float]] | dict[str, dict[str, int]], unit: str, told: str) -> go.Figure:
    """A group of bars for each instrument, the most at the top."""
    names = sorted(values, key=lambda name: max(values[name].values()))[-MOST:]
    figure = go.Figure()
    for sense, opacity in reversed(SENSES.items()):
        figure.add_bar(
            orientation="h",
            name=sense,
            y=[BY_NAME[name].title for name in names],
            x=[values[name].get(sense, 0) for name in names],
            marker={"color": [BY_NAME[name].colour for name in names], "opacity": opacity, "line": EDGE},
            hovertemplate=f"%{{y}} {sense}: {told}<extra></extra>",
        )
    title = f"{unit.capitalize()} in which each is heard (full colour), seen (paler) and played (palest)"
    return figure.update_layout(
        LAYOUT
        | {"height": 90 + 2 * BAR_PX * len(names), "margin": {"l": MARGIN_PX, "r": 10, "t": 30, "b": 40}}
        | {"title": {"text": title, "font": TITLE}, "hoverlabel": HOVER, "bargap": 0.2}
        | {"xaxis": GRID | {"title": {"text": unit, "font": {"size": 11}}}}
    )


def _ranked(totals: Totals) -> list[str]:
    """The instruments that are heard in most clips, most first."""
    heard = {name: senses.get("heard", 0) for name, senses in totals.clips_of.items()}
    return sorted((name for name in heard if heard[name]), key=lambda name: -heard[name])[:MOST]
