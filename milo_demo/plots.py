"""Pictures of what was measured, as SVG files, by matplotlib."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from milo_demo.instruments import BY_NAME, INSTRUMENTS, LABELS

matplotlib.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "milo"})

INK, PAPER, FAINT = "#1A1A1A", "#FFFFFF", "#D9D9D9"


def confusion(table: NDArray[np.int64], path: Path, title: str) -> None:
    """How often the clips of one label (row) were given each label (column). Labels of empty rows and columns are left
    out.

    table : (label, label), counts
    """
    rows, columns = np.flatnonzero(table.any(axis=1)), np.flatnonzero(table.any(axis=0) | table.any(axis=1))
    shares = table[rows][:, columns] / table[rows].sum(axis=1, keepdims=True)
    figure, axes = _page(0.33 * len(columns) + 2.2, 0.28 * len(rows) + 1.8, title)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [INSTRUMENTS[k].title for k in columns], rotation=60, ha="right")
    axes.set_yticks(range(len(rows)), [f"{INSTRUMENTS[k].title} ({table[k].sum()})" for k in rows])
    axes.set_xlabel("heard as")
    axes.set_ylabel("is")
    for (i, j), share in np.ndenumerate(shares):
        if share:
            ink = PAPER if share > 0.6 else INK
            axes.text(j, i, str(table[rows[i], columns[j]]), ha="center", va="center", color=ink)
    _save(figure, path)


def recalls(found: dict[str, tuple[float, float, int]], path: Path, title: str) -> None:
    """Bars of label -> (top-1 recall, top-3 recall, number of clips): the outline shows what top-3 adds."""
    figure, axes = _page(6.0, 0.26 * len(found) + 1.0, title)
    for place, (label, (first, third, _)) in enumerate(found.items()):
        colour = BY_NAME[label].colour
        axes.barh(place, third, height=0.7, color=PAPER, edgecolor=INK, linewidth=0.8)
        axes.barh(place, first, height=0.7, color=colour, edgecolor=INK, linewidth=0.8)
    axes.set_yticks(range(len(found)), [f"{BY_NAME[label].title} ({count})" for label, (*_, count) in found.items()])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of phrases heard right at first (filled), among the first three (outline)")
    _save(figure, path)


def widths(sigma_s: NDArray[np.float32], first_s: float, path: Path, title: str) -> None:
    """The width of every label's Gaussian, shortest first.

    sigma_s : (label,), seconds;  first_s : where they all began
    """
    figure, axes = _page(6.0, 0.22 * len(sigma_s) + 1.0, title)
    order = np.argsort(sigma_s)
    for place, k in enumerate(order):
        width_s = float(sigma_s[k])
        axes.plot([first_s, width_s], [place, place], color=FAINT, zorder=1)
        axes.scatter(width_s, place, s=45, color=INSTRUMENTS[k].colour, edgecolor=INK, linewidth=0.8, zorder=2)
    axes.axvline(first_s, color=INK, linewidth=0.8, linestyle=":")
    axes.text(first_s, -0.6, "before training ", ha="right", va="center")
    axes.set_yticks(range(len(order)), [INSTRUMENTS[k].title for k in order])
    axes.set_ylim(-1.2, len(LABELS) - 0.3)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("σ of the Gaussian, seconds")
    _save(figure, path)


def precisions(found: dict[str, tuple[float, float, float, int]], path: Path, title: str) -> None:
    """Bars of label -> (average precision, its interval's low and high end, number of true boxes)."""
    figure, axes = _page(6.0, 0.26 * len(found) + 1.0, title)
    for place, (label, (value, low, high, _)) in enumerate(found.items()):
        axes.barh(place, value, height=0.7, color=BY_NAME[label].colour, edgecolor=INK, linewidth=0.8)
        axes.plot([low, high], [place, place], color=INK, linewidth=1.5)
    axes.set_yticks(range(len(found)), [f"{BY_NAME[label].title} ({count})" for label, (*_, count) in found.items()])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("average precision at IoU 0.5; line: 90 % interval")
    _save(figure, path)


def box_counts(counts: dict[str, dict[str, int]], path: Path) -> None:
    """How many boxes each label has, per split: one bar behind the other, the first split in colour.

    counts : split -> label -> boxes
    """
    first, *others = counts
    labels = [label for label in LABELS if any(found.get(label) for found in counts.values())]
    figure, axes = _page(6.0, 0.26 * len(labels) + 1.2, "Boxes of each class")
    for place, label in enumerate(labels):
        start = counts[first].get(label, 0)
        axes.barh(place, start, height=0.7, color=BY_NAME[label].colour, edgecolor=INK, linewidth=0.8)
        for split in others:
            axes.barh(place, counts[split].get(label, 0), left=start, height=0.7, color=PAPER, edgecolor=INK)
            start += counts[split].get(label, 0)
    axes.set_yticks(range(len(labels)), [BY_NAME[label].title for label in labels])
    axes.invert_yaxis()
    axes.set_xlabel(f"boxes: {first} (filled)" + "".join(f", {split} (outline)" for split in others))
    _save(figure, path)


def box_sizes(sides: dict[str, list[float]], path: Path) -> None:
    """How large boxes are, per split: the side of a square of equal area, as a share of the picture's.

    sides : split -> one number per box, 0-1
    """
    figure, axes = _page(6.0, 2.6, "Sizes of the boxes")
    for split, style in zip(sides, ("-", "--", ":"), strict=False):
        edges = np.linspace(0, 1, 21)
        shares, _ = np.histogram(sides[split], edges)
        axes.stairs(shares / max(1, shares.sum()), edges, color=INK, linestyle=style, label=split)
    axes.set_xlim(0, 1)
    axes.set_xlabel("square root of the box's share of the picture")
    axes.set_ylabel("share of boxes")
    axes.legend(frameon=False)
    _save(figure, path)


def box_places(covered: dict[str, NDArray[np.floating]], path: Path) -> None:
    """Where in the picture boxes lie, per split: darker is more.

    covered : split -> (row, column), boxes over each place per picture
    """
    figure = Figure(figsize=(2.6 * len(covered) + 0.8, 3.0), facecolor=PAPER, layout="constrained")
    most = max(float(places.max()) for places in covered.values())
    images = []
    for axes, (split, places) in zip(np.atleast_1d(figure.subplots(1, len(covered))), covered.items(), strict=True):
        images.append(axes.imshow(places, cmap="Blues", vmin=0, vmax=most or 1, extent=(0, 1, 1, 0)))
        axes.set_title(f"Places of the boxes: {split}", loc="left", color=INK)
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1])
    figure.colorbar(images[-1], label="boxes per picture")
    _save(figure, path)


