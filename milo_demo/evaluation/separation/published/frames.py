"""Photos in place of a video's frames: what the eye says of pictures of those who play."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.seeing import detect
from milo_demo.training.seeing import photos

KEPT = ("report", "calibrate")
"""Parts of the photos, the first that has any of a label: none was trained on, and of French horns and recorders there
are only those that thresholds were set with."""


def seen(data: Path, labels: Collection[str], number: int) -> NDArray[np.float32]:
    """The eye's scores (label,) of a photo of each of some labels, the most of them as the document takes it (Nuotioma
    2024, section 3.1.1); of a label without a photo, as of the voice, 0.

    number : which of the photos
    """
    scores = np.zeros(len(LABELS), np.float32)
    for label in labels:
        if those := _photos(data).get(label):
            scores = np.maximum(scores, _scores(those[number % len(those)]))
    return scores


@cache
def _photos(data: Path) -> dict[str, list[Path]]:
    parts = photos.split(photos.find(data))
    found: dict[str, list[Path]] = {}
    for label in LABELS:
        found[label] = next((those for part in KEPT if (those := _of(parts[part], label))), [])
    return found


def _of(album: list[photos.Photo], label: str) -> list[Path]:
    return sorted(photo.path for photo in album if photo.kind == label)


@cache
def _scores(path: Path) -> NDArray[np.float32]:
    sight = detect.look(np.array(photos.read(path, SIDE_PX)), detect.load())
    scores = sight.maps[0].max(axis=(1, 2)).astype(np.float32)
    for box in sight.found[0]:
        scores[box.label] = max(scores[box.label], box.score)
    return scores
