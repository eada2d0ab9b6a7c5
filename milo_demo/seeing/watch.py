"""The sense of sight: a clip's picture in, what is seen in it out."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Media, ModelUsed
from milo_demo.features.cuts import Shots
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX, STEPS_PER_S, steps_in
from milo_demo.instruments import LABELS
from milo_demo.maps import one_peak
from milo_demo.media import decode, sphere
from milo_demo.seeing import detect
from milo_demo.seeing.detect import Sight
from milo_demo.seeing.panorama import look_around
from milo_demo.seeing.regions import in_boxes, join, median_filtered, one_name_per_place
from milo_demo.seeing.tracking import tracks


@dataclass(frozen=True)
class Seen:
    """What is seen in a clip.

    maps   : (step, label, row, column), 0-1, where each instrument is, one name per place
    boxes  : per step, the boxes by the number of the player that each shows, over time, from 1
    labels : what can be seen at all; of other labels the eye knows nothing
    models : the networks that looked
    """

    maps: NDArray[np.float32]
    boxes: list[dict[int, Detection]]
    labels: tuple[str, ...]
    models: tuple[ModelUsed, ...]


def watch(video: Path, media: Media, threshold: float) -> Generator[float, None, Seen]:
    """Look at a normalised clip, step by step; yield the fraction done, return what is seen.

    threshold : score from which a box is shown, 0-1

    Raises MiloError where a checkpoint cannot be had or the clip has no picture.

    Examples
    --------
    >>> media = Media("duet", 1.0, 640, 360, 25.0, has_video=True, has_audio=True)
    >>> def seen():
    ...     told = yield from watch(Path("assets/examples/drawn_duet.mp4"), media, threshold=0.5)
    ...     print(sorted({LABELS[box.label] for box in told.boxes[0].values()}))
    >>> done = list(seen())
    ['guitar', 'harp']

    See also `detect.look`, for one picture, and `hearing.listen`, the other sense.
    """
    eye, shots, wraps = detect.load(), Shots(), media.is_spherical
    side_px = sphere.FRAME_PX if wraps else SIDE_PX
    first, count = _with_picture(media)
    frames = decode.frames(video, STEPS_PER_S, side_px, first / STEPS_PER_S, count / STEPS_PER_S)
    pictures = shots.tap(frame for _, frame in frames)
    sights = look_around(pictures, eye) if wraps else detect.see(pictures, eye)
    maps, found = yield from _collect(sights, count)
    for label in range(maps.shape[1]):  # one by one: a long clip's maps are the largest thing in memory
        maps[:, label] = median_filtered(maps[:, label])
    joined = [join(*step, eye.unboxed, wraps) for step in zip(found, maps, strict=True)]
    boxes = tracks(joined, shots.cuts(), wraps, threshold)
    for step, shown in enumerate(boxes):
        settled = one_name_per_place(maps[step], shown.values(), wraps)
        # As the record keeps them: what a saved one shows is what was decided on.
        maps[step] = one_peak(in_boxes(settled, shown.values(), wraps))
    before, after = first, steps_in(media.duration_s) - first - count
    if before or after:  # nothing is seen where there is no picture
        maps = np.pad(maps, [(before, after), (0, 0), (0, 0), (0, 0)])
        boxes = [*({} for _ in range(before)), *boxes, *({} for _ in range(after))]
    return Seen(maps, boxes, tuple(LABELS[label] for label in sorted(eye.mapped)), eye.used)


def _with_picture(media: Media) -> tuple[int, int]:
    """The first step of a clip in which there is a picture, and how many there are; at least one."""
    steps = steps_in(media.duration_s)
    end = steps if media.picture_to_s is None else min(steps, steps_in(media.picture_to_s))
    first = min(int(media.picture_from_s * STEPS_PER_S), end - 1)
    return first, end - first


def _collect(
    sights: Iterable[Sight], count: int
) -> Generator[float, None, tuple[NDArray[np.float32], list[list[Detection]]]]:
    """All sights of a clip of `count` steps as one: maps (step, label, row, column), and the boxes of every step."""
    maps = np.zeros((count, len(LABELS), 0, 0), np.float32)
    found: list[list[Detection]] = []
    for sight in sights:
        if not found:
            maps = np.zeros((count, *sight.maps.shape[1:]), np.float32)
        maps[len(found) : len(found) + len(sight.maps)] = sight.maps
        found += sight.found
        yield len(found) / count
    return maps, found
