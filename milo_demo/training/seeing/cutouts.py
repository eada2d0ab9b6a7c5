"""Instruments without their background: two photos in five lie on white paper, which can be made transparent.

Such cut-outs know their own outline, so that a scene they are pasted into (`scenes`) has exact boxes for free.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo

WHITE = 235
PAPER = 0.9
"""Share of the photo's edge that must be white: else there is a room around the instrument."""
EQUAL = 0.5
"""Pieces at least so large as the largest count as further instruments of the kind; less is a caption or a part."""
MOST = 4
MAIN = 0.85
"""Share of the instruments among all that is not paper: less, and it is an exploded drawing or a catalogue."""
LARGEST = 0.8
"""Share of the photo that may be instrument: more is a close-up."""
ROUNDER = 1.7
"""A piece so many times as round as its kind's median is a case, a player or a caption."""
LEAST_PX = 24


@dataclass(frozen=True)
class Cutout:
    """kind: as a photo's; pixels (height, width, 4), uint8: red, green, blue and opacity, without empty edges;
    roundness: 0 for a line, 1 for a disc."""

    kind: str
    pixels: NDArray[np.uint8]
    roundness: float


def find(album: list[Photo]) -> list[Cutout]:
    """The cut-outs among the photos with an instrument, odd ones left out."""
    by_kind: dict[str, list[Cutout]] = defaultdict(list)
    for photo in album:
        if photo.kind is not None:
            by_kind[photo.kind] += cut(np.array(photos.read(photo.path)), photo.kind)
    kept = []
    for found in filter(None, by_kind.values()):
        usual = float(np.median([cutout.roundness for cutout in found]))
        kept += [cutout for cutout in found if cutout.roundness <= ROUNDER * usual]
    return kept


def cut(photo: NDArray[np.uint8], kind: str) -> list[Cutout]:
    """The instruments, mostly one, on a photo (height, width, 3) with white paper around them; none where it is not
    that simple."""
    return [_piece(photo, mask, kind) for mask in _instruments(photo)]


def boxes(photo: NDArray[np.uint8], label: str) -> list[Detection]:
    """The same instruments' boxes."""
    height, width = photo.shape[:2]
    places = [_place(mask) for mask in _instruments(photo)]
    return [
        Detection(
            LABELS.index(label), 1.0, across.start / width, down.start / height, across.stop / width, down.stop / height
        )
        for down, across in places
    ]


def _instruments(photo: NDArray[np.uint8]) -> list[NDArray[np.bool_]]:
    """Where each instrument is, (height, width)."""
    if not on_paper(photo):
        return []
    opaque = opacity(photo) > 0
    pieces = _numbered(ndimage.binary_closing(opaque, iterations=2))
    count = int(pieces.max())
    sizes = ndimage.sum_labels(opaque, pieces, np.arange(1, count + 1))
    if not count:
        return []
    chosen = np.flatnonzero(sizes >= EQUAL * sizes.max())
    if len(chosen) > MOST or not MAIN * sizes.sum() <= sizes[chosen].sum() <= LARGEST * opaque.size:
        return []
    masks = [opaque & (pieces == 1 + index) for index in chosen.tolist()]
    return [mask for mask in masks if max(side.stop - side.start for side in _place(mask)) >= LEAST_PX]


def on_paper(photo: NDArray[np.uint8]) -> bool:
    """Does a photo (height, width, 3) show white paper all around?"""
    white = photo.min(axis=2) > WHITE
    return bool(np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]]).mean() >= PAPER)


def _piece(photo: NDArray[np.uint8], mask: NDArray[np.bool_], kind: str) -> Cutout:
    rows, columns = np.nonzero(mask)
    place = _place(mask)
    short, long = np.linalg.eigvalsh(np.cov(np.stack([rows, columns])))
    pixels = np.dstack([photo[place], np.where(mask[place], 255, 0).astype(np.uint8)])
    return Cutout(kind, pixels, float(np.sqrt(max(short, 0.0) / max(long, 1e-9))))


def _place(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns that a mask fills."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def opacity(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3) -> (height, width), 0-255: 0 where near-white is connected to the photo's edge."""
    regions = _numbered(photo.min(axis=2) > WHITE)
    edge = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    return np.where(np.isin(regions, edge[edge > 0]), 0, 255).astype(np.uint8)


def _numbered(mask: NDArray) -> NDArray[np.int32]:
    """The connected regions of a mask (row, column), bool, each by a number of its own, from 1; 0 outside of it."""
    numbers = np.empty(mask.shape, np.int32)
    ndimage.label(mask, output=numbers)
    return numbers
