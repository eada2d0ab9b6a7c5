"""Photos with one word each: what the eye learns from (the data's images/ folder; see its README for sources).

A photo says *that* an instrument is there, never where. They are split by photo, nearly the same ones together; two
more collections are kept for the report and never seen here (`evaluation.seeing.report`).
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS, label_of

COLLECTIONS = ("kaggle30/train", "kaggle30/val", "jray10", "caltech101", "pacs")
NEW = ("new/in_taxonomy", "new/outsiders")
"""What the collections lack: instruments that have few photos anywhere, and their look-alikes."""
BY_HAND = Path(__file__).with_name("boxes_by_hand.csv")
REPORTED = "kaggle30/val"
"""Its photos are kept for the report, with those of the other collections that are nearly the same."""
EMPTY = ("scenes", "background_google", "person")
"""Folders without instruments: negatives, and places to paste instruments into."""
RENAMED = {"marakas": "maraca"}
"""Folders whose kind the teacher knows under another name."""
PARTS = ("train", "calibrate", "report")
SHARES = {True: (6, 1, 1), False: (2, 1, 1)}
"""Parts of the photos with and without an instrument: false alarms must be rare, which few photos cannot show."""
FOLDS = ("first", "second")
"""Halves of the photos with boxes: each is looked at by a network that has not seen it."""
THUMBNAIL_PX = 16
SAME = 8.0
"""Root mean square difference of two thumbnails, 0-255, below which they show one thing."""
RESEMBLES = 12.0
"""The same, below which a photo may show what a reported one does, mirrored or with other margins: one too many that
is not trained on costs nothing."""
PAPER = 240
"""Colours from which on a margin is white."""


@dataclass(frozen=True)
class Photo:
    """kind: one of our labels, else the class folder's own name (sitar, maracas …), or None without an instrument."""

    path: Path
    kind: str | None
    collection: str

    @property
    def source(self) -> str:
        """Of the collections NEW, the repository that the photo was found in."""
        return "__".join(self.path.stem.split("__")[:2])


class BoxedPhoto(NamedTuple):
    """A photo with boxes drawn by hand, none where it shows no instrument."""

    path: Path
    boxes: list[Detection]


def fold(photo: BoxedPhoto) -> str:
    """Which of the FOLDS a photo with boxes is in, by its name."""
    return FOLDS[hashlib.sha256(photo.path.name.encode()).digest()[0] % len(FOLDS)]


def find(data: Path) -> list[Photo]:
    """All photos to learn from, in a stable order. Raises MiloError where there are none."""
    images = Path(data) / "images"
    photos = [Photo(path, None, "scenes") for path in sorted((images / "scenes").glob("*.jpg"))]
    for collection in COLLECTIONS + NEW:
        for path in sorted((images / collection).glob("*/*.jpg")):
            name = path.parent.name
            kind = None if name in EMPTY else label_of(name, "photos") or RENAMED.get(name, name)
            photos.append(Photo(path, kind, collection))
    if not photos:
        raise MiloError(f"{images} holds no photos: point --data at the training data.")
    return photos


