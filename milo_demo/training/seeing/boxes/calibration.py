"""How sure a box is: how much the head's word and the map's count, and where 0.5 lies."""

from typing import NamedTuple

import numpy as np
import torch
from PIL.Image import Image
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from milo_demo.geometry import Detection, iou
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Candidates
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo
from milo_demo.training.seeing.scenes import Maker

SCENES = 300
"""Made scenes that the box head is calibrated on, beside the photos."""
WRONG = 3
"""So many of a picture's wrong boxes count in the calibration, the most convincing ones."""
RIGHT_IOU, WRONG_IOU = 0.5, 0.3
"""In made scenes: a box that overlaps a true one as much as this is right, one that overlaps each less is wrong."""
FALSE_ALARMS = 0.008
"""Share of held-out pictures without instruments in which any box may reach 0.5."""


class Picture(NamedTuple):
    """boxes: all that are on it, of a made scene; None of a photo. kind: a photo's (see `Photo`); None of a scene."""

    image: Image
    boxes: list[Detection] | None
    kind: str | None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.image.height, self.image.width

    @property
    def empty(self) -> bool:
        """Is it a photo without an instrument?"""
        return self.boxes is None and self.kind is None


@torch.inference_mode()
def calibrate(trunk: Trunk, objects: ObjectMap, heads: list[BoxHead], maker: Maker, album: list[Photo]) -> None:
    """Fit how much the head's and the map's word count, and where 0.5 is, on pictures kept from training.

    The weights are a logistic regression's between boxes that are right and those that are wrong, of made scenes, of
    photos (whose place is not known: the best box of the photo's label counts as right, those of others as wrong) and
    of pictures without instruments. The offset is the one with which FALSE_ALARMS of the latter have a box at 0.5.
    """
    where = next(trunk.parameters()).device
    pictures = [Picture(photos.read(photo.path, SIDE_PX), None, photo.kind) for photo in album]
    scenes = (maker.scene(number, SIDE_PX, SIDE_PX * 9 // 16) for number in range(SCENES))
    pictures += [Picture(scene.picture, scene.boxes, None) for scene in scenes]
    features = [trunk(photos.tensor(picture.image)[None].to(where)) for picture in pictures]
    maps = [objects(one.coarse)[0] for one in features]
    for head in heads:
        looks = zip(features, maps, pictures, strict=True)
        found = [head.candidates(one, seen, picture.size)[0] for one, seen, picture in looks]
        judged = [_judged(candidates, picture) for candidates, picture in zip(found, pictures, strict=True)]
        evidence, right = (torch.cat(parts) for parts in zip(*judged, strict=True))
        regression = LogisticRegression(class_weight="balanced").fit(evidence, right)
        head.gains.copy_(torch.from_numpy(regression.coef_[0]).clamp(min=0))
        nothing = [candidates.evidence for candidates, picture in zip(found, pictures, strict=True) if picture.empty]
        surest = torch.stack([(evidence @ head.gains).max() for evidence in nothing])
        head.offset.copy_(-surest.quantile(1 - FALSE_ALARMS))


def _judged(candidates: Candidates, picture: Picture) -> tuple[Tensor, Tensor]:
    """Evidence (box, 2) of the right boxes of a picture and of the most convincing wrong ones, and which are right."""
    labels, evidence, edges = (part.cpu() for part in candidates)
    convincing = evidence.sum(1)
    if picture.boxes is None:
        right, wrong = _on_photo(labels, convincing, picture.kind)
    else:
        right, wrong = _in_scene(labels, edges, picture.boxes, picture.size)
    worst = convincing.masked_fill(~wrong, -torch.inf).topk(min(WRONG, int(wrong.sum()))).indices
    chosen = torch.cat([torch.tensor(right, dtype=torch.long), worst])
    return evidence[chosen], torch.arange(len(chosen)) < len(right)


def _on_photo(labels: Tensor, convincing: Tensor, kind: str | None) -> tuple[list[int], Tensor]:
    """Which boxes are right, the best one of the photo's label, and which are wrong, (box,): those of other labels."""
    own = labels == (LABELS.index(kind) if kind in LABELS else -1)
    right = [int(convincing.masked_fill(~own, -torch.inf).argmax())] if own.any() else []
    return right, ~own


def _in_scene(labels: Tensor, edges: Tensor, boxes: list[Detection], size: tuple[int, int]) -> tuple[list[int], Tensor]:
    """Which boxes are right, the best for each of the scene's, and which are wrong, (box,): they overlap none.

    edges : (box, 4), pixels;  size : height and width, pixels
    """
    height, width = size
    sides = np.array([box.sides for box in boxes], np.float32).reshape(-1, 4)
    overlap = iou(edges.float().numpy(), sides * np.array([width, height, width, height], np.float32))
    overlap[labels.numpy()[:, None] != np.array([box.label for box in boxes], int)] = 0.0
    right = [int(column.argmax()) for column in overlap.T if column.max() >= RIGHT_IOU]
    return right, torch.from_numpy(overlap.max(axis=1, initial=0.0) < WRONG_IOU)
