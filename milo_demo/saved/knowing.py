"""Where a result lies on the map of what the features know, step by step, and the points that are there already."""

from pathlib import Path
from typing import NamedTuple

from milo_demo.analysis import Analysis
from milo_demo.instruments import LABELS


class Sheet(NamedTuple):
    """labels, points : of what is known, names and x and y, -1 to 1
    places         : of the clip at each step, x and y; None where there is nothing to hear or see
    """

    labels: list[str]
    points: list[list[float]]
    places: list[list[float] | None]


def atlas(folder: Path) -> dict[str, Sheet]:
    """The maps ``heard`` and ``seen`` of the result in `folder`, those of them that it has a place on.

    Raises MiloError where there is no result, or a checkpoint cannot be had.
    """
    from milo_demo import weights

    maps, known = Analysis.load(folder).maps, weights.load("atlas", "cpu").module
    found = {}
    for sense, places in (("heard", maps.heard_places), ("seen", maps.seen_places)):
        if places.size:
            sheet = getattr(known, sense)
            steps = [None if row[0] != row[0] else row for row in places.astype(float).round(3).tolist()]
            points = sheet.places.numpy().astype(float).round(3).tolist()
            found[sense] = Sheet([LABELS[label] for label in sheet.labels.tolist()], points, steps)
    return found
