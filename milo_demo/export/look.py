"""What is drawn over the picture, on the page and in the annotated video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Analysis
from milo_demo.grid import COUNTS, STEPS_PER_S

LAYERS = ("seen", "source", "movement", "played")
"""Of heat, the lowest first: where each instrument is seen, what of it sounds, what moves as if it played, and where
each is played."""
COLOURS = {"source": "#f8fafc", "movement": "#22d3ee"}
"""Of the layers of heat that tell no instruments apart; the others have the instruments' own."""


@dataclass(frozen=True)
class Look:
    """What is drawn.

    threshold : score from which something is shown, 0-1
    boxes     : whether these are
    heat      : which of LAYERS are, the lowest first
    labels    : whose; None: all that reach the threshold
    hands     : whether there is a dot where the finger tips of each hand are
    """

    threshold: float = 0.5
    boxes: bool = True
    heat: tuple[str, ...] = ("seen", "played")
    labels: tuple[str, ...] | None = None
    hands: bool = False


def heat(analysis: Analysis, layer: str) -> NDArray[np.floating]:
    """The maps that are drawn as one layer of heat, (time, label, row, column) in the order of `maps.labels`, or with
    a single map for all labels if the layer is one of COLOURS. Without places where they were not computed.

    layer : one of LAYERS
    """
    maps = analysis.maps
    if layer in COLOURS:
        return getattr(maps, layer)[:, None]
    return maps.action if layer == "played" else _with_boxes(analysis)


def _with_boxes(analysis: Analysis) -> NDArray[np.float32]:
    """The object maps. What is boxed glows: where its own map stays dark in all of a sure box, because a stronger
    label's explains the place away, the box itself is lit, strongest in its middle and there as strong as it is sure.
    """
    maps, lit = analysis.maps, analysis.maps.object
    if not lit.size:
        return lit
    rows, columns = lit.shape[2:]
    for box in analysis.boxes:
        top, bottom = _cells(box.y0, box.y1, rows)
        left, right = _cells(box.x0, box.x1, columns)
        down, across = np.arange(top, min(bottom, rows)), np.arange(left, right) % columns  # and over a 360° seam
        at = round(box.time_s * STEPS_PER_S), maps.labels.index(box.label), down[:, None], across[None]
        if box.score < COUNTS or lit[at].max(initial=0) >= COUNTS:
            continue
        lit = lit.copy() if lit is maps.object else lit
        window = np.outer(*(np.hanning(len(cells) + 2)[1:-1] for cells in (down, across)))
        lit[at] = np.maximum(lit[at], box.score * window / window.max())
    return lit


def _cells(start: float, end: float, count: int) -> tuple[int, int]:
    """The cells of so many that a stretch, in fractions of all, lies in: the first, and the one after the last."""
    first = min(int(start * count), count - 1)
    return first, max(first + 1, round(end * count))
