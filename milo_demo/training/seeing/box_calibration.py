"""How sure a box is: how much the head's word and the map's count, and where 0.5 lies."""

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torchvision.ops import box_iou

from milo_demo.geometry import Detection
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
FALSE_ALARMS = 0.015
"""Share of held-out pictures without instruments in which any box may reach 0.5."""


@torch.inference_mode()
def calibrate(trunk: Trunk, objects: ObjectMap, heads: list[BoxHead], maker: Maker, album: list[Photo]) -> None:
    """Fit how much the head's and the map's word count, and where 0.5 is, on pictures kept from training.

    The weights are a logistic regression's between boxes that are right and those that are wrong, of made scenes, of
    photos (whose place is not known: the best box of the photo's label counts as right, those of others as wrong) and
    of pictures without instruments. The offset is the one with which FALSE_ALARMS of the latter have a box at 0.5.
    """
    where = next(trunk.parameters()).device
    pictures = [(photos.read(photo.path, SIDE_PX), None, photo.kind) for photo in album]
    scenes = (maker.scene(number, SIDE_PX, SIDE_PX * 9 // 16) for number in range(SCENES))
    pictures += [(scene.picture, scene.boxes, None) for scene in scenes]
    looks = []
    for picture, _, _ in pictures:
        features = trunk(photos.tensor(picture)[None].to(where))
        looks.append((features, objects(features.coarse)[0], picture.size[::-1]))
    for head in heads:
        evidence, right, empty = [], [], []
        for (_, boxes, kind), look in zip(pictures, looks, strict=True):
            candidates = head.candidates(*look)[0]
            if boxes is None and kind is None:
                empty.append(candidates.evidence)
            rows, judged = _judged(candidates, boxes, kind, look[2])
            evidence.append(rows)
            right.append(judged)
        regression = LogisticRegression(class_weight="balanced").fit(torch.cat(evidence), torch.cat(right))
        head.gains.copy_(torch.from_numpy(regression.coef_[0]).clamp(min=0))
        surest = torch.stack([(one @ head.gains.cpu()).max() for one in empty])
        head.offset.copy_(-surest.quantile(1 - FALSE_ALARMS))


def _judged(
    candidates: Candidates, boxes: list[Detection] | None, kind: str | None, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Evidence (box, 2) of the right boxes of a picture and of the most convincing wrong ones, and which are right."""
    labels, evidence, edges = (part.cpu() for part in candidates)
    convincing = evidence.sum(1)
    if boxes is None:
        own = labels == (LABELS.index(kind) if kind in LABELS else -1)
        right = [int(convincing.masked_fill(~own, -torch.inf).argmax())] if own.any() else []
        wrong = ~own
    else:
        height, width = size
        true = torch.tensor([box[2:] for box in boxes]).reshape(-1, 4) * torch.tensor([width, height, width, height])
        overlap = box_iou(edges.float(), true)
        overlap[labels[:, None] != torch.tensor([box.label for box in boxes])] = 0.0
        right = [int(overlap[:, index].argmax()) for index in range(len(boxes)) if overlap[:, index].max() >= 0.5]
        wrong = overlap.amax(1) < 0.3 if boxes else torch.ones(len(labels), dtype=torch.bool)
    worst = convincing.masked_fill(~wrong, -torch.inf).topk(min(WRONG, int(wrong.sum()))).indices
    chosen = torch.cat([torch.tensor(right, dtype=torch.long), worst])
    return evidence[chosen], torch.arange(len(chosen)) < len(right)
