"""Boxes from object maps: connected regions, one name per place, for what the detector has no name for.

A weakly trained map (Liu 2018, chapter 4) marks an instrument's characteristic part rather than its outline; so does
the box around it, unless the detector has drawn one there under another name.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from milo_demo.geometry import Detection, ioa, iou
from milo_demo.instruments import LABELS

PART_OF_PEAK = 0.2
"""A region reaches as far as the map stays above this part of its peak; chosen on photos of guitars with boxes."""
SECOND_TO_FIRST = 0.5
"""A further region of the same label, a second player, needs at least this part of the first one's peak."""
MOST_PER_LABEL = 4
OUTLINE = 0.25
"""A detector's box needs this score to lend its outline."""
SAME_PLACE = 0.5
"""Two labels whose regions share more than this part of the smaller one name one thing: the stronger name stays."""
HILL = 0.35
"""Standard deviation of what a box adds to its map, as a part of the box's sides."""
FAINTEST = 0.02
"""What is added to a map within a box: where it says nothing, the box's middle is the best guess."""
UNBOXED = 0.5
"""Of the surest box of a name: as high as that name's map reaches where none of its boxes is."""
SAME_BOX = 0.4
"""A region whose box overlaps a box of another name this much (IoU) shows the same thing."""


def median_filtered(object_maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The maps without what flashes up, or fails, for a single step: the median of every step and its two neighbours.

    object_maps : (step, ...)
    """
    return ndimage.median_filter(object_maps, size=(3, *[1] * (object_maps.ndim - 1)), mode="nearest")


def regions(
    object_map: NDArray[np.floating],
    least: float = 0.5,
    labels: Collection[int] = range(len(LABELS)),
    wraps: bool = False,
) -> list[Detection]:
    """Boxes around the places of one frame where something is seen, strongest first.

    object_map : (label, row, column), 0-1
    least      : a region's peak must reach this
    labels     : which labels' regions to give; the others' still take the places where they are stronger
    wraps      : the frame is 360° wide: what goes on beyond its right edge has x1 > 1
    """
    claims = _claims(object_map, least, wraps)
    return [region for region, _, rival in claims if rival == 0 and region.label in labels]


def join(
    found: Sequence[Detection], object_map: NDArray[np.floating], unboxed: Collection[int], wraps: bool = False
) -> list[Detection]:
    """All that is in one frame: the detector's boxes, and the map's regions for the labels that it has no name for.

    found      : the detector's boxes
    object_map : (label, row, column), 0-1
    unboxed    : those labels, by index

    Where both see one thing the stronger name stays. If that is the map's, it takes the outline of the detector's best
    box there: a cello looks enough like a violin to be boxed as one. Returns the boxes, strongest first.
    """
    boxes = list(found)
    for region in regions(object_map, OUTLINE, unboxed, wraps):
        around = (ioa([region], boxes, wraps)[0] > SAME_PLACE).tolist()
        there = [box for box, is_there in zip(boxes, around, strict=True) if is_there]
        if any(box.score >= region.score for box in there):
            continue
        outline = max((box for box in there if box.score >= OUTLINE), key=lambda box: box.score, default=region)
        within = (ioa(boxes, [region], wraps)[:, 0] > SAME_PLACE).tolist()
        boxes = [box for box, *same in zip(boxes, around, within, strict=True) if not any(same)]
        boxes.append(outline._replace(label=region.label, score=region.score))
    return sorted(boxes, key=lambda box: -box.score)


def one_name_per_place(
    object_map: NDArray[np.floating], named: Collection[Detection] = (), wraps: bool = False
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


def in_boxes(
    object_map: NDArray[np.floating], named: Collection[Detection], wraps: bool = False
) -> NDArray[np.floating]:
    """Bring maps and boxes to say one thing: what is boxed has heat in its box, as high as the surer of both is, and
    less where no box of its name is.

    object_map : (label, row, column), 0-1
    named      : the frame's boxes

    Within a box the map keeps its shape as far as it has one there, and is drawn towards the box's middle.
    """
    agreed = object_map.copy()
    rows, columns = object_map.shape[1:]
    y, x = (np.arange(rows)[:, None] + 0.5) / rows, (np.arange(columns) + 0.5) / columns
    for label in {box.label for box in named}:
        own = [box for box in named if box.label == label]
        agreed[label] = np.minimum(agreed[label], UNBOXED * max(box.score for box in own))
        for box in own:
            middle_x, middle_y = box.middle
            # A cell at least: the hill of a smaller box may lie between all cells.
            width, height = max(box.x1 - box.x0, 1 / columns), max(box.y1 - box.y0, 1 / rows)
            across = x - middle_x
            if wraps:
                across = (across + 0.5) % 1 - 0.5
            down = y - middle_y
            hill = np.exp(-((across / (HILL * width)) ** 2 + (down / (HILL * height)) ** 2) / 2)
            within = (np.abs(across) <= width / 2) & (np.abs(down) <= height / 2)
            score = max(box.score, object_map[label][within].max(initial=0))
            shape = hill * (object_map[label] + FAINTEST)
            agreed[label] = np.maximum(agreed[label], score * shape / shape.max())
    return agreed


def _claims(
    object_map: NDArray[np.floating], least: float, wraps: bool, named: Collection[Detection] = ()
) -> list[tuple[Detection, NDArray[np.bool_], float]]:
    """All regions of one frame: box, mask, and how strong another label is that has the same place, 0 where there is
    none. Strongest first, before all others those that lie in a box of their own name."""
    candidates = []
    for label in np.flatnonzero(object_map.max(axis=(1, 2), initial=0) >= least).tolist():
        for peak, mask in _parts(object_map[label], least, wraps):
            region = Detection(label, peak, *_sides(mask, wraps))
            own = [box for box in named if box.label == label]
            boxed = bool((ioa([region], own, wraps) > SAME_PLACE).any())
            candidates.append((boxed, region, mask))
    candidates.sort(key=lambda candidate: (-candidate[0], -candidate[1].score))
    claims: list[tuple[Detection, NDArray[np.bool_], float]] = []
    for boxed, region, mask in candidates:
        rivals = [0.0]
        if not boxed:
            rivals += [
                other.score
                for other, place, rival in claims
                if rival == 0 and other.label != region.label and _shared(mask, place) > SAME_PLACE
            ]
            overlaps = iou([region], list(named), wraps)[0].tolist()
            rivals += [box.score for box, overlap in zip(named, overlaps, strict=True) if overlap > SAME_BOX]
        claims.append((region, mask, max(rivals)))
    return claims


def _parts(places: NDArray[np.floating], least: float, wraps: bool) -> list[tuple[float, NDArray[np.bool_]]]:
    """Peak and mask of one label's regions: the component around the peak, then around the highest of what is left."""
    left = places.copy()
    least = max(least, SECOND_TO_FIRST * float(left.max()))
    parts = []
    while len(parts) < MOST_PER_LABEL and (peak := float(left.max())) >= least:
        components = np.zeros(left.shape, np.int32)
        ndimage.label(left >= PART_OF_PEAK * peak, structure=np.ones((3, 3)), output=components)
        if wraps:
            for row in range(len(components)):
                first, last = components[row, [0, -1]]  # as they are by now: a row above may have joined them to others
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
