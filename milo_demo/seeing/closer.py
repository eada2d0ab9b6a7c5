"""A second look, from closer, where the first one suspects something small.

A clip's frames are looked at as small as a thumbnail, and what is far away then fills a few cells. Where nothing is
sure, half the frame's width and height around what is likeliest is looked at once more, at twice the size: of guitars
in photos that fill half of a frame's height, average precision goes from .42 to .62 (`evaluation.seeing.frames`). To
cost a clip little, one step in PROBED is looked at so, and those after one in which it paid.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from milo_demo.geometry import Detection, Window
from milo_demo.grid import COUNTS, SIDE_PX, SURE
from milo_demo.seeing.closeups import LARGE_PX, View, each_once
from milo_demo.seeing.detect import Eye, Sight, detect

TIMES = LARGE_PX // SIDE_PX
"""So much larger is a frame from closer."""
WORTH = 1.5
"""So much larger, at least, a video has to be than what is looked at first: else there is nothing more to see."""
LARGEST = 0.5
"""Of the frame's width and height: what fills more needs no second look, and has no room in it."""
SUSPECTED, SUSPECTED_BY_MAP = 0.1, 0.05
"""Scores of a box, or of a map's peak where there is no box, from which somebody looks again."""
PROBED = 4
EDGE = 0.01
"""Of the frame: a box so near to the edge of what is looked at is cut by it."""


def look_again(sights: Iterable[Sight], views: Iterator[View], eye: Eye) -> Iterator[Sight]:
    """What is seen in a clip, with second looks where they help.

    sights : of flat frames with a long side of SIDE_PX, one per step
    views  : of the same frames, in the same order
    """
    step, paid = 0, False
    for sight in sights:
        maps, found = sight.maps.copy(), [list(boxes) for boxes in sight.found]
        larger = list(islice(views, len(found)))
        for number, view in enumerate(larger):
            if paid or step % PROBED == 0:
                before = _surest(found[number])
                found[number] = look_closer(maps[number], found[number], view, eye)
                paid = before < COUNTS <= _surest(found[number])
            step += 1
        yield sight._replace(maps=maps, found=found, views=larger)


def look_closer(maps: NDArray[np.float32], found: Sequence[Detection], view: View, eye: Eye) -> list[Detection]:
    """Look at a frame again where something small is suspected.

    maps  : (label, row, column), 0-1, of the frame; raised in place by what is seen from closer
    found : the detector's boxes in it, by its own scores: from close up what is far away is doubted

    Returns the boxes of both looks, strongest first.
    """
    window = suspected(maps, found)
    if window is None:
        return list(found)
    frame = view(LARGE_PX)
    height, width = frame.shape[:2]
    x0, y0 = round(window[0] * width), round(window[1] * height)
    [sight] = detect([frame[y0 : y0 + height // TIMES, x0 : x0 + width // TIMES]], eye)
    _raise(maps, sight.maps[0], window)
    return each_once([*found, *_moved(sight.found[0], window)])


def suspected(maps: NDArray[np.float32], found: Sequence[Detection]) -> Window | None:
    """Where to look again: around the likeliest box, or without one around the maps' peak; None where the likeliest is
    sure, or large, or nothing is suspected at all."""
    best = max(found, key=lambda box: box.score, default=None)
    if best is not None and best.score >= SUSPECTED:
        if best.score >= SURE or max(best.x1 - best.x0, best.y1 - best.y0) > LARGEST:
            return None
        return _around(*best.middle)
    peaks = maps.max(axis=0)
    if peaks.max() < SUSPECTED_BY_MAP:
        return None
    row, column = np.unravel_index(peaks.argmax(), peaks.shape)
    return _around((column + 0.5) / peaks.shape[1], (row + 0.5) / peaks.shape[0])


def _surest(boxes: Sequence[Detection]) -> float:
    return max((box.score for box in boxes), default=0.0)


def _around(x: float, y: float) -> Window:
    x0, y0 = (float(np.clip(middle - 0.5 / TIMES, 0, 1 - 1 / TIMES)) for middle in (x, y))
    return x0, y0, x0 + 1 / TIMES, y0 + 1 / TIMES


def _moved(boxes: Sequence[Detection], window: Window) -> list[Detection]:
    """Boxes of a window in fractions of the frame, without those that its edge cuts."""
    x0, y0, x1, y1 = window
    moved = []
    for box in (box.out_of(window) for box in boxes):
        cut = (box.x0 < x0 + EDGE and x0 > 0) or (box.y0 < y0 + EDGE and y0 > 0)
        cut = cut or (box.x1 > x1 - EDGE and x1 < 1) or (box.y1 > y1 - EDGE and y1 < 1)
        if not cut:
            moved.append(box)
    return moved


def _raise(maps: NDArray[np.float32], closer: NDArray[np.float32], window: Window) -> None:
    """Each cell of the frame's maps to the highest that is seen in it from closer, (label, row, column)."""
    x0, y0, x1, y1 = window
    (rows, columns), (height, width) = maps.shape[1:], closer.shape[1:]
    row = ((y0 + (y1 - y0) * (np.arange(height) + 0.5) / height) * rows).astype(int)
    column = ((x0 + (x1 - x0) * (np.arange(width) + 0.5) / width) * columns).astype(int)
    np.maximum.at(maps, np.ix_(np.arange(len(maps)), row, column), closer)
