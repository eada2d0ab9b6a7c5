"""What an eye says of pictures, and how much of it is right.

A place is asked for as S2 asks it (Liu 2018, section 4.3.2), of weak maps and of boxes alike: for every instrument that
truly is in a picture, does the point that its name points at lie in one of its boxes (a hit: the peak of its map, or
the centre of its surest box), and does the region of that name overlap one of them with IoU > 0.5?
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from milo_demo.geometry import Detection, contains, iou
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.seeing.closer import TIMES, look_closer
from milo_demo.seeing.detect import Eye, detect, look, named
from milo_demo.seeing.regions import join, regions

SIDES_PX = SIDE_PX, TIMES * SIDE_PX
LEAST = 0.02
"""Regions of maps below this do not count towards average precision; boxes end at their own least."""


@dataclass(frozen=True)
class Prediction:
    """What one eye says of one picture.

    size  : width and height of the picture as the eye was given it, pixels
    maps  : (label, row, column), 0-1
    boxes : of the box head, and from the maps for what it has no name for, as the program joins them; surest first
    others : (other,), 0-1, how surely it shows what is outside the taxonomy
    """

    size: tuple[int, int]
    maps: NDArray[np.float32]
    boxes: list[Detection]
    others: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def map_scores(self) -> NDArray[np.float32]:
        """How surely each label is seen, by its map's peak: (label,), 0-1."""
        return self.maps.max(axis=(1, 2))

    @property
    def box_scores(self) -> NDArray[np.float64]:
        """How surely each label is seen, by its surest box: (label,), 0-1; 0 without any."""
        surest = np.zeros(len(LABELS))
        for box in self.boxes:
            surest[box.label] = max(surest[box.label], box.score)
        return surest

    @property
    def regions(self) -> list[Detection]:
        """The maps' own regions, one name per place, the surest first."""
        return regions(self.maps, LEAST)


class Place(NamedTuple):
    """A point and a region of one name in one picture."""

    x: float
    y: float
    region: Detection


def predict(eye: Eye, pictures: Iterable[Image.Image], likely: Collection[int] = ()) -> Iterator[Prediction]:
    """Let an eye look at pictures, one by one, as it looks at a clip's frames; `likely` as in `detect.named`."""
    for picture in pictures:
        [maps], [boxes], _, [others], *_ = look(np.array(picture), eye, likely)
        yield Prediction(picture.size, maps, boxes, others)


def predict_twice(eye: Eye, pictures: Iterable[Image.Image]) -> Iterator[Prediction]:
    """The same with second looks: pictures are `closer.TIMES` as large as what is looked at first."""
    for picture in pictures:
        views = {side: np.array(picture.resize(_fitted(picture, side), Image.Resampling.BOX)) for side in SIDES_PX}
        [sight] = detect([views[SIDE_PX]], eye)
        maps = sight.maps[0].copy()
        found = look_closer(maps, sight.found[0], views.__getitem__, eye)
        [sight] = named([sight._replace(maps=maps[None], found=[found], views=[views.__getitem__])], eye)
        boxes = join(sight.found[0], maps, eye.unboxed)
        yield Prediction(picture.size, maps, boxes, sight.others[0])


def _fitted(picture: Image.Image, side_px: int) -> tuple[int, int]:
    scale = side_px / max(picture.size)
    return round(picture.width * scale), round(picture.height * scale)


def peak(one_map: NDArray[np.floating]) -> tuple[float, float]:
    """x and y of the middle of the cell in which a map (row, column) is highest, as fractions."""
    rows, columns = one_map.shape
    row, column = divmod(int(one_map.argmax()), columns)
    return (column + 0.5) / columns, (row + 0.5) / rows


def by_maps(seen: Prediction, labels: Iterable[int]) -> dict[int, Place]:
    """Where the maps say that each label is, asked by name: peak, and the region around it."""
    places = {}
    for label in labels:
        only = np.where(np.arange(len(LABELS))[:, None, None] == label, seen.maps, 0)
        if found := regions(only, least=1e-9):
            places[label] = Place(*peak(seen.maps[label]), found[0])
    return places


def by_boxes(boxes: Sequence[Detection], labels: Iterable[int]) -> dict[int, Place]:
    """The same of boxes: the surest of each label and its centre; labels without any have no place."""
    places = {}
    for label in labels:
        if own := [box for box in boxes if box.label == label]:
            surest = max(own, key=lambda box: box.score)
            places[label] = Place(*surest.middle, surest)
    return places


def located(truth: Sequence[Detection], places: Mapping[int, Place]) -> tuple[list[bool], list[bool]]:
    """Of one picture, for each label that truly is there: is it hit, and overlapped with IoU > 0.5?"""
    hits, overlaps = [], []
    for label in sorted({box.label for box in truth}):
        own, place = [box for box in truth if box.label == label], places.get(label)
        hits.append(place is not None and contains(own, place.x, place.y))
        overlaps.append(place is not None and bool((iou([place.region], own) > 0.5).any()))
    return hits, overlaps
