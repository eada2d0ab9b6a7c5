"""Photos with one word each: what the eye learns from (the data's images/ folder; see its README for sources).

A photo says *that* an instrument is there, never where. Whole collections are held out for choosing and calibrating,
because neighbours within a collection look alike; two more are kept for the report and never seen here
(`evaluation.seeing`).
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.instruments import label_of

COLLECTIONS = ("kaggle30/train", "jray10", "caltech101", "pacs")
HELD_OUT = "jray10"
EMPTY = ("scenes", "background_google", "person")
"""Folders without instruments: negatives, and places to paste instruments into."""
RENAMED = {"marakas": "maraca"}
"""Folders whose kind the teacher knows under another name."""


@dataclass(frozen=True)
class Photo:
    """kind: one of our labels, else the class folder's own name (sitar, maracas …), or None without an instrument."""

    path: Path
    kind: str | None
    collection: str


def find(data: Path) -> list[Photo]:
    """All photos for training and holding out, in a stable order. Raises MiloError where there are none."""
    images = Path(data) / "images"
    photos = [Photo(path, None, "scenes") for path in sorted((images / "scenes").glob("*.jpg"))]
    for collection in COLLECTIONS:
        for path in sorted((images / collection).glob("*/*.jpg")):
            name = path.parent.name
            kind = None if name in EMPTY else label_of(name, "photos") or RENAMED.get(name, name)
            photos.append(Photo(path, kind, collection))
    if not photos:
        raise MiloError(f"{images} holds no photos: point --data at the training data.")
    return photos


def held_out(photo: Photo) -> bool:
    """True for the held-out collection and for half of the photos without instruments, chosen by name."""
    if photo.kind is None:
        return hashlib.sha256(photo.path.name.encode()).digest()[0] % 2 == 0
    return photo.collection == HELD_OUT


def read(path: Path, long_side_px: int | None = None) -> Image.Image:
    """An RGB photo, its long side resized if asked for."""
    image = Image.open(path).convert("RGB")
    if long_side_px is not None:
        scale = long_side_px / max(image.size)
        image = image.resize(tuple(max(16, round(side * scale)) for side in image.size), Image.Resampling.BICUBIC)
    return image


def tensor(image: Image.Image) -> Tensor:
    """(3, height, width), uint8."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def augmented(
    photos: list[Image.Image], scene: Image.Image | None, side_px: int, rng: np.random.Generator
) -> Image.Image:
    """One training picture, side_px square: a crop of the one photo, or all photos made small within a scene; then
    light, blur and compression as a stage and a telephone have them."""
    picture = crop(photos[0] if scene is None else scene, side_px, rng)
    if scene is not None:
        for photo in photos:
            _paste(photo, picture, rng)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.4:
        picture = _stage_light(picture, rng)
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    if rng.random() < 0.5:
        memory = io.BytesIO()
        picture.save(memory, "JPEG", quality=int(rng.integers(20, 80)))
        picture = Image.open(memory)
    return picture


def crop(image: Image.Image, side_px: int, rng: np.random.Generator) -> Image.Image:
    """A crop of half to all of the area, its sides stretched by a third at most, resized to a square."""
    width, height = image.size
    side, stretch = (width * height * rng.uniform(0.5, 1)) ** 0.5, np.exp(rng.uniform(-0.3, 0.3))
    w, h = min(width, side * stretch), min(height, side / stretch)
    x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
    return image.resize((side_px, side_px), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))


def _paste(photo: Image.Image, scene: Image.Image, rng: np.random.Generator) -> None:
    """Put the photo anywhere into the scene, its long side 30 to 75 % of the scene's; white around it is left out."""
    scale = scene.width * rng.uniform(0.3, 0.75) / max(photo.size)
    small = photo.resize(tuple(max(16, round(length * scale)) for length in photo.size), Image.Resampling.BILINEAR)
    corner = tuple(int(rng.integers(0, scene.width - length + 1)) for length in small.size)
    scene.paste(small, corner, Image.fromarray(opacity(np.array(small))))


def opacity(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3) -> (height, width), 0-255: 0 where near-white is connected to the photo's edge."""
    white = photo.min(axis=2) > 235
    regions, _ = ndimage.label(white)
    edge = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    return np.where(np.isin(regions, edge[edge > 0]), 0, 255).astype(np.uint8)


def _stage_light(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A coloured spot somewhere in the dark."""
    side = picture.width
    rows, columns = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    distance = np.hypot(rows - rng.random(), columns - rng.random())
    spot = rng.uniform(0.1, 0.8) + np.exp(-((distance / rng.uniform(0.3, 1.0)) ** 2))
    tint = rng.uniform(0.6, 1.1, 3)
    return Image.fromarray((np.array(picture) * spot[..., None] * tint).clip(0, 255).astype(np.uint8))
