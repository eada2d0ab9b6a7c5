"""What ear and eye know of sounds and photos of one label, to be put together to pairs: features, made once.

A photo becomes several pictures, as frames of a clip that pans and zooms would show it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from PIL import Image, ImageEnhance
from torch import Tensor

from milo_demo.features.patches import patches
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import PatchNet
from milo_demo.models.trunk import Trunk
from milo_demo.training.hearing.mixtures import Mixtures
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo

VIEWS = 4
"""Pictures of each training photo."""
SIDES_PX = 192, 320
"""Long side of a picture."""


class Features(NamedTuple):
    """Features (n, …) of what shows or plays each label: indices (n,)."""

    values: Tensor
    labels: Tensor


@torch.inference_mode()
def of_photos(album: Sequence[Photo], trunk: Trunk, rng: Generator, views: int = VIEWS) -> Features:
    """Of photos with a label of ours: values (photo, view, 1280)."""
    known = [photo for photo in album if photo.kind in LABELS]
    seen = [
        torch.stack([of_picture(view, trunk) for view in filmed(photos.read(photo.path), rng, views)])
        for photo in known
    ]
    return Features(torch.stack(seen), torch.tensor([LABELS.index(photo.kind or "") for photo in known]))


@torch.inference_mode()
def of_picture(picture: Image.Image, trunk: Trunk) -> Tensor:
    """The mean of a picture's coarse features: (1280,)"""
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
    return trunk(pixels).coarse.mean(dim=(0, 2, 3))


def filmed(photo: Image.Image, rng: Generator, count: int) -> Iterator[Image.Image]:
    """A photo as `count` frames of a clip: other parts of it, other light, sometimes the other way round."""
    mirrored = rng.random() < 0.5
    for _ in range(count):
        width, height = photo.size
        part = rng.uniform(0.65, 1.0)
        left, top = (rng.uniform(0, side * (1 - part)) for side in photo.size)
        frame = photo.crop((round(left), round(top), round(left + part * width), round(top + part * height)))
        scale = rng.uniform(*SIDES_PX) / max(frame.size)
        frame = frame.resize((max(32, round(frame.width * scale)), max(32, round(frame.height * scale))))
        if mirrored:
            frame = frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        frame = ImageEnhance.Brightness(frame).enhance(rng.uniform(0.6, 1.3))
        yield ImageEnhance.Contrast(frame).enhance(rng.uniform(0.7, 1.2))


@torch.inference_mode()
def of_sounds(draws: Mixtures, classifier: PatchNet, batches: int, batch: int = 32) -> Features:
    """Of solos in rooms, from `draws`: values (n, 1024)."""
    found, labels = [], []
    for number in range(batches):
        sound, truth = draws.draw(batch, hardness=number / batches, size=1)
        plays = (truth == 1).any(dim=2)
        pictures = patches(sound)
        features = classifier.embed(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]).mean(dim=1)
        solo = plays.sum(dim=1) == 1
        found.append(features[solo].cpu())
        labels.append(plays[solo].float().argmax(dim=1).cpu())
    return Features(torch.cat(found), torch.cat(labels))
