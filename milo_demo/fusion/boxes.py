"""First boxes: the connected regions of the object maps, and who is who from one step to the next.

A weakly trained map (Liu 2018, chapter 4) marks an instrument's characteristic part rather than its outline; so does
the box around it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

PART_OF_PEAK = 0.2
"""A region reaches as far as the map stays above this part of its peak; chosen on photos of guitars with boxes."""
SECOND_TO_FIRST = 0.5
"""A further region of the same label, a second player, needs at least this part of the first one's peak."""
MOST_PER_LABEL = 4
SAME_PLACE = 0.5
"""Two labels whose regions share more than this part of the smaller one name one thing: the stronger name stays."""
SAME_TRACK_IOU = 0.3
LONGEST_GAP = 2
"""Steps (about one second) that a track may be lost from sight and still be taken up again."""


class Region(NamedTuple):
    """An instrument in one frame: index of its label, score 0-1, sides as fractions of the frame."""

    label: int
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


def regions(object_map: NDArray[np.floating], least: float = 0.5) -> list[Region]:
    """Boxes around the places of one frame where something is seen, strongest first.

    object_map : (label, row, column), 0-1
    least      : a region's peak must reach this
    """
    candidates = []
    for label in np.flatnonzero(object_map.max(axis=(1, 2), initial=0) >= least).tolist():
        candidates += [(peak, label, mask) for peak, mask in _parts(object_map[label], least)]
    candidates.sort(key=lambda candidate: -candidate[0])
    kept: list[tuple[float, int, NDArray[np.bool_]]] = []
    for peak, label, mask in candidates:
        if not any(_shared(mask, other) > SAME_PLACE for _, name, other in kept if name != label):
            kept.append((peak, label, mask))
    return [Region(label, peak, *_sides(mask)) for peak, label, mask in kept]


def link(steps: Sequence[Sequence[Region]]) -> list[list[int]]:
    """Number the tracks: a region goes on with the track of its label whose last box it overlaps best (IoU).

    steps : the regions of each step of the grid

    Returns the track number, from 1, of every region, in the same order.
    """
    numbers: list[list[int]] = []
    last: dict[int, tuple[int, Region]] = {}  # track -> step and box it was last seen at
    tracks = 0
    for step, found in enumerate(steps):
        alive = {number: box for number, (seen, box) in last.items() if step - seen <= LONGEST_GAP}
        pairs = [
            (iou(region, box), index, number)
            for index, region in enumerate(found)
            for number, box in alive.items()
            if region.label == box.label
        ]
        given: dict[int, int] = {}
        for overlap, index, number in sorted(pairs, reverse=True):
            if overlap >= SAME_TRACK_IOU and index not in given and number not in given.values():
                given[index] = number
        for index, region in enumerate(found):
            if index not in given:
                tracks += 1
                given[index] = tracks
            last[given[index]] = (step, region)
        numbers.append([given[index] for index in range(len(found))])
    return numbers


def iou(one: Region, other: Region) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(width, 0.0) * max(height, 0.0)
    areas = sum((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return shared / (areas - shared)


def _parts(places: NDArray[np.floating], least: float) -> list[tuple[float, NDArray[np.bool_]]]:
    """Peak and mask of one label's regions: the component around the peak, then around the highest of what is left."""
    left = places.copy()
    least = max(least, SECOND_TO_FIRST * float(left.max()))
    parts = []
    while len(parts) < MOST_PER_LABEL and (peak := float(left.max())) >= least:
        components, _ = ndimage.label(left >= PART_OF_PEAK * peak, structure=np.ones((3, 3)))
        mask = components == components[np.unravel_index(left.argmax(), left.shape)]
        parts.append((peak, mask))
        left[mask] = 0
    return parts


def _shared(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return (one & other).sum() / min(one.sum(), other.sum())


def _sides(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a mask (row, column), as fractions."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    height, width = mask.shape
    return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
