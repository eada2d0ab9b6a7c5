"""Streams that say who plays, when and where, and their products, measured as the document does (Liu 2018, 4.3.3).

A stream has scores of every label at every step, either in space (step, label, row, column) or not (step, label).
Multiplied point by point they are the document's fusions (section 4.1.3).

when  : of every clip and label that is played in some of the clip's steps and not in others, the area under the ROC
        curve of the product's spatial maximum; the mean over a label's clips
where : at the steps at which a label is played, the distance from the product's peak to the nearest point at which the
        instrument is touched; the mean over a label's steps. Pixels of a picture with a long side of 256
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

SIDE_PX = 256


class Clip(NamedTuple):
    """streams : by name; those in space share their rows and columns
    touched : label -> per step, the points (n, 2) where it is played, x and y in pixels, none where it is not
    size    : width and height of the pictures, pixels, the longer one SIDE_PX
    """

    streams: dict[str, NDArray[np.floating]]
    touched: dict[int, list[NDArray[np.floating]]]
    size: tuple[int, int]


class Measured(NamedTuple):
    """auc : label -> of each clip; px : label -> of each step"""

    auc: dict[int, list[float]]
    px: dict[int, list[float]]


def measure(clips: Sequence[Clip], factors: Sequence[str]) -> Measured:
    """What the product of some streams says of when and where. A product without space says nothing of where."""
    auc, px = defaultdict(list), defaultdict(list)
    for clip in clips:
        for label, touched in clip.touched.items():
            product = fused([clip.streams[name][:, label] for name in factors])
            when = product.reshape(len(product), -1).max(axis=1)
            played = [len(points) > 0 for points in touched]
            if 0 < sum(played) < len(played):
                auc[label].append(float(roc_auc_score(played, when)))
            if product.ndim == 3:
                for place, points in zip(product, touched, strict=True):
                    if len(points):
                        px[label].append(distance(peak(place, clip.size), points))
    return Measured(dict(auc), dict(px))


def fused(parts: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """The point-wise product of streams of one label, (step, row, column) or (step,)."""
    in_space = any(part.ndim == 3 for part in parts)
    product = np.ones((), np.float32)
    for part in parts:
        product = product * (part[:, None, None] if in_space and part.ndim == 1 else part).astype(np.float32)
    return product


def peak(place: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float64]:
    """Where a map (row, column) of a picture is highest, (2,) x and y in pixels; of several places, their mean."""
    rows, columns = np.nonzero(place >= place.max())
    cells = np.array([columns.mean(), rows.mean()]) + 0.5
    return cells / np.array(place.shape[::-1]) * size


def distance(point: NDArray[np.floating], points: NDArray[np.floating]) -> float:
    """To the nearest of some points (equation 4.3), pixels."""
    return float(np.hypot(*(points - point).T).min())


def mean(found: dict[int, list[float]]) -> float:
    """Over labels, of the mean over each one's clips or steps; nan where there are none."""
    return float(np.mean([np.mean(values) for values in found.values()])) if found else float("nan")
