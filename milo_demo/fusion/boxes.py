"""Boxes from object maps: connected regions, one name per place, for what the detector has no name for.

A weakly trained map (Liu 2018, chapter 4) marks an instrument's characteristic part rather than its outline; so does
the box around it, unless the detector has drawn one there under another name.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from milo_demo.instruments import LABELS
from milo_demo.seeing import Region, iou

PART_OF_PEAK = 0.2
"""A region reaches as far as the map stays above this part of its peak; chosen on photos of guitars with boxes."""
SECOND_TO_FIRST = 0.5
"""A further region of the same label, a second player, needs at least this part of the first one's peak."""
MOST_PER_LABEL = 4
OUTLINE = 0.25
"""A detector's box needs this score to lend its outline."""
SAME_PLACE = 0.5
"""Two labels whose regions share more than this part of the smaller one name one thing: the stronger name stays."""
SAME_BOX = 0.4
"""A region whose box overlaps a box of another name this much (IoU) shows the same thing."""


def steadied(object_maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The maps without what flashes up, or fails, for a single step: the median of every step and its two neighbours.

    object_maps : (step, label, row, column)
    """
    return ndimage.median_filter(object_maps, size=(3, 1, 1, 1), mode="nearest")


def regions(
    object_map: NDArray[np.floating],
    least: float = 0.5,
    labels: Collection[int] = range(len(LABELS)),
    wraps: bool = False,
) -> list[Region]:
    """Boxes around the places of one frame where something is seen, strongest first.

    object_map : (label, row, column), 0-1
    least      : a region's peak must reach this
    labels     : which labels' regions to give; the others' still take the places where they are stronger
    wraps      : the frame is 360° wide: what goes on beyond its right edge has x1 > 1
    """
    claims = _claims(object_map, least, wraps)
    return [region for region, _, rival in claims if rival == 0 and region.label in labels]


def outlined(found: Sequence[Region], regions: Sequence[Region], wraps: bool = False) -> list[Region]:
    """The detector's boxes of one frame, joined with regions from the maps, of labels that it has no name for.

    Where both see one thing the stronger name stays. If that is the map's, it takes the outline of the detector's best
    box there: a cello looks enough like a violin to be boxed as one. Returns the boxes, strongest first.
    """
    boxes = list(found)
    for region in regions:
        there = [box for box in boxes if inside(region, box, wraps) > SAME_PLACE]
        if any(box.score >= region.score for box in there):
            continue
        outline = max((box for box in there if box.score >= OUTLINE), key=lambda box: box.score, default=region)
        boxes = [box for box in boxes if box not in there and inside(box, region, wraps) <= SAME_PLACE]
        boxes.append(outline._replace(label=region.label, score=region.score))
    return sorted(boxes, key=lambda box: -box.score)


def one_name_per_place(
    object_map: NDArray[np.floating], named: Collection[Region] = (), wraps: bool = False
) -> NDArray[np.floating]:
    """Explain the weaker of two names for one thing away: a place that is a guitar with 0.9 is a banjo with a tenth of
    what its own map says.

    object_map : (label, row, column), 0-1
    named      : the frame's boxes, named over time: what lies in a box of its own name goes before all that does not,
                 and what a box of another name is drawn around gives way to that
    wraps      : the frame is 360° wide

    Returns a map of the same shape; only regions that reach 0.5 and lie where another label has its place change.
    """
    settled = object_map.copy()
    for region, mask, rival in _claims(object_map, 0.5, wraps, named):
        settled[region.label][mask] *= 1 - rival
    return settled


def near(box: Region, other: Region, wraps: bool) -> Region:
    """`other`, in frames 360° wide as many turns away from where it is as bring it nearest to `box`."""
    turns = round((box.x0 + box.x1 - other.x0 - other.x1) / 2) if wraps else 0
    return other._replace(x0=other.x0 + turns, x1=other.x1 + turns) if turns else other


def inside(box: Region, other: Region, wraps: bool = False) -> float:
    """How much of a box lies in another one, 0-1."""
    other = near(box, other, wraps)
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return max(width, 0.0) * max(height, 0.0) / ((box.x1 - box.x0) * (box.y1 - box.y0))


def _claims(
    object_map: NDArray[np.floating], least: float, wraps: bool, named: Collection[Region] = ()
) -> list[tuple[Region, NDArray[np.bool_], float]]:
    """All regions of one frame: box, mask, and how strong another label is that has the same place, 0 where there is
    none. Strongest first, before all others those that lie in a box of their own name."""
    candidates = []
    for label in np.flatnonzero(object_map.max(axis=(1, 2), initial=0) >= least).tolist():
        for peak, mask in _parts(object_map[label], least, wraps):
            region = Region(label, peak, *_sides(mask, wraps))
            boxed = any(box.label == label and inside(region, box, wraps) > SAME_PLACE for box in named)
            candidates.append((boxed, region, mask))
    candidates.sort(key=lambda candidate: (-candidate[0], -candidate[1].score))
    claims: list[tuple[Region, NDArray[np.bool_], float]] = []
    for boxed, region, mask in candidates:
        rivals = [0.0]
        if not boxed:
            rivals += [
                other.score
                for other, place, rival in claims
                if rival == 0 and other.label != region.label and _shared(mask, place) > SAME_PLACE
            ]
            rivals += [box.score for box in named if iou(region, near(region, box, wraps)) > SAME_BOX]
        claims.append((region, mask, max(rivals)))
    return claims


def _parts(places: NDArray[np.floating], least: float, wraps: bool) -> list[tuple[float, NDArray[np.bool_]]]:
    """Peak and mask of one label's regions: the component around the peak, then around the highest of what is left."""
    left = places.copy()
    least = max(least, SECOND_TO_FIRST * float(left.max()))
    parts = []
    while len(parts) < MOST_PER_LABEL and (peak := float(left.max())) >= least:
        components, _ = ndimage.label(left >= PART_OF_PEAK * peak, structure=np.ones((3, 3)))
        if wraps:
            for first, last in components[:, [0, -1]]:
                if first and last:
                    components[components == last] = first
        mask = components == components[np.unravel_index(left.argmax(), left.shape)]
        parts.append((peak, mask))
        left[mask] = 0
    return parts


def _shared(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return (one & other).sum() / min(one.sum(), other.sum())


def _sides(mask: NDArray[np.bool_], wraps: bool) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a mask (row, column), as fractions."""
    height, width = mask.shape
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    empty = np.flatnonzero(~mask.any(axis=0))
    if wraps and len(empty) and columns[0] == 0 and columns[-1] == width - 1:
        columns = np.array([empty[-1] + 1, width + empty[0] - 1])
    return (
        float(columns[0] / width),
        float(rows[0] / height),
        float((columns[-1] + 1) / width),
        float((rows[-1] + 1) / height),
    )
