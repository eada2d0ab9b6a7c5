"""How well the eye sees: ``python -m milo_demo evaluate seeing --data DIR``.

Every figure stands beside the unmodified teacher's (its own rows under our labels, no rows added) and, for places, a
guess at the centre of the picture. Photos are looked at with a long side of 384 px, as clips are.

* boxes: people playing guitars, with boxes. A hit is a map's peak inside a box (Liu 2018, section 4.3.2); IoU > 0.5
  counts pictures whose strongest region overlaps a box that well. Never trained on.
* kaggle30/val: the strongest label of photos by class. Saturated, and some are nearly in the training part.
* omerdvi: one picture alone and one being played per instrument; machine-made, few, never trained on. The only ones of
  cello, bassoon and French horn.
* false alarms: pictures without instruments that were kept from training in which anything reaches 0.5.
* ImageNet: how often the strongest of the thousand classes is the teacher's, and the teacher's own agreement with
  itself at a crop 16 px smaller, which says how much of the rest is chance.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo import weights
from milo_demo.fusion.boxes import regions
from milo_demo.instruments import LABELS, label_of
from milo_demo.models.object_map import NO_LABEL, ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing import SIDE_PX, Region, iou
from milo_demo.training import object as recipe
from milo_demo.training import photos, teacher_image

FEW_PHOTOS = ("cello", "bassoon", "french_horn")


@dataclass(frozen=True)
class Eye:
    """A trunk and an object map, together."""

    trunk: Trunk
    objects: ObjectMap

    @torch.inference_mode()
    def look(self, path: Path, side_px: int = SIDE_PX) -> tuple[NDArray, NDArray, int]:
        """Maps (label, row, column) and scores (label,), 0-1, and the strongest of the teacher's 1001 rows."""
        device = next(self.trunk.parameters()).device
        features = self.trunk(photos.tensor(photos.read(path, side_px))[None].to(device))
        maps, scores = self.objects(features)
        mean = self.objects.rows(features.mean((2, 3), keepdim=True))[0, : teacher_image.ROWS, 0, 0]
        return maps[0].cpu().numpy(), scores[0].cpu().numpy(), int(mean.argmax())


def evaluate(data: Path) -> dict[str, dict[str, float]]:
    """Measure the bundled eye and the teacher; print and return figure -> {"ours", "teacher"[, "centre"]}, 0-1.

    Raises MiloError where the data or the checkpoints are missing. Takes some minutes.
    """
    ours = Eye(weights.load("trunk").module, weights.load("object").module)
    found, by_teacher = measure(ours, data), measure(teacher_eye(data, ours), data)
    figures = {name: {"ours": found[name], "teacher": by_teacher[name]} for name in found}
    truth = guitar_boxes(data)
    middle = Region(LABELS.index("guitar"), 1.0, 0.25, 0.25, 0.75, 0.75)
    figures["boxes: hit"]["centre"] = float(np.mean([inside(0.5, 0.5, boxes) for _, boxes in truth if boxes]))
    figures["boxes: IoU > 0.5"]["centre"] = float(np.mean([best(middle, boxes) > 0.5 for _, boxes in truth if boxes]))
    for name, values in figures.items():
        print(f"{name:<52}" + "  ".join(f"{who} {value:.3f}" for who, value in values.items()))
    return figures


def teacher_eye(data: Path, ours: Eye) -> Eye:
    """The teacher as it is, calibrated as ours so that scores compare."""
    teacher = teacher_image.load(data)
    objects = recipe.object_map(teacher, recipe.row_kinds(teacher, []))
    objects.gain.copy_(ours.objects.gain)
    objects.offset.copy_(ours.objects.offset)
    device = next(ours.trunk.parameters()).device
    return Eye(teacher.trunk.to(device), objects.eval().to(device))


