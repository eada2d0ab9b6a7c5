"""Instruments of which there are few photos, and what looks like an instrument that MILO knows but is another.

The photos of `photos.NEW` that are kept apart: from places on the web that no photo in the training comes from.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.evaluation.table import Figure, Table, by_row, share
from milo_demo.instruments import LABELS
from milo_demo.training.seeing.photos import NEW, Photo

SURE = 0.5


def kept(album: Sequence[Photo]) -> tuple[list[Photo], list[Photo]]:
    """Of an album, the new photos of our labels, and those of look-alikes."""
    new = [photo for photo in album if photo.collection in NEW]
    return [photo for photo in new if photo.kind in LABELS], [photo for photo in new if photo.kind not in LABELS]


def measure(album: Sequence[Photo], seen: Mapping[str, Sequence[Prediction]]) -> Table:
    """How often the maps' strongest name is the photo's, and how often a sure box has it, or another; by label too.

    seen : "ours" and "teacher" -> what is said of each photo
    """
    names = [LABELS.index(photo.kind) for photo in album if photo.kind]
    found: dict[str, dict[str, Figure]] = {}
    for who, of in (("maps", "ours"), ("teacher", "teacher")):
        strongest = [int(one.map_scores.argmax()) for one in seen[of]]
        found[who] = {"new photos: top-1": share(np.equal(strongest, names))}
    sure = [{box.label for box in one.boxes if box.score >= SURE} for one in seen["ours"]]
    right = [name in boxed for name, boxed in zip(names, sure, strict=True)]
    wrong = [bool(boxed - {name}) for name, boxed in zip(names, sure, strict=True)]
    found["boxes"] = {"new photos: right box": share(right), "new photos: wrong box": share(wrong)}
    for label in sorted(set(names)):
        of_label = [is_right for is_right, name in zip(right, names, strict=True) if name == label]
        found["boxes"][f"new photos: right box, {LABELS[label]}"] = share(of_label)
    return by_row(found)


def look_alikes(seen: Sequence[Prediction]) -> Table:
    """How often a look-alike is boxed as one of ours, and how often the maps name it one."""
    boxed = [bool(one.boxes) and one.boxes[0].score >= SURE for one in seen]
    mapped = [bool(one.map_scores.max() >= SURE) for one in seen]
    return {"look-alikes: any name at 0.5": {"boxes": share(boxed), "maps": share(mapped)}}
