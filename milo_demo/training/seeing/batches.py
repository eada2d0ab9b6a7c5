"""The pictures that the eye learns from, without end: made scenes, photos, and photos with boxes drawn by hand.

Picture i is a function of the seed and of i, so that a run can be resumed.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import detection, photos
from milo_demo.training.seeing.detection import Targets
from milo_demo.training.seeing.photos import BoxedPhoto, Photo
from milo_demo.training.seeing.scenes import Maker, developed

BATCH = 16
SIZES_PX = ((320, 192), (192, 320), (256, 256), (384, 216), (336, 336))
"""Width and height of training pictures, one size a batch."""
MADE = 0.65
"""Share of the training pictures that are made scenes; the rest are photos, an eighth of them empty."""
REAL = 0.25
"""Share of photos with boxes among the pictures of step 4."""
LARGE_ENOUGH = 0.05
"""Part of a made scene that an instrument's box must fill to be asked of the object map, whose evidence is averaged
over more of the picture than a smaller one fills."""


class PretrainingSet(Dataset):
    """Training pictures without end; picture i is a function of the seed and of i, so that a run can be resumed.

    Gives (3, height, width) uint8; the box head's targets; and per label what the object map is asked: 1 there, 0 not
    there, -1 unknown. The size is the same throughout a batch.
    """

    def __init__(self, album: list[Photo], maker: Maker, first: dict[Path, Detection], rows: dict[int, int], seed: int):
        self.empty = [photo for photo in album if photo.kind is None]
        self.shown = [photo for photo in album if photo.kind is not None]
        self.maker, self.first, self.rows, self.seed = maker, first, rows, seed
        count = Counter(photo.kind for photo in self.shown)
        # Rare kinds more often, but not as often as common ones; kinds outside the taxonomy half as often.
        share = np.array([(1.0 if p.kind in LABELS else 0.5) / count[p.kind] ** 0.5 for p in self.shown])
        self.share = share / share.sum()

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.seed, index))
        size = size_px(self.seed, index)
        asked = torch.zeros(len(LABELS))
        if rng.random() < MADE:
            made = self.maker.scene(index, *size)
            for box in made.boxes:
                large = (box.x1 - box.x0) * (box.y1 - box.y0) >= LARGE_ENOUGH
                asked[box.label] = max(float(asked[box.label]), 1.0) if large else asked[box.label] or -1.0
            for kind in made.kinds:  # what is covered or outside, mostly
                if kind in LABELS and not asked[LABELS.index(kind)]:
                    asked[LABELS.index(kind)] = -1.0
            return photos.tensor(made.picture), detection.targets(made.boxes, self.rows, *size[::-1]), asked
        photo = (
            self.empty[rng.integers(len(self.empty))]
            if rng.random() < 1 / 8
            else self.shown[rng.choice(len(self.shown), p=self.share)]
        )
        boxes = [self.first[photo.path]] if photo.path in self.first else []
        picture, boxes = photos.cropped(photos.read(photo.path), boxes, size, rng)
        wanted = detection.targets(boxes, self.rows, *size[::-1])
        if photo.kind in LABELS:
            asked[LABELS.index(photo.kind)] = 1.0
            # Where a box is a guess, or there is none, other places may hold the instrument as well.
            own = wanted.middle[self.rows[LABELS.index(photo.kind)]]
            own[own < 1] = -1
        return photos.tensor(developed(picture, rng)), wanted, asked


class FineTuningSet(Dataset):
    """A lesson in which some pictures are real photos with boxes drawn by hand."""

    def __init__(self, lesson: PretrainingSet, real: list[BoxedPhoto]) -> None:
        self.lesson, self.real = lesson, real

    def __len__(self) -> int:
        return len(self.lesson)

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.lesson.seed, index, 1))
        if rng.random() > REAL:
            return self.lesson[index]
        size = size_px(self.lesson.seed, index)
        photo = self.real[rng.integers(len(self.real))]
        picture, boxes = photos.cropped(photos.read(photo.path), photo.boxes, size, rng)
        picture = photos.tensor(developed(picture, rng))
        return picture, detection.targets(boxes, self.lesson.rows, *size[::-1]), torch.full((len(LABELS),), -1.0)


def size_px(seed: int, index: int) -> tuple[int, int]:
    """Width and height of training picture `index`: the same throughout a batch."""
    return SIZES_PX[np.random.default_rng((seed, index // BATCH)).integers(len(SIZES_PX))]
