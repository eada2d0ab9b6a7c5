"""The sense of sight: a clip's picture in, what is seen in it out."""

from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Media, ModelUsed
from milo_demo.features.cuts import Shots
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX, STEPS_PER_S, steps_in
from milo_demo.instruments import LABELS
from milo_demo.maps import one_peak
from milo_demo.media import decode, sphere
from milo_demo.media.decode import Picture
from milo_demo.models.trunk import CHANNELS
from milo_demo.outside import LOOKS
from milo_demo.seeing import detect
from milo_demo.seeing.closer import WORTH, look_again
from milo_demo.seeing.closeups import View
from milo_demo.seeing.detect import Eye, Sight
from milo_demo.seeing.likely import likely, raised
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
    cuts   : the steps at which a new shot begins; the beginning is not among them
    first  : the step at which the picture begins
    features : (step, 1280), the mean of what the trunk makes of each frame in which there is a picture
    others : (step, other), 0-1, of the same frames: how surely they show what is outside the taxonomy (`outside.LOOKS`)
    """

    maps: NDArray[np.float32]
    boxes: list[dict[int, Detection]]
    labels: tuple[str, ...]
    models: tuple[ModelUsed, ...]
    cuts: tuple[int, ...] = ()
    first: int = 0
    features: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, CHANNELS), np.float16))
    others: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, len(LOOKS)), np.float32))


class Onlooker(Protocol):
    """Somebody who looks at a clip together with the eye, so that it is decoded once for both.

    per_step : pictures of each step that it wants to see
    """

    per_step: int

    def pass_by(self, picture: Picture) -> None:
        """The next picture; the first of every step is the one that the eye looks at."""
        ...

    def look(self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]) -> None:
        """What the eye has looked at in the next few steps, RGB (height, width, 3), and the boxes that it has found."""
        ...


class _Nobody:
    """An onlooker who does not look."""

    per_step = 1

    def pass_by(self, picture: Picture) -> None: ...

    def look(self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]) -> None: ...


NOBODY = _Nobody()


def watch(
    video: Path, media: Media, threshold: float, onlooker: Onlooker = NOBODY, heard: Collection[str] = ()
) -> Generator[float, None, Seen]:
    """Look at a normalised clip, step by step; yield the fraction done, return what is seen.

    threshold : score from which a box is shown, 0-1
    onlooker  : is shown all pictures, from the first to the last step in which there is one
    heard     : labels of what is known to sound in it: of these, doubtful boxes count for more, see `likely`

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
    eye, shots, wraps, expected = detect.load(), Shots(), media.is_spherical, likely(heard)
    side_px = sphere.FRAME_PX if wraps else SIDE_PX
    first, count = with_picture(media)
    rate_hz = onlooker.per_step * STEPS_PER_S
    pictures = (picture for _, picture in decode.pictures(video, rate_hz, first / STEPS_PER_S, count / STEPS_PER_S))
    views: deque[View] = deque()
    large = not wraps and max(media.width, media.height) >= WORTH * side_px
    frames = shots.tap(_frames(pictures, side_px, onlooker, views if large else None))
    if wraps:
        sights = look_around(frames, eye, likely=expected)
    else:
        sights = detect.detect(frames, eye)
        sights = look_again(sights, iter(views.popleft, None), eye) if large else sights
        sights = detect.named(sights, eye, expected)
    maps, found, features, others, *_ = yield from _collect(sights, count, onlooker)
    found = [raised(boxes, expected) for boxes in found]
    boxes = settle(maps, found, eye, shots.cuts(), threshold, wraps)
    before, after = first, steps_in(media.duration_s) - first - count
    if before or after:  # nothing is seen where there is no picture
        maps = np.pad(maps, [(before, after), (0, 0), (0, 0), (0, 0)])
        boxes = [*({} for _ in range(before)), *boxes, *({} for _ in range(after))]
    labels = tuple(LABELS[label] for label in sorted(eye.mapped))
    return Seen(maps, boxes, labels, eye.used, tuple(first + cut for cut in shots.cuts()), first, features, others)


def with_picture(media: Media) -> tuple[int, int]:
    """The first step of a clip in which there is a picture, and how many there are; at least one."""
    steps = steps_in(media.duration_s)
    end = steps if media.picture_to_s is None else min(steps, steps_in(media.picture_to_s))
    first = min(int(media.picture_from_s * STEPS_PER_S), end - 1)
    return first, end - first


def settle(
    maps: NDArray[np.float32],
    found: Sequence[Sequence[Detection]],
    eye: Eye,
    cuts: Sequence[int],
    threshold: float = 0.5,
    wraps: bool = False,
) -> list[dict[int, Detection]]:
    """Bring single looks to agree with each other over time, and maps with boxes.

    maps  : (step, label, row, column), 0-1, as the eye gives them; changed in place
    found : per step, its boxes, down to very doubtful ones
    cuts  : the steps at which a new shot begins

    Returns per step the boxes that are shown, by the number of the player.
    """
    for label in range(maps.shape[1]):  # one by one: a long clip's maps are the largest thing in memory
        maps[:, label] = median_filtered(maps[:, label])
    joined = [join(*step, eye.unboxed, wraps) for step in zip(found, maps, strict=True)]
    boxes = tracks(joined, cuts, wraps, threshold)
    for step, shown in enumerate(boxes):
        named = one_name_per_place(maps[step], shown.values(), wraps)
        # As the record keeps them: what a saved one shows is what was decided on.
        maps[step] = one_peak(in_boxes(named, shown.values(), wraps))
    return boxes


def _frames(
    pictures: Iterable[Picture],
    side_px: int,
    onlooker: Onlooker,
    views: deque[View] | None,
) -> Iterator[NDArray[np.uint8]]:
    """The first picture of every step, RGB (height, width, 3), while the onlooker sees them all. `views` takes those of
    the steps, to be looked at in any size."""
    for number, picture in enumerate(pictures):
        onlooker.pass_by(picture)
        if number % onlooker.per_step == 0:
            if views is not None:
                views.append(picture.rgb)
            yield picture.rgb(side_px)


def _collect(sights: Iterable[Sight], count: int, onlooker: Onlooker) -> Generator[float, None, Sight]:
    """All sights of a clip of `count` steps as one."""
    maps = np.zeros((count, len(LABELS), 0, 0), np.float32)
    found: list[list[Detection]] = []
    features, others = [np.zeros((0, CHANNELS), np.float16)], [np.zeros((0, len(LOOKS)), np.float32)]
    for sight in sights:
        if not found:
            maps = np.zeros((count, *sight.maps.shape[1:]), np.float32)
        maps[len(found) : len(found) + len(sight.maps)] = sight.maps
        onlooker.look(sight.frames, sight.found)
        found += sight.found
        features.append(sight.features)
        others.append(sight.others)
        yield len(found) / count
    return Sight(maps, found, np.concatenate(features), np.concatenate(others))