def movements(filters: NDArray[np.floating], best: dict[str, list[int]], path: Path) -> None:
    """What a network that sees flows has learned to see (Liu 2018, figures 4.10 and 4.12): each filter's average
    movements, one after the other, as a path from a dot on; the filters that tell each label, then all of them.

    filters : (filter, flow, 2), right and down; best : label -> filters, best first
    """
    across = 16
    most = max(map(len, best.values()))
    rows = len(best) + 1 + -(-len(filters) // across)
    figure, axes = _page(8.0, 0.45 * rows + 0.8, "Movements that tell each instrument, and all that were learned")
    for row, (label, numbers) in enumerate(best.items()):
        axes.text(0.35 * across - 0.8, -row, BY_NAME[label].title, ha="right", va="center", color=INK)
        for place, number in enumerate(numbers):
            _path(axes, filters[number], 0.35 * across + place, -row, BY_NAME[label].colour)
    for number, filter_ in enumerate(filters):
        _path(axes, filter_, number % across, -len(best) - 1 - number // across, INK)
    axes.set_xlim(-0.7, max(across, 0.35 * across + most) - 0.3)
    axes.set_ylim(-rows + 0.3, 0.7)
    axes.set_aspect("equal")
    axes.axis("off")
    _save(figure, path)


def _path(axes: Axes, steps: NDArray[np.floating], x: float, y: float, colour: str) -> None:
    """Movements (n, 2), right and down, one after the other, in a cell around (x, y)."""
    way = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    way = (way - (way.max(axis=0) + way.min(axis=0)) / 2) / max(1e-9, float(np.ptp(way, axis=0).max())) * 0.75
    axes.plot(x + way[:, 0], y - way[:, 1], color=colour, linewidth=1.4, solid_capstyle="round")
    axes.scatter(x + way[:1, 0], y - way[:1, 1], s=9, color=colour, zorder=2)


def _page(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """An empty figure, sides in inches, and its axes."""
    figure = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
