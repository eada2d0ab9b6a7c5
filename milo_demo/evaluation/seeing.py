"""How well the eye sees: ``python -m milo_demo evaluate seeing --data DIR``.

Photos are looked at with a long side of 384 px, as clips are. Who says what:

boxes   : the box head. What of `guitar_boxes` it was trained on is said by its card; the column *folds* then holds what
          heads say that were trained without the half that is looked at
maps    : the object maps and their regions, learnt from words alone
teacher : the unmodified teacher's own rows under our labels, no rows added, and their maps' regions
centre  : a guess that is told what is there: each of it fills the middle of the picture
cells   : the truth, moved outwards to the maps' cells of 16 px: no map's region can say more

And of what:

guitar_boxes  : people playing guitars, boxes drawn by hand
made scenes   : `training.scenes`, of photos that no recipe trains on. Few cut-outs of some classes (four pianos, seven
                bagpipes and clarinets) stand behind them, which the intervals do not know of
kaggle30/val  : the strongest label of photos by class. Saturated; their near-duplicates are kept from training
omerdvi       : one picture alone and one being played per instrument; machine-made, few, never trained on. The only
                ones of cello, bassoon and French horn
false alarms  : pictures without instruments, kept from training and from calibration, in which anything reaches 0.5
ImageNet      : how often the strongest of the thousand classes is the teacher's, and the teacher's own agreement with
                itself at a crop 16 px smaller, which says how much of the rest is chance; and how often the strongest
                class is what the photo shows, where ImageNet has a name for it
clips         : `videos`: what the program as a whole boxes in real videos
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import binomtest

from milo_demo import weights
from milo_demo.errors import MiloError
from milo_demo.evaluation import looks, videos
from milo_demo.evaluation.coco import coco, intervals
from milo_demo.evaluation.figures import CONFIDENCE
from milo_demo.evaluation.looks import Look, Place
from milo_demo.instruments import LABELS, label_of
from milo_demo.seeing import SIDE_PX, Eye, Region
from milo_demo.training import object as recipe
from milo_demo.training import photos, scene_folder, teacher_image
from milo_demo.training.photos import Photo

FEW_PHOTOS = ("cello", "bassoon", "french_horn")
BY_EAR_ONLY = ("recorder", "ukulele", "electric_bass")
SCENES, SCENES_SEED = 480, 1
SHAPES_PX = ((SIDE_PX, 216), (SIDE_PX, SIDE_PX), (216, SIDE_PX))
SURE = 0.5
NAME_WIDTH = 48
WHO = ("boxes", "folds", "maps", "teacher", "centre", "cells")


class Table:
    """Figure -> who -> value; and the interval that holds it 9 times out of 10, where it is known."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, float]] = {}
        self.bounds: dict[tuple[str, str], tuple[float, float]] = {}

    def add(self, name: str, who: str, value: float, bounds: tuple[float, float] | None = None) -> None:
        """One figure."""
        self.values.setdefault(name, {})[who] = value
        if bounds is not None:
            self.bounds[name, who] = bounds

    def count(self, name: str, who: str, found: Sequence[bool]) -> None:
        """The share of pictures in which something was so, with Wilson's interval."""
        interval = binomtest(int(np.sum(found)), len(found)).proportion_ci(CONFIDENCE, method="wilson")
        self.add(f"{name} ({len(found)})", who, float(np.mean(found)), (float(interval.low), float(interval.high)))

    def show(self) -> None:
        """One line per figure; the interval is the first column's that has one."""
        print(f"{'':{NAME_WIDTH}}" + "".join(f"{who:>9}" for who in WHO) + f"{'90 % interval of':>20}")
        for name, row in self.values.items():
            cells = "".join(f"{row[who]:9.3f}" if who in row else f"{'':9}" for who in WHO)
            who = next((who for who in WHO if (name, who) in self.bounds), None)
            within = "" if who is None else "{:>8} {:.3f}-{:.3f}".format(who, *self.bounds[name, who])
            print(f"{name:{NAME_WIDTH}}{cells}{within:>20}", flush=True)