def boxed(data: Path) -> list[BoxedPhoto]:
    """Photos of people with guitars, and without (guitar_boxes; YOLO's text: class, centre, size as fractions). Raises
    MiloError where there are none."""
    folder = Path(data) / "images" / "guitar_boxes"
    guitar = LABELS.index("guitar")
    found = []
    for path in sorted((folder / "images").glob("*")):
        lines = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="utf-8").splitlines()
        places = [[float(part) for part in line.split()[1:]] for line in lines if line.strip()]
        boxes = [Detection(guitar, 1.0, x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in places]
        found.append(BoxedPhoto(path, boxes))
    if not found:
        raise MiloError(f"{folder} holds no photos: point --data at the training data.")
    return found


def boxed_by_hand(data: Path) -> dict[Path, list[Detection]]:
    """Boxes, to a few per cent, of the photos of NEW that show more than an instrument on white paper."""
    found: dict[Path, list[Detection]] = {}
    with BY_HAND.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            sides = (int(line[side]) / 100 for side in ("left", "top", "right", "bottom"))
            box = Detection(LABELS.index(line["label"]), 1.0, *sides)
            found.setdefault(Path(data) / "images" / "new" / line["photo"], []).append(box)
    return found


def split(album: list[Photo]) -> dict[str, list[Photo]]:
    """The photos of each of PARTS, chosen by name; what looks like another photo, or comes from the same place on the
    web, goes where that one goes. What resembles a reported photo in a mirror or without its margins is in none."""
    whole, trimmed, mirrored = _thumbnails(album)
    together = (_apart(whole, whole) < SAME) | _same_source(album)
    _, groups = connected_components(csr_matrix(together), directed=False)
    number: dict[int, int] = {}
    kept: set[int] = set()
    for group, photo in zip(groups.tolist(), album, strict=True):
        if photo.collection == REPORTED:
            kept.add(group)
        digest = int.from_bytes(hashlib.sha256(photo.path.name.encode()).digest()[:4], "big")
        number[group] = min(number.get(group, digest), digest)
    parts: dict[str, list[Photo]] = {part: [] for part in PARTS}
    for group, photo in zip(groups.tolist(), album, strict=True):
        shares = SHARES[photo.kind is not None]
        drawn = PARTS[int(np.searchsorted(np.cumsum(shares), number[group] % sum(shares), side="right"))]
        parts["report" if group in kept else drawn].append(photo)
    report = set(parts["report"])
    reported = np.array([photo in report for photo in album])
    alike = (_apart(views, other[reported]) < RESEMBLES for views in (whole, trimmed) for other in (trimmed, mirrored))
    strange = dict(zip(album, ~np.any([near.any(axis=1) for near in alike], axis=0), strict=True))
    parts["train"] = [photo for photo in parts["train"] if strange[photo]]
    return parts


def _thumbnails(album: list[Photo]) -> tuple[NDArray[np.float32], ...]:
    """Of the photos as they are, without white margins, and that in a mirror: (photo, value) each."""
    size = (THUMBNAIL_PX, THUMBNAIL_PX)
    views = []
    for photo in album:
        image = read(photo.path)
        trimmed = image.crop(image.convert("L").point([255 * (value < PAPER) for value in range(256)]).getbbox())
        views.append([np.array(one.resize(size)).ravel() for one in (image, trimmed, ImageOps.mirror(trimmed))])
    return tuple(np.array(views, np.float32).swapaxes(0, 1))


def _apart(ones: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square differences of thumbnails: (one, other)."""
    squares = (ones**2).mean(axis=1)[:, None] + (others**2).mean(axis=1) - 2 / ones.shape[1] * (ones @ others.T)
    return np.sqrt(squares.clip(min=0))


def _same_source(album: list[Photo]) -> NDArray[np.bool_]:
    """Which photos of NEW come from one place on the web: (photo, photo)."""
    sources = np.array([photo.source if photo.collection in NEW else "" for photo in album])
    return (sources[:, None] == sources) & (sources != "")


def read(path: Path, long_side_px: int | None = None) -> Image.Image:
    """An RGB photo, its long side resized if asked for."""
    image = Image.open(path).convert("RGB")
    if long_side_px is not None:
        scale = long_side_px / max(image.size)
        width, height = (max(16, round(side * scale)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    return image


def tensor(image: Image.Image) -> Tensor:
    """(3, height, width), uint8."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def cropped(
    image: Image.Image, boxes: list[Detection], size: tuple[int, int], rng: np.random.Generator
) -> tuple[Image.Image, list[Detection]]:
    """A crop of half to all of a picture, its sides stretched by a third at most, mirrored at random, and its boxes as
    far as most of them lies within."""
    (width, height), (columns, rows) = image.size, size
    side = (width * height * rng.uniform(0.5, 1)) ** 0.5
    stretch = np.exp(rng.uniform(-0.2, 0.2)) * (columns / rows) ** 0.5
    w, h = min(width, side * stretch), min(height, side / stretch)
    x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
    picture = image.resize(size, Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
    mirrored = rng.random() < 0.5
    if mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    kept = []
    for box in boxes:
        x0, x1 = (min(max((edge * width - x) / w, 0.0), 1.0) for edge in (box.x0, box.x1))
        y0, y1 = (min(max((edge * height - y) / h, 0.0), 1.0) for edge in (box.y0, box.y1))
        inside = Detection(box.label, 1.0, x0, y0, x1, y1)
        if inside.area * w * h > 0.5 * box.area * width * height:
            kept.append(flipped(inside) if mirrored else inside)
    return picture, kept


def flipped(box: Detection) -> Detection:
    """Where a box lies in the picture's mirror image."""
    return box._replace(x0=1 - box.x1, x1=1 - box.x0)
