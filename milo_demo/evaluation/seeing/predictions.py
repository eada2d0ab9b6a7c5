"""What an eye says of pictures, and how much of it is right: everything else in `seeing.detect` is reading folders.

A place is asked for as S2 asks it (Liu 2018, section 4.3.2), of weak maps and of boxes alike: for every instrument that
truly is in a picture, does the point that its name points at lie in one of its boxes (a hit: the peak of its map, or
the centre of its surest box), and does the region of that name overlap one of them with IoU > 0.5?
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from milo_demo.geometry import Detection, iou
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import Found
from milo_demo.models.object_map import NO_LABEL
from milo_demo.models.trunk import STRIDE_PX
from milo_demo.seeing.detect import Eye, see
from milo_demo.seeing.regions import OUTLINE, outlined, regions

LEAST = 0.02
"""Regions of maps below this do not count towards average precision; boxes end at their own least."""
CENTRE = 0.25, 0.25, 0.75, 0.75


@dataclass(frozen=True)
class Look:
    """What one eye says of one picture.

    size  : width and height of the picture as the eye was given it, pixels
    maps  : (label, row, column), 0-1
    boxes : of the box head, and from the maps for what it has no name for, as the program joins them; surest first
    """

    size: tuple[int, int]
    maps: NDArray[np.float32]
    boxes: list[Detection]

    @property
    def scores(self) -> NDArray[np.float32]:
        """How surely each label is seen, by its map: (label,), 0-1."""
        return self.maps.max(axis=(1, 2))

    @property
    def regions(self) -> list[Detection]:
        """The maps' own regions, one name per place, the surest first."""
        return regions(self.maps, LEAST)


class Place(NamedTuple):
    """A point and a region of one name in one picture."""

    x: float
    y: float
    region: Detection


class NoBoxes(nn.Module):
    """In the place of a box head: the teacher has none."""

    row_label = range(len(LABELS))

    def find(self, features: object, maps: Tensor, size: tuple[int, int]) -> list[Found]:
        """Nothing, in each picture of a batch."""
        return [Found(torch.zeros(0, dtype=torch.long), torch.zeros(0), torch.zeros(0, 4, device=maps.device))] * len(
            maps
        )


def look(eye: Eye, pictures: Iterable[Image.Image]) -> Iterator[Look]:
    """Let an eye look at pictures, one by one, as it looks at a clip's frames."""
    unboxed = set(eye.objects.row_label.tolist()) - {NO_LABEL} - set(eye.boxes.row_label)
    for picture in pictures:
        (seen,) = see([np.array(picture)], eye)
        boxes = outlined(seen.found[0], regions(seen.maps[0], OUTLINE, unboxed))
        yield Look(picture.size, seen.maps[0], boxes)


def by_maps(look: Look, labels: Iterable[int]) -> dict[int, Place]:
    """Where the maps say that each label is, asked by name: peak, and the region around it."""
    places = {}
    rows, columns = look.maps.shape[1:]
    for label in labels:
        row, column = np.unravel_index(look.maps[label].argmax(), (rows, columns))
        only = np.where(np.arange(len(LABELS))[:, None, None] == label, look.maps, 0)
        if found := regions(only, least=1e-9):
            places[label] = Place((column + 0.5) / columns, (row + 0.5) / rows, found[0])
    return places


def by_boxes(boxes: Sequence[Detection], labels: Iterable[int]) -> dict[int, Place]:
    """The same of boxes: the surest of each label and its centre; labels without any have no place."""
    surest = {
        label: max((b for b in boxes if b.label == label), key=lambda b: b.score, default=None) for label in labels
    }
    return {label: Place((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2, b) for label, b in surest.items() if b is not None}


def located(truth: Sequence[Detection], places: dict[int, Place]) -> tuple[list[bool], list[bool]]:
    """Of one picture, for each label that truly is there: is it hit, and overlapped with IoU > 0.5?"""
    hits, overlaps = [], []
    for label in sorted({box.label for box in truth}):
        own, place = [box for box in truth if box.label == label], places.get(label)
        hits.append(place is not None and inside(place.x, place.y, own))
        overlaps.append(place is not None and best(place.region, own) > 0.5)
    return hits, overlaps


def centred(truth: Sequence[Detection]) -> list[Detection]:
    """A guess: whatever is there (it is told) fills the middle of the picture."""
    return [Detection(label, 0.5, *CENTRE) for label in sorted({box.label for box in truth})]


def on_cells(truth: Sequence[Detection], size: tuple[int, int]) -> list[Detection]:
    """The truth as well as a map can say it: sides moved outwards to its cells. size : width and height, pixels"""
    width, height = (-(-length // STRIDE_PX) for length in size)
    return [
        Detection(
            box.label,
            1.0,
            np.floor(box.x0 * width) / width,
            np.floor(box.y0 * height) / height,
            np.ceil(box.x1 * width) / width,
            np.ceil(box.y1 * height) / height,
        )
        for box in truth
    ]


def inside(x: float, y: float, boxes: Sequence[Detection]) -> bool:
    """Is the point in one of the boxes?"""
    return any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in boxes)


def best(region: Detection, boxes: Sequence[Detection]) -> float:
    """The region's largest IoU with one of the boxes."""
    return max(iou(region, box) for box in boxes)
