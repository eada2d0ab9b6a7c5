"""What is counted of what eyes say of pictures (`predictions`): each a table, who says it by the columns' names.

seen : "ours", "teacher" and, where the photos allow it, "folds" -> what that eye says of each picture. Of ours, boxes
       and maps are looked at apart; the teacher has no boxes; of the folds only the boxes are their own
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.seeing import baselines, coco, predictions
from milo_demo.evaluation.seeing.predictions import Place, Prediction
from milo_demo.evaluation.table import Figure, Table, by_row, share
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing.photos import Photo

SURE = 0.5
FEW_PHOTOS = ("cello", "bassoon", "french_horn")
HEADS = {"boxes": "ours", "folds": "folds"}
"""Column -> whose box head stands in it."""

Seen = Mapping[str, Sequence[Prediction]]


def compare(name: str, truth: Sequence[Sequence[Detection]], seen: Seen) -> Table:
    """Boxes, maps, the teacher's maps, a guess and the maps' ceiling on pictures whose boxes are known.

    truth : the boxes of each picture
    """
    ours, sizes = seen["ours"], [one.size for one in seen["ours"]]
    heads = {who: [one.boxes for one in seen[of]] for who, of in HEADS.items() if of in seen}
    guess = [baselines.centred(boxes) for boxes in truth]
    ceiling = [baselines.on_cells(boxes, size) for boxes, size in zip(truth, sizes, strict=True)]
    regions = {"maps": [one.regions for one in ours], "teacher": [one.regions for one in seen["teacher"]]}
    drawn = heads | regions | {"centre": guess, "cells": ceiling}

    asked = [sorted({box.label for box in boxes}) for boxes in truth]
    places: dict[str, Iterable[dict[int, Place]]] = {
        who: map(predictions.by_boxes, boxes, asked) for who, boxes in drawn.items()
    }
    places["maps"] = map(predictions.by_maps, ours, asked)
    places["teacher"] = map(predictions.by_maps, seen["teacher"], asked)

    found: dict[str, dict[str, Figure]] = {}
    for who, boxes in drawn.items():
        bounds = coco.intervals(truth, boxes, sizes) if who in heads else {}
        precisions = coco.figures(truth, boxes, sizes)
        found[who] = {figure: Figure(value, None, bounds.get(figure)) for figure, value in precisions.items()}
        found[who] |= _located(truth, places[who])
    return by_row({who: _under(name, figures) for who, figures in found.items()})


def named(name: str, labels: Sequence[str], seen: Seen) -> Table:
    """How often the strongest label is the photo's own, and how often that one reaches 0.5.

    labels : of each photo
    """
    asked = np.array([LABELS.index(label) for label in labels])
    found: dict[str, dict[str, Figure]] = {}
    for who, scores in surest(seen).items():
        own = scores[np.arange(len(asked)), asked]
        found[who] = {"top-1": share((scores.argmax(axis=1) == asked) & (own > 0)), "score at 0.5": share(own >= SURE)}
        for label in FEW_PHOTOS:
            of_label = own[asked == LABELS.index(label)]
            if len(of_label):
                found[who][f"mean {label} score"] = Figure(float(np.mean(of_label)), len(of_label))
    return by_row({who: _under(name, figures) for who, figures in found.items()})


def recall(name: str, label: str, truth: Sequence[Sequence[Detection]], seen: Seen) -> Table:
    """How often a label reaches 0.5 in pictures that have any box."""
    there = np.array([len(boxes) > 0 for boxes in truth])
    scores = {who: found[there, LABELS.index(label)] for who, found in surest(seen).items()}
    return {f"{name}: {label} at 0.5": {who: share(found >= SURE) for who, found in scores.items()}}


def false_alarms(album: Sequence[Photo], seen: Seen) -> Table:
    """How often anything is seen where nothing is, by collection and in all."""
    collections = np.array([photo.collection for photo in album])
    found: dict[str, dict[str, Figure]] = {}
    for who, scores in surest(seen).items():
        alarms = scores.max(axis=1) >= SURE
        found[who] = {name: share(alarms[collections == name]) for name in dict.fromkeys(collections.tolist())}
        found[who]["all"] = share(alarms)
    return by_row({who: _under("false alarms", figures) for who, figures in found.items()})


def surest(seen: Seen) -> dict[str, NDArray[np.floating]]:
    """How surely each label is seen in each picture, (picture, label), by who looks: the surest box, or the map's
    peak."""
    scores: dict[str, NDArray[np.floating]] = {
        "maps": np.stack([one.map_scores for one in seen["ours"]]),
        "teacher": np.stack([one.map_scores for one in seen["teacher"]]),
    }
    return scores | {who: np.stack([one.box_scores for one in seen[of]]) for who, of in HEADS.items() if of in seen}


def _located(truth: Sequence[Sequence[Detection]], places: Iterable[dict[int, Place]]) -> dict[str, Figure]:
    """Hits and overlaps of all instruments in all pictures."""
    hits, overlaps = zip(*map(predictions.located, truth, places), strict=True)
    return {"hit": share(np.concatenate(hits).astype(bool)), "IoU > 0.5": share(np.concatenate(overlaps).astype(bool))}


def _under(name: str, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    return {f"{name}: {figure}": value for figure, value in figures.items()}
