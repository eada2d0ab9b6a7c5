"""What is drawn over the picture, on the page and in the annotated video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milo_demo.maps import Maps

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
    """

    threshold: float = 0.5
    boxes: bool = True
    heat: tuple[str, ...] = ("seen", "played")
    labels: tuple[str, ...] | None = None


def heat(maps: Maps, layer: str) -> NDArray[np.floating]:
    """The maps that are drawn as one layer of heat, (time, label, row, column) in the order of `maps.labels`, or with
    a single map for all labels if the layer is one of COLOURS. Without places where they were not computed.

    layer : one of LAYERS
    """
    if layer in COLOURS:
        return getattr(maps, layer)[:, None]
    return {"seen": maps.object, "played": maps.action}[layer]