def measure(eye: Eye, data: Path) -> dict[str, float]:
    """All figures of one eye, 0-1."""
    images = Path(data) / "images"
    figures = {}

    truth = [(path, boxes) for path, boxes in guitar_boxes(data) if boxes]
    guitar = LABELS.index("guitar")
    hits, overlaps, seen = [], [], []
    for path, boxes in truth:
        maps, scores, _ = eye.look(path)
        row, column = np.unravel_index(maps[guitar].argmax(), maps[guitar].shape)
        hits.append(inside((column + 0.5) / maps.shape[2], (row + 0.5) / maps.shape[1], boxes))
        only = np.where(np.arange(len(LABELS))[:, None, None] == guitar, maps, 0)
        overlaps.append(best(regions(only, least=1e-9)[0], boxes) > 0.5)
        seen.append(scores[guitar] >= 0.5)
    figures["boxes: hit"] = float(np.mean(hits))
    figures["boxes: IoU > 0.5"] = float(np.mean(overlaps))
    figures["boxes: guitar score at least 0.5"] = float(np.mean(seen))

    visible = sorted(set(eye.objects.row_label.tolist()) - {NO_LABEL})
    for name, pairs in (("kaggle30/val", kaggle_val(images)), ("omerdvi", omerdvi(images))):
        looks = [(label, eye.look(path)[1]) for path, label in pairs]
        right = [LABELS[visible[scores[visible].argmax()]] == label for label, scores in looks]
        figures[f"{name}: top-1"] = float(np.mean(right))
        figures[f"{name}: score at least 0.5"] = float(np.mean([s[LABELS.index(label)] >= 0.5 for label, s in looks]))
        for label in FEW_PHOTOS:
            scores = [s[LABELS.index(label)] for truth_label, s in looks if truth_label == label]
            if scores:
                figures[f"{name}: mean {label} score on its {len(scores)} pictures"] = float(np.mean(scores))

    kept = [photo for photo in photos.find(data) if photos.held_out(photo)]
    teacher = teacher_image.load(data)
    for collection in ("scenes", "caltech101", "pacs"):
        empty = [photo.path for photo in kept if photo.kind is None and photo.collection == collection]
        figures[f"false alarms: {collection} ({len(empty)})"] = float(
            np.mean([eye.look(path)[1].max() >= 0.5 for path in empty])
        )
    every_fourth = kept[::4]
    same = [eye.look(photo.path)[2] == strongest(teacher, photo.path) for photo in every_fourth]
    figures[f"ImageNet class as the teacher's ({len(same)})"] = float(np.mean(same))
    return figures


@torch.inference_mode()
def strongest(teacher: teacher_image.Teacher, path: Path, side_px: int = SIDE_PX - 16) -> int:
    """The teacher's row for a picture, at a slightly other size than ours is asked at."""
    frame: Tensor = photos.tensor(photos.read(path, side_px))[None]
    return int(teacher.logits(teacher.trunk(frame)).argmax())


def guitar_boxes(data: Path) -> list[tuple[Path, list[Region]]]:
    """Photos and the boxes on them (YOLO's text: class, centre x, centre y, width, height as fractions)."""
    folder = Path(data) / "images" / "guitar_boxes"
    found = []
    for path in sorted((folder / "images").iterdir()):
        lines = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="utf-8").splitlines()
        sides = [tuple(float(part) for part in line.split()[1:]) for line in lines if line.strip()]
        guitar = LABELS.index("guitar")
        boxes = [Region(guitar, 1.0, x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in sides]
        found.append((path, boxes))
    return found


def kaggle_val(images: Path) -> list[tuple[Path, str]]:
    """Photos and labels of kaggle30/val, as far as the classes are ours."""
    paths = sorted((images / "kaggle30" / "val").glob("*/*"))
    return [(path, label) for path in paths if (label := label_of(path.parent.name, "photos"))]


def omerdvi(images: Path) -> list[tuple[Path, str]]:
    """Pictures and labels of omerdvi, as far as the instruments are ours and the eye may know them."""
    paths = sorted((images / "omerdvi").glob("*.jpg"))
    named = [(path, label_of(path.stem.rpartition("_")[0], "photos")) for path in paths]
    return [(path, label) for path, label in named if label and label not in ("recorder", "ukulele", "electric_bass")]


def inside(x: float, y: float, boxes: list[Region]) -> bool:
    """Is the point in one of the boxes?"""
    return any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in boxes)


def best(region: Region, boxes: list[Region]) -> float:
    """The region's largest IoU with one of the boxes."""
    return max(iou(region, box) for box in boxes)
