"""Instruments of which there are few photos, and what looks like an instrument that MILO knows but is another.

The photos of `photos.NEW` that are kept apart: from places on the web that no photo in the training comes from.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.evaluation.table import Figure, Table, by_row, share
from milo_demo.grid import COUNTS, SURE
from milo_demo.instruments import LABELS
from milo_demo.outside import LOOKS
from milo_demo.training.seeing.photos import NEW, Photo


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
    sure = [{box.label for box in one.boxes if box.score >= COUNTS} for one in seen["ours"]]
    right = [name in boxed for name, boxed in zip(names, sure, strict=True)]
    wrong = [bool(boxed - {name}) for name, boxed in zip(names, sure, strict=True)]
    found["boxes"] = {"new photos: right box": share(right), "new photos: wrong box": share(wrong)}
    for label in sorted(set(names)):
        of_label = [is_right for is_right, name in zip(right, names, strict=True) if name == label]
        found["boxes"][f"new photos: right box, {LABELS[label]}"] = share(of_label)
    return by_row(found)


def strangers(name: str, seen: Mapping[Photo, Prediction]) -> Table:
    """How well what MILO knows is told from what it does not by the surest box, AUROC; and how often a photo is said to
    look like something else (`outside.LOOKS`).

    name : of the photos
    seen : what is said of each; some show an instrument of ours, some another
    """
    truth = [photo.kind in LABELS for photo in seen]
    surest = [one.box_scores.max() for one in seen.values()]
    of_known = [_said(one) for photo, one in seen.items() if photo.kind in LABELS]
    others = [(photo.kind, _said(one)) for photo, one in seen.items() if photo.kind not in LABELS]
    right = [what is not None and kind in LOOKS[what] for kind, what in others]
    found = {
        "known from others, AUROC": Figure(float(roc_auc_score(truth, surest)), len(truth)),
        "others, looks like what it is": share(right),
        "others, looks like any": share([what is not None for _, what in others]),
        "known, looks like something else": share([what is not None for what in of_known]),
    }
    return {f"{name}: {row}": {"boxes": figure} for row, figure in found.items()}


def _said(seen: Prediction) -> str | None:
    """What the page says that a picture looks like."""
    if max(seen.map_scores.max(), seen.box_scores.max()) >= COUNTS or seen.others.max() < SURE:
        return None
    return list(LOOKS)[int(seen.others.argmax())]


def look_alikes(seen: Sequence[Prediction]) -> Table:
    """How often a look-alike is boxed as one of ours, and how often the maps name it one."""
    boxed = [bool(one.boxes) and one.boxes[0].score >= COUNTS for one in seen]
    mapped = [bool(one.map_scores.max() >= COUNTS) for one in seen]
    return {"look-alikes: any name at 0.5": {"boxes": share(boxed), "maps": share(mapped)}}
