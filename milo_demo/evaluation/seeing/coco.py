"""Average precision of boxes, as COCO defines it (Lin et al. 2014, https://cocodataset.org/#detection-eval) and
pycocotools computes it.

AP@0.5      : area under precision over recall (101 points) of a label, a box counting as right if it is the surest that
              overlaps a true one with IoU ≥ 0.5; averaged over the labels that truly occur
AP@0.5:0.95 : the same, averaged over ten such demands from 0.5 to 0.95; *small*, *medium* and *large* are the true
              boxes below 32², below 96² and above 96² pixels of the frame as the eye is given it
any name    : the same boxes, whatever they are called

Boxes of labels that truly occur in no picture count only for *any name*: there is nothing to average them into.
"""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from milo_demo.evaluation.intervals import Interval, bootstrap
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS

STRICT, LOOSE = "AP@0.5:0.95", "AP@0.5"
SIZES = ("small", "medium", "large")


Pictures = Sequence[Sequence[Detection]]
"""The boxes of each picture."""
Sizes = Sequence[tuple[int, int]]
"""Width and height of each picture, pixels, as the eye is given it."""


def figures(truth: Pictures, found: Pictures, sizes: Sizes) -> dict[str, float]:
    """All figures, 0-1; those that nothing true speaks for are left out.

    found : down to very doubtful scores
    """
    any_name = _figures(_matched(_nameless(truth), _nameless(found), sizes))
    renamed = {f"{name}, any name": any_name[name] for name in (LOOSE, STRICT) if name in any_name}
    return _figures(_matched(truth, found, sizes)) | renamed


def intervals(truth: Pictures, found: Pictures, sizes: Sizes) -> dict[str, Interval]:
    """Of each figure but those of any name, by drawing pictures anew. Takes ten seconds for some hundred pictures."""
    evaluator = _matched(truth, found, sizes)
    labels, ranges = len(evaluator.params.catIds), len(evaluator.params.areaRng)
    per_picture = np.array(evaluator.evalImgs, dtype=object).reshape(labels, ranges, len(truth))

    def measure(drawn: NDArray[np.intp]) -> dict[str, float]:
        evaluator.evalImgs = per_picture[:, :, drawn].ravel().tolist()
        return _figures(evaluator)

    return bootstrap(len(truth), measure)


def _nameless(pictures: Pictures) -> Pictures:
    """The same boxes under one label."""
    return [[box._replace(label=0) for box in boxes] for boxes in pictures]


def _matched(truth: Pictures, found: Pictures, sizes: Sizes) -> COCOeval:
    """Every picture's boxes compared; nothing counted yet."""
    if not len(truth) == len(found) == len(sizes):
        raise ValueError(f"{len(truth)} true, {len(found)} found, {len(sizes)} sizes: each picture needs all three")
    labels = {region.label for regions in truth for region in regions}
    if not labels:
        raise ValueError("none of the pictures truly has a box: there is no average precision")
    with contextlib.redirect_stdout(io.StringIO()):  # it tells every step
        evaluator = COCOeval(_index(truth, sizes, labels), _index(found, sizes, labels), "bbox")
        evaluator.params.maxDets = [100]
        evaluator.evaluate()
    return evaluator


def _index(pictures: Pictures, sizes: Sizes, labels: set[int]) -> COCO:
    """The boxes as pycocotools keeps them."""
    annotations = []
    for picture, (boxes, (width, height)) in enumerate(zip(pictures, sizes, strict=True)):
        for box in boxes:
            if box.label in labels:
                number = len(annotations) + 1  # 0 would mean that nothing matches
                annotations.append({"id": number, "image_id": picture, **_annotation(box, width, height)})
    dataset: Any = {  # what pycocotools reads of a data set; its types ask for more
        "images": [{"id": picture} for picture in range(len(pictures))],
        "annotations": annotations,
        "categories": [{"id": label} for label in sorted(labels)],
    }
    index = COCO()
    index.dataset = dataset
    index.createIndex()
    return index


def _annotation(box: Detection, width_px: int, height_px: int) -> dict[str, Any]:
    width, height = (box.x1 - box.x0) * width_px, (box.y1 - box.y0) * height_px
    return {
        "category_id": box.label,
        "bbox": [box.x0 * width_px, box.y0 * height_px, width, height],
        "area": width * height,
        "iscrowd": 0,
        "score": box.score,
    }


def _figures(evaluator: COCOeval) -> dict[str, float]:
    """What an evaluator says of what is matched, by name."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator.accumulate()
    precision = evaluator.eval["precision"][..., 0]  # (demand, recall, label, size): -1 where nothing is true
    parts = {LOOSE: precision[0, :, :, 0], STRICT: precision[..., 0]}
    parts |= {f"{STRICT} {size}": precision[..., place] for place, size in enumerate(SIZES, start=1)}
    parts |= {
        f"{LOOSE} {LABELS[label]}": precision[0, :, place, 0] for place, label in enumerate(evaluator.params.catIds)
    }
    return {name: float(part[part >= 0].mean()) for name, part in parts.items() if (part >= 0).any()}