def evaluate(data: Path, pictures: Path | None = None) -> dict[str, dict[str, float]]:
    """Measure the bundled eye and the teacher; print and return figure -> who -> value, 0-1. Takes ten minutes.

    pictures : folder to draw into: precision.svg, the boxes' average precision of each class in made scenes

    Raises MiloError where the data or the checkpoints are missing.
    """
    data = Path(data)
    head = weights.load("boxes")
    ours = Eye(weights.load("trunk").module, weights.load("object").module, head.module)
    eyes = {"ours": ours, "teacher": teacher_eye(data, ours)}
    table = Table()
    for name, value in head.card["measured"].items():
        if name.startswith("guitar_boxes: "):
            table.add(name, "folds", value)
    album = photos.split(photos.find(data))["report"]

    paths, truth = zip(*guitar_boxes(data), strict=True)
    seen = {who: list(looks.look(eye, map(_read, paths))) for who, eye in eyes.items()}
    compare(table, "guitar_boxes", truth, seen)
    guitar = LABELS.index("guitar")
    shown = [bool(boxes) for boxes in truth]
    for who, values in _scores(seen).items():
        table.count(
            "guitar_boxes: guitar at 0.5",
            who,
            [v[guitar] >= SURE for v, is_one in zip(values, shown, strict=True) if is_one],
        )

    maker = scene_folder.maker_of(album, SCENES_SEED)
    made = [maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)]) for number in range(SCENES)]
    truth = [scene.boxes for scene in made]
    seen = {who: list(looks.look(eye, [scene.picture for scene in made])) for who, eye in eyes.items()}
    compare(table, "made scenes", truth, seen)

    for name, pairs in (("kaggle30/val", kaggle_val(data)), ("omerdvi", omerdvi(data))):
        paths, labels = zip(*pairs, strict=True)
        seen = {who: list(looks.look(eye, map(_read, paths))) for who, eye in eyes.items()}
        name_photos(table, name, labels, seen)

    false_alarms(table, eyes, [photo for photo in album if photo.kind is None])
    imagenet(table, eyes, album, data)
    table.show()
    if pictures is not None:
        _draw(table, truth, Path(pictures))
    videos.report(data)
    return table.values


def teacher_eye(data: Path, ours: Eye) -> Eye:
    """The teacher as it is, calibrated as ours so that scores compare; it has no boxes."""
    teacher = teacher_image.load(data)
    objects = recipe.object_map(teacher, recipe.row_kinds(teacher, []))
    objects.gain.copy_(ours.objects.gain)
    objects.offset.copy_(ours.objects.offset)
    device = next(ours.trunk.parameters()).device
    return Eye(teacher.trunk.to(device), objects.eval().to(device), looks.NoBoxes())


def compare(table: Table, name: str, truth: Sequence[Sequence[Region]], seen: dict[str, list[Look]]) -> None:
    """Boxes, maps, the teacher's maps, a guess and the maps' ceiling on pictures whose boxes are known.

    truth : the boxes of each picture
    seen  : what "ours" and "teacher" say of each picture
    """
    ours = seen["ours"]
    sizes = [look.size for look in ours]
    found = {
        "boxes": [look.boxes for look in ours],
        "maps": [look.regions for look in ours],
        "teacher": [look.regions for look in seen["teacher"]],
        "centre": [looks.centred(boxes) for boxes in truth],
        "cells": [looks.on_cells(boxes, size) for boxes, size in zip(truth, sizes, strict=True)],
    }
    bounds = intervals(truth, found["boxes"], sizes)
    for who, regions in found.items():
        for figure, value in coco(truth, regions, sizes).items():
            table.add(f"{name}: {figure}", who, value, bounds.get(figure) if who == "boxes" else None)
    asked = [sorted({box.label for box in boxes}) for boxes in truth]
    places: dict[str, Iterable[dict[int, Place]]] = {
        "boxes": map(looks.by_boxes, found["boxes"], asked),
        "maps": map(looks.by_maps, ours, asked),
        "teacher": map(looks.by_maps, seen["teacher"], asked),
        "centre": map(looks.by_boxes, found["centre"], asked),
    }
    for who, of_pictures in places.items():
        hits, overlaps = zip(*map(looks.located, truth, of_pictures), strict=True)
        table.count(f"{name}: hit", who, np.concatenate(hits).astype(bool))
        table.count(f"{name}: IoU > 0.5", who, np.concatenate(overlaps).astype(bool))


def name_photos(table: Table, name: str, labels: Sequence[str], seen: dict[str, list[Look]]) -> None:
    """How often the strongest label is the photo's own, and how often that one reaches 0.5."""
    places = [LABELS.index(label) for label in labels]
    for who, values in _scores(seen).items():
        table.count(f"{name}: top-1", who, [v.argmax() == k and v[k] > 0 for v, k in zip(values, places, strict=True)])
        table.count(f"{name}: score at 0.5", who, [v[k] >= SURE for v, k in zip(values, places, strict=True)])
        for label in FEW_PHOTOS:
            own = [v[k] for v, k in zip(values, places, strict=True) if LABELS[k] == label]
            if own:
                table.add(f"{name}: mean {label} score ({len(own)})", who, float(np.mean(own)))


