"""The eye on 360° video: every view around the camera is looked at, and what they show is put together on the sphere.

Views overlap, so most instruments are seen more than once, some of them cut by a view's edge. Boxes show one thing
where they cover each other on the sphere; the one that shows it whole stays. All of it is reckoned with solid angles,
to which the frame's seam and poles are places like any other. The result is what `seeing.detect.see` gives for
flat frames, in fractions of the equirectangular frame.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, tee

import numpy as np
from numpy.typing import NDArray

from milo_demo.geometry import Detection
from milo_demo.media import sphere
from milo_demo.media.sphere import VIEWS, View
from milo_demo.seeing.detect import Eye, Sight, detect, named

ROWS, COLUMNS = 24, 48
"""Cells of the object maps: 7.5° each, two of a view's own."""

AT_ONCE = 2
"""Views in a batch: eight are no faster and take 430 MB more."""

SAME_IOU, SAME_PLACE_IOU = 0.45, 0.7
"""Boxes of two views with one name, or with two, that overlap this much show one thing."""
PIECE, PIECES = 0.6, 0.3
"""Where one of two boxes, or both, are cut by their views' edges, they show one thing if this part of the one lies in
the other."""
CUT_WORTH = 0.5
"""A box that is cut gives way to a whole one whose score is more than this part of its own."""
EDGE = 8 / sphere.VIEW_PX
"""A box that comes this close to the edge of its view, one cell of the box head, is taken as cut."""


def look_around(
    frames: Iterable[NDArray[np.uint8]], eye: Eye, chosen: Sequence[View] = VIEWS, likely: Collection[int] = ()
) -> Iterator[Sight]:
    """Look at a 360° clip of any length, frame by frame.

    frames : equirectangular RGB (height, width, 3), `sphere.FRAME_PX` wide, one per step of the analysis grid
    likely : labels, by index, of which very doubtful boxes are looked at from close up as well

    Yields what is seen in one frame after the other: maps (1, label, ROWS, COLUMNS) and boxes in fractions of the
    frame, x1 > 1 across its seam. About a second a frame on two cores, and close-ups besides.
    """
    frames, shown = tee(frames)
    looks = (_together(detect(sphere.views(frame, chosen), eye, AT_ONCE)) for frame in shown)
    for frame, seen in zip(frames, named(looks, eye, likely, turns=len(chosen)), strict=True):
        maps, around = frame_map(seen.maps, chosen)[None], merged(seen.found, chosen)
        known = seen.features.mean(axis=0, keepdims=True, dtype=np.float32).astype(np.float16)
        yield Sight(maps, [around], known, seen.others.max(axis=0, keepdims=True), [frame])


def _together(sights: Iterable[Sight]) -> Sight:
    """What is seen in all views of one frame."""
    maps, found, features, others, views, _ = zip(*sights, strict=True)
    maps, features, others = (np.concatenate(part) for part in (maps, features, others))
    return Sight(maps, [*chain(*found)], features, others, [*chain(*views)])


def frame_map(maps: NDArray[np.float32], chosen: Sequence[View] = VIEWS) -> NDArray[np.float32]:
    """The views' maps (view, label, row, column) in one map of the frame (label, ROWS, COLUMNS): the strongest of all
    that is seen in a cell."""
    cells, starts = _cells(tuple(chosen), *maps.shape[2:])
    seen = maps.transpose(1, 0, 2, 3).reshape(maps.shape[1], -1)
    return np.maximum.reduceat(seen[:, cells], starts, axis=1).reshape(-1, ROWS, COLUMNS)


def merged(found: Sequence[Sequence[Detection]], chosen: Sequence[View] = VIEWS) -> list[Detection]:
    """The boxes of all views, each thing once, in fractions of the frame and strongest first.

    found : per view, boxes in fractions of it
    """
    sights = [(view, region) for view, regions in enumerate(found) for region in regions]
    if not sights:
        return []
    views, regions = zip(*sights, strict=True)
    boxes = np.array([region.sides for region in regions])
    scores = np.array([region.score for region in regions])
    cut = np.any(np.concatenate([boxes[:, :2] <= EDGE, boxes[:, 2:] >= 1 - EDGE], axis=1), axis=1)
    same, rivals = _relations(np.array(views), np.array([region.label for region in regions]), boxes, cut, chosen)
    left = np.argsort(-scores * np.where(cut, CUT_WORTH, 1), kind="stable").tolist()
    things = []
    while left:
        first = left.pop(0)
        others = [other for other in left if same[first, other]]
        left = [other for other in left if not same[first, other] and not rivals[first, other]]
        shown = [first]
        if cut[first]:  # of what no view shows whole, its pieces are put together
            shown += [other for other in others if scores[other] >= CUT_WORTH * scores[first]]
        sides = sphere.around([sphere.frame_box(chosen[views[one]], *boxes[one]) for one in shown])
        things.append(Detection(regions[first].label, float(scores[[first, *others]].max()), *sides))
    return sorted(things, key=lambda thing: -thing.score)


def _relations(
    views: NDArray[np.int64],
    labels: NDArray[np.int64],
    boxes: NDArray[np.float64],
    cut: NDArray[np.bool_],
    chosen: Sequence[View],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the boxes (box, 4) show one thing by one name, and which by two, both (box, box). Two of one view show
    two things: the eye has told them apart."""
    areas, shares = sphere.overlaps([chosen[view] for view in views], boxes)
    shared = shares * areas[:, None]
    shared = (shared + shared.T) / 2
    iou = shared / (areas[:, None] + areas - shared)
    either, both = cut[:, None] | cut, cut[:, None] & cut
    pieces = either & (np.maximum(shares, shares.T) >= np.where(both, PIECES, PIECE))
    named_same, seen_apart = labels[:, None] == labels, views[:, None] != views
    same = (iou >= SAME_IOU) | pieces
    return same & named_same & seen_apart, (iou >= SAME_PLACE_IOU) & ~named_same & seen_apart


@lru_cache(maxsize=4)
def _cells(chosen: tuple[View, ...], rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which cells of all views' maps, numbered (view, row, column), lie in which of the frame's: their numbers, sorted
    by the frame's cells, and where each of those begins."""
    # The middle of every cell of a view lies in a cell of the frame, so that no peak is lost, and the other way round,
    # so that no cell of the frame stays empty.
    y, x = np.meshgrid(*((np.arange(count) + 0.5) / count for count in (ROWS, COLUMNS)), indexing="ij")
    directions = sphere.vectors(360 * x - 180, 90 - 180 * y)
    down, across = np.meshgrid(*((np.arange(count) + 0.5) / count for count in (rows, columns)), indexing="ij")
    pairs = []
    for number, view in enumerate(chosen):
        azimuth, elevation = sphere.angles(sphere.rays(view, across, down))
        column, row = (azimuth / 360 + 0.5) * COLUMNS % COLUMNS // 1, (0.5 - elevation / 180) * ROWS // 1
        pairs.append(
            (row * COLUMNS + column, np.arange(rows * columns).reshape(rows, columns) + number * rows * columns)
        )
        seen_x, seen_y = sphere.places(view, directions)
        inside = (seen_x >= 0) & (seen_x < 1) & (seen_y >= 0) & (seen_y < 1)
        cell = (number * rows + seen_y[inside] * rows // 1) * columns + seen_x[inside] * columns // 1
        pairs.append((np.flatnonzero(inside), cell))
    unique = np.unique(np.concatenate([np.stack(pair, axis=-1).reshape(-1, 2) for pair in pairs]).astype(int), axis=0)
    return unique[:, 1], np.flatnonzero(np.diff(unique[:, 0], prepend=-1))
