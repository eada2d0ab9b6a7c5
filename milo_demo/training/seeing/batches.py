"""The pictures that the eye learns from, without end: made scenes, photos, and photos with boxes drawn by hand.

Picture i is a function of the seed and of i, so that a run can be resumed.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import filmed, photos
from milo_demo.training.seeing.boxes import detection
from milo_demo.training.seeing.boxes.detection import Targets
from milo_demo.training.seeing.photos import BoxedPhoto, Photo
from milo_demo.training.seeing.scenes import Maker, developed

BATCH = 16
SIZES_PX = {
    (320, 192): 0.08, (192, 320): 0.07, (256, 256): 0.08, (384, 216): 0.19, (216, 384): 0.08, (384, 288): 0.2,
    (512, 288): 0.08, (512, 384): 0.06, (640, 360): 0.06, (640, 480): 0.07, (768, 432): 0.03,
}  # fmt: skip
"""Width and height of training pictures, one size a batch, and how often: what is found must not hang on it."""
CODED = 0.4
"""Share of batches that have been through a video codec."""
MADE = 0.6
"""Share of the training pictures that are made scenes; the rest are photos."""
EMPTY = 1 / 8
"""Share of those photos that are without an instrument."""
LARGE_ENOUGH = 0.05
"""Part of a made scene that an instrument's box must fill to be asked of the object map, whose evidence is averaged
over more of the picture than a smaller one fills."""


class PretrainingSet(Dataset):
    """Training pictures without end: made scenes, and photos of which nobody drew a box.

    album : the photos
    maker : of the scenes
    first : boxes of those photos that have any, guessed ones with scores below 1
    rows  : a label's index -> its row in the box head

    Gives (3, height, width) uint8; the box head's targets; and (label,) what the object map is asked: 1 there, 0 not
    there, -1 unknown. The size is the same throughout a batch.
    """

    def __init__(
        self, album: list[Photo], maker: Maker, first: dict[Path, list[Detection]], rows: dict[int, int], seed: int
    ) -> None:
        self.empty = [photo for photo in album if photo.kind is None]
        self.shown = [photo for photo in album if photo.kind is not None]
        self.maker, self.first, self.rows, self.seed = maker, first, rows, seed
        kinds = [photo.kind for photo in self.shown]
        count = Counter(kinds)
        # Rare kinds more often, but not as often as common ones; kinds outside the taxonomy half as often.
        share = np.array([(1.0 if kind in LABELS else 0.5) / count[kind] ** 0.5 for kind in kinds])
        self.share = share / share.sum()

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.seed, index))
        size = size_px(self.seed, index)
        return self._scene(index, size, rng) if rng.random() < MADE else self._photo(size, rng)

    def _scene(self, index: int, size: tuple[int, int], rng: np.random.Generator) -> tuple[Tensor, Targets, Tensor]:
        made = self.maker.scene(index, *filmed.inner_size(size, rng))
        picture, boxes = filmed.framed(made.picture, made.boxes, size, rng)
        shown = {LABELS.index(kind) for kind in made.kinds if kind in LABELS}
        large = {box.label for box in boxes if box.area >= LARGE_ENOUGH}
        asked = torch.zeros(len(LABELS))
        for label in shown:
            asked[label] = 1.0 if label in large else -1.0  # small, or mostly covered or outside: nobody can tell
        return photos.tensor(picture), self._targets(boxes, size), asked

    def _photo(self, size: tuple[int, int], rng: np.random.Generator) -> tuple[Tensor, Targets, Tensor]:
        if rng.random() < EMPTY:
            photo = self.empty[rng.integers(len(self.empty))]
        else:
            photo = self.shown[rng.choice(len(self.shown), p=self.share)]
        known = self.first.get(photo.path, [])
        inner = filmed.inner_size(size, rng)
        picture, boxes = photos.cropped(photos.read(photo.path), known, inner, rng)
        picture, boxes = filmed.framed(developed(picture, rng), boxes, size, rng)
        wanted = self._targets(boxes, size)
        asked = torch.zeros(len(LABELS))
        if photo.kind in LABELS:
            label = LABELS.index(photo.kind)
            asked[label] = 1.0
            if not (boxes and len(boxes) == len(known) and all(box.score == 1 for box in known)):
                # Where a box is a guess, or there is none, other places may hold the instrument as well.
                own = wanted.middle[self.rows[label]]
                own[own < 1] = -1
        return photos.tensor(picture), wanted, asked

    def _targets(self, boxes: list[Detection], size: tuple[int, int]) -> Targets:
        width, height = size
        return detection.targets(boxes, self.rows, height, width)


class BoxedSet(Dataset):
    """Pictures without end out of photos with boxes drawn by hand; gives what `PretrainingSet` does, and asks the
    object map nothing.

    rows : a label's index -> its row in the box head
    """

    def __init__(self, real: list[BoxedPhoto], rows: dict[int, int], seed: int) -> None:
        self.real, self.rows, self.seed = real, rows, seed

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.seed, index, 1))
        width, height = size = size_px(self.seed, index)
        photo = self.real[rng.integers(len(self.real))]
        inner = filmed.inner_size(size, rng)
        picture, boxes = photos.cropped(photos.read(photo.path), photo.boxes, inner, rng)
        picture, boxes = filmed.framed(developed(picture, rng), boxes, size, rng)
        wanted = detection.targets(boxes, self.rows, height, width)
        return photos.tensor(picture), wanted, torch.full((len(LABELS),), -1.0)


def size_px(seed: int, index: int) -> tuple[int, int]:
    """Width and height of training picture `index`: the same throughout a batch."""
    rng = np.random.default_rng((seed, index // BATCH))
    return list(SIZES_PX)[rng.choice(len(SIZES_PX), p=list(SIZES_PX.values()))]


def collated(items: list[tuple[Tensor, Targets, Tensor]]) -> tuple[Tensor, Targets, Tensor]:
    """A batch of what a set gives; some have been through a video codec, as all that the eye is for has."""
    pictures, wanted, asked = default_collate(items)
    rng = np.random.default_rng(int(pictures.sum()))
    return filmed.compressed(pictures, rng) if rng.random() < CODED else pictures, wanted, asked
