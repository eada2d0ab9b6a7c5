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

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.utils import resample

from milo_demo.evaluation.hearing.audio_metrics import CONFIDENCE, RESAMPLES
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS

STRICT, LOOSE = "AP@0.5:0.95", "AP@0.5"
SIZES = ("small", "medium", "large")


def coco(
    truth: Sequence[Sequence[Detection]], found: Sequence[Sequence[Detection]], sizes: Sequence[tuple[int, int]]
) -> dict[str, float]:
    """All figures, 0-1; those that nothing true speaks for are left out.

    truth, found : the boxes of each picture, found ones down to very doubtful scores
    sizes        : (width, height) of each picture, pixels, as the eye is given it
    """
    figures = _figures(_accumulated(_matched(truth, found, sizes)))
    nameless = [[[region._replace(label=0) for region in regions] for regions in boxes] for boxes in (truth, found)]
    any_name = _figures(_accumulated(_matched(*nameless, sizes)))
    return figures | {f"{name}, any name": any_name[name] for name in (LOOSE, STRICT) if name in any_name}


def intervals(
    truth: Sequence[Sequence[Detection]], found: Sequence[Sequence[Detection]], sizes: Sequence[tuple[int, int]]
) -> dict[str, tuple[float, float]]:
    """Of each figure but those of any name, the interval that 90 % of its values fall into when the pictures are drawn
    anew, with replacement. Takes ten seconds for some hundred pictures."""
    evaluator = _matched(truth, found, sizes)
    labels, ranges = len(evaluator.params.catIds), len(evaluator.params.areaRng)
    per_picture = np.array(evaluator.evalImgs, dtype=object).reshape(labels, ranges, len(truth))
    drawn: dict[str, list[float]] = {}
    for seed in range(RESAMPLES):
        evaluator.evalImgs = per_picture[:, :, resample(np.arange(len(truth)), random_state=seed)].ravel().tolist()
        for name, value in _figures(_accumulated(evaluator)).items():
            drawn.setdefault(name, []).append(value)
    tails = [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)]
    return {name: tuple(np.percentile(values, tails).tolist()) for name, values in drawn.items()}


def _matched(
    truth: Sequence[Sequence[Detection]], found: Sequence[Sequence[Detection]], sizes: Sequence[tuple[int, int]]
) -> COCOeval:
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


def _index(regions: Sequence[Sequence[Detection]], sizes: Sequence[tuple[int, int]], labels: set[int]) -> COCO:
    """The boxes as pycocotools keeps them."""
    boxes = []
    for picture, (found, (width, height)) in enumerate(zip(regions, sizes, strict=True)):
        for region in found:
            if region.label in labels:
                w, h = (region.x1 - region.x0) * width, (region.y1 - region.y0) * height
                boxes.append(
                    {
                        "id": len(boxes) + 1,  # 0 would mean that nothing matches
                        "image_id": picture,
                        "category_id": region.label,
                        "bbox": [region.x0 * width, region.y0 * height, w, h],
                        "area": w * h,
                        "iscrowd": 0,
                        "score": region.score,
                    }
                )
    index = COCO()
    index.dataset = {
        "images": [{"id": picture} for picture in range(len(regions))],
        "annotations": boxes,
        "categories": [{"id": label} for label in sorted(labels)],
    }
    index.createIndex()
    return index


def _accumulated(evaluator: COCOeval) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator.accumulate()
    return evaluator


def _figures(evaluator: COCOeval) -> dict[str, float]:
    """What an accumulated evaluator says, by name."""
    precision = evaluator.eval["precision"][..., 0]  # (demand, recall, label, size): -1 where nothing is true
    parts = {LOOSE: precision[0, :, :, 0], STRICT: precision[..., 0]}
    parts |= {f"{STRICT} {size}": precision[..., place] for place, size in enumerate(SIZES, start=1)}
    parts |= {
        f"{LOOSE} {LABELS[label]}": precision[0, :, place, 0] for place, label in enumerate(evaluator.params.catIds)
    }
    return {name: float(part[part >= 0].mean()) for name, part in parts.items() if (part >= 0).any()}