def false_alarms(table: Table, eyes: dict[str, Eye], empty: list[Photo]) -> None:
    """How often anything is seen where nothing is, by collection and in all."""
    seen = {who: list(looks.look(eye, (_read(photo.path) for photo in empty))) for who, eye in eyes.items()}
    for who, values in _scores(seen).items():
        alarms = np.array([v.max() >= SURE for v in values])
        for collection in dict.fromkeys(photo.collection for photo in empty):
            own = np.array([photo.collection == collection for photo in empty])
            table.count(f"false alarms: {collection}", who, alarms[own])
        table.count("false alarms: all", who, alarms)


@torch.inference_mode()
def imagenet(table: Table, eyes: dict[str, Eye], album: list[Photo], data: Path) -> None:
    """What is left of the teacher's thousand classes."""
    teacher = teacher_image.load(data)
    kinds = recipe.row_kinds(teacher, [])
    smaller = [_row(eyes["teacher"], photo.path, SIDE_PX - 16) for photo in album]
    for who, eye in (("maps", eyes["ours"]), ("teacher", eyes["teacher"])):
        rows = [_row(eye, photo.path, SIDE_PX) for photo in album]
        table.count("ImageNet: the teacher's class", who, [a == b for a, b in zip(rows, smaller, strict=True)])
        known = [(kinds[row], photo.kind) for row, photo in zip(rows, album, strict=True) if photo.kind in kinds]
        table.count("ImageNet: what the photo shows", who, [said == kind for said, kind in known])


def _row(eye: Eye, path: Path, side_px: int) -> int:
    """The strongest of the teacher's rows for a whole picture."""
    device = next(eye.trunk.parameters()).device
    features = eye.trunk(photos.tensor(photos.read(path, side_px))[None].to(device)).coarse
    rows = eye.objects.rows(features.mean((2, 3), keepdim=True))
    return int(rows[0, : teacher_image.ROWS].argmax())


def _scores(seen: dict[str, list[Look]]) -> dict[str, list[np.ndarray]]:
    """How surely each label is seen, (label,), by who looks: the surest box, or the map's peak."""
    by_boxes = []
    for look in seen["ours"]:
        scores = np.zeros(len(LABELS))
        for box in look.boxes:
            scores[box.label] = max(scores[box.label], box.score)
        by_boxes.append(scores)
    return {
        "boxes": by_boxes,
        "maps": [look.scores for look in seen["ours"]],
        "teacher": [look.scores for look in seen["teacher"]],
    }


def _read(path: Path) -> Image.Image:
    return photos.read(path, SIDE_PX)


def _draw(table: Table, truth: Sequence[Sequence[Region]], folder: Path) -> None:
    from milo_demo.evaluation import pictures  # matplotlib is needed for nothing else

    found = {}
    for label in LABELS:
        name = f"made scenes: AP@0.5 {label}"
        if name in table.values:
            count = sum(box.label == LABELS.index(label) for boxes in truth for box in boxes)
            found[label] = (table.values[name]["boxes"], *table.bounds[name, "boxes"], count)
    pictures.precisions(found, folder / "precision.svg", "Boxes in scenes made of photos that MILO was not trained on")


def guitar_boxes(data: Path) -> list[tuple[Path, list[Region]]]:
    """Photos and the boxes on them (YOLO's text: class, centre x, centre y, width, height as fractions)."""
    folder = Path(data) / "images" / "guitar_boxes"
    found = []
    for path in _files(folder / "images", "*"):
        lines = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="utf-8").splitlines()
        sides = [tuple(float(part) for part in line.split()[1:]) for line in lines if line.strip()]
        guitar = LABELS.index("guitar")
        boxes = [Region(guitar, 1.0, x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in sides]
        found.append((path, boxes))
    return found


def kaggle_val(data: Path) -> list[tuple[Path, str]]:
    """Photos and labels of kaggle30/val, as far as the classes are ours."""
    paths = _files(Path(data) / "images" / "kaggle30" / "val", "*/*")
    return [(path, label) for path in paths if (label := label_of(path.parent.name, "photos"))]


def omerdvi(data: Path) -> list[tuple[Path, str]]:
    """Pictures and labels of omerdvi, as far as the instruments are ours and the eye may know them."""
    paths = _files(Path(data) / "images" / "omerdvi", "*.jpg")
    named = [(path, label_of(path.stem.rpartition("_")[0], "photos")) for path in paths]
    return [(path, label) for path, label in named if label and label not in BY_EAR_ONLY]


def _files(folder: Path, pattern: str) -> list[Path]:
    """Files of a folder that must be there, in order."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise MiloError(f"There are no photos in {folder}: name the folder of the validation data with --data.")
    return found
