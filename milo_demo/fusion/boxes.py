"""First boxes: the connected regions of the steadied object maps, one name per place, and who is who from step to step.

A weakly trained map (Liu 2018, chapter 4) marks an instrument's characteristic part rather than its outline; so does
the box around it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from milo_demo.seeing import Region, iou

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


def steadied(object_maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The maps without what flashes up, or fails, for a single step: the median of every step and its two neighbours.

    object_maps : (step, label, row, column)
    """
    return ndimage.median_filter(object_maps, size=(3, 1, 1, 1), mode="nearest")


def regions(object_map: NDArray[np.floating], least: float = 0.5) -> list[Region]:
    """Boxes around the places of one frame where something is seen, strongest first.

    object_map : (label, row, column), 0-1
    least      : a region's peak must reach this
    """
    return [Region(label, peak, *_sides(mask)) for peak, label, mask, rival in _claims(object_map, least) if rival == 0]


def one_name_per_place(object_map: NDArray[np.floating]) -> NDArray[np.floating]:
    """Explain the weaker of two names for one thing away: a place that is a guitar with 0.9 is a banjo with a tenth of
    what its own map says.

    object_map : (label, row, column), 0-1

    Returns a map of the same shape; only regions that reach 0.5 and lie where a stronger label's region lies change.
    """
    settled = object_map.copy()
    for _, label, mask, rival in _claims(object_map, 0.5):
        settled[label][mask] *= 1 - rival
    return settled


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


def _claims(object_map: NDArray[np.floating], least: float) -> list[tuple[float, int, NDArray[np.bool_], float]]:
    """All regions of one frame, strongest first: peak, label, mask, and the peak of the stronger label that lies at the
    same place, 0 where there is none."""
    candidates = []
    for label in np.flatnonzero(object_map.max(axis=(1, 2), initial=0) >= least).tolist():
        candidates += [(peak, label, mask) for peak, mask in _parts(object_map[label], least)]
    candidates.sort(key=lambda candidate: -candidate[0])
    claims: list[tuple[float, int, NDArray[np.bool_], float]] = []
    for peak, label, mask in candidates:
        stronger = (
            other_peak
            for other_peak, other, place, rival in claims
            if rival == 0 and other != label and _shared(mask, place) > SAME_PLACE
        )
        claims.append((peak, label, mask, max(stronger, default=0.0)))
    return claims


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
