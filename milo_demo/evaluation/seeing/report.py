"""How well the eye sees: ``python -m milo_demo evaluate seeing --data DIR``.

Photos are looked at with a long side of 384 px, as clips are. Who says what:

boxes   : the box head
folds   : heads trained without the half of `guitar_boxes` that they look at. The head that ships was trained on both
          halves, so that of these photos this column counts, and *boxes* only says how well it knows its lesson
maps    : the object maps and their regions, learnt from words alone
teacher : the unmodified teacher's own rows under our labels, no rows added, and their maps' regions
centre  : a guess that is told what is there: each of it fills the middle of the picture
cells   : the truth, moved outwards to the maps' cells of 16 px: no map's region can say more

And of what:

guitar_boxes  : people playing guitars, boxes drawn by hand
made scenes   : `training.seeing.scenes`, of photos that no recipe trains on. Few cut-outs of some classes (four pianos,
                seven bagpipes and clarinets) stand behind them, which the intervals do not know of
kaggle30/val  : the strongest label of photos by class. Saturated; their near-duplicates are kept from training
omerdvi       : one picture alone and one being played per instrument; machine-made, few, never trained on. The only
                ones of cello, bassoon and French horn
false alarms  : pictures without instruments, kept from training and from calibration, in which anything reaches 0.5
ImageNet      : how often the strongest of the thousand classes is the teacher's, and the teacher's own agreement with
                itself at a crop 16 px smaller, which says how much of the rest is chance; and how often the strongest
                class is what the photo shows, where ImageNet has a name for it
clips         : `videos`: what the program as a whole boxes in real videos
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from scipy.stats import binomtest

from milo_demo import weights
from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing.audio_metrics import CONFIDENCE
from milo_demo.evaluation.seeing import predictions, videos
from milo_demo.evaluation.seeing.coco import coco, intervals
from milo_demo.evaluation.seeing.predictions import Look, Place
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS, label_of
from milo_demo.models.boxes import BoxHead
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import eye as recipe
from milo_demo.training.seeing import object_map as objects_recipe
from milo_demo.training.seeing import photos, scene_folder
from milo_demo.training.seeing.photos import BoxedPhoto, Photo
from milo_demo.training.seeing.teacher import ROWS, load_teacher
from milo_demo.weights.registry import BUNDLED

FEW_PHOTOS = ("cello", "bassoon", "french_horn")
BY_EAR_ONLY = ("recorder", "ukulele", "electric_bass")
SCENES, SCENES_SEED = 480, 1
SHAPES_PX = ((SIDE_PX, 216), (SIDE_PX, SIDE_PX), (216, SIDE_PX))
SURE = 0.5
NAME_WIDTH = 48
WHO = ("folds", "boxes", "maps", "teacher", "centre", "cells")


class Table:
    """Figure -> who -> value; and the interval that holds it 9 times out of 10, where it is known."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, float]] = {}
        self.bounds: dict[tuple[str, str], tuple[float, float]] = {}
        self.shown = 0

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
        """One line per figure that has not been shown yet; the interval is the first column's that has one."""
        if not self.shown:
            print(f"{'':{NAME_WIDTH}}" + "".join(f"{who:>9}" for who in WHO) + f"{'90 % interval of':>20}")
        for name, row in list(self.values.items())[self.shown :]:
            cells = "".join(f"{row[who]:9.3f}" if who in row else f"{'':9}" for who in WHO)
            who = next((who for who in WHO if (name, who) in self.bounds), None)
            within = "" if who is None else "{:>8} {:.3f}-{:.3f}".format(who, *self.bounds[name, who])
            print(f"{name:{NAME_WIDTH}}{cells}{within:>20}", flush=True)
        self.shown = len(self.values)


def evaluate(data: Path, pictures: Path | None = None) -> dict[str, dict[str, float]]:
    """Measure the bundled eye and the teacher; print and return figure -> who -> value, 0-1. Takes ten minutes.

    pictures : folder to draw into: precision.svg, the boxes' average precision of each class in made scenes

    Raises MiloError where the data or the checkpoints are missing.
    """
    data = Path(data)
    ours = Eye(*(weights.load(role).module for role in ("trunk", "object", "boxes")))
    eyes = {"ours": ours, "teacher": teacher_eye(data, ours)}
    table = Table()
    album = photos.split(photos.find(data))["report"]

    real = photos.boxed(data)
    truth = [photo.boxes for photo in real]
    seen = {who: list(predictions.look(eye, (_read(photo.path) for photo in real))) for who, eye in eyes.items()}
    folds = BUNDLED / "folds"
    if folds.is_dir():
        seen["folds"] = by_folds(ours, real, folds)
    else:
        print(f"There are no heads in {folds}: of guitar_boxes, only what the head was trained on is shown.")
    compare(table, "guitar_boxes", truth, seen)
    guitar = LABELS.index("guitar")
    for who, values in _scores(seen).items():
        there = [v[guitar] >= SURE for v, boxes in zip(values, truth, strict=True) if boxes]
        table.count("guitar_boxes: guitar at 0.5", who, there)
    table.show()

    maker = scene_folder.maker_of(album, SCENES_SEED)
    made = [maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)]) for number in range(SCENES)]
    truth = [scene.boxes for scene in made]
    seen = {who: list(predictions.look(eye, [scene.picture for scene in made])) for who, eye in eyes.items()}
    compare(table, "made scenes", truth, seen)
    table.show()

    for name, pairs in (("kaggle30/val", kaggle_val(data)), ("omerdvi", omerdvi(data))):
        paths, labels = zip(*pairs, strict=True)
        seen = {who: list(predictions.look(eye, map(_read, paths))) for who, eye in eyes.items()}
        name_photos(table, name, labels, seen)

    table.show()
    false_alarms(table, eyes, [photo for photo in album if photo.kind is None])
    table.show()
    imagenet(table, eyes, album, data)
    table.show()
    if pictures is not None:
        _draw(table, truth, Path(pictures))
    videos.report(data)
    return table.values


def teacher_eye(data: Path, ours: Eye) -> Eye:
    """The teacher as it is, calibrated as ours so that scores compare; it has no boxes."""
    teacher = load_teacher(data)
    objects = objects_recipe.object_map(teacher, objects_recipe.row_kinds(teacher, []))
    objects.gain.copy_(ours.objects.gain)
    objects.offset.copy_(ours.objects.offset)
    device = next(ours.trunk.parameters()).device
    return Eye(teacher.trunk.to(device), objects.eval().to(device), predictions.NoBoxes())


def by_folds(ours: Eye, real: Sequence[BoxedPhoto], folder: Path) -> list[Look]:
    """What the head says of each photo that was trained without it, on our trunk and with our maps.

    folder : what the recipe leaves there (`training.seeing.eye`). Raises MiloError where something is missing.
    """
    eyes = {}
    for name in recipe.FOLDS:
        numbers = folder / f"boxes_{name}.safetensors"
        if not numbers.is_file():
            raise MiloError(f"{numbers} is missing: train the eye first.")
        card = json.loads(numbers.with_suffix(".json").read_text(encoding="utf-8"))
        head = BoxHead(**card["config"])
        head.load_state_dict(load_file(numbers))
        eyes[name] = ours._replace(boxes=head.eval().to(next(ours.trunk.parameters()).device))
    return [next(predictions.look(eyes[recipe.fold(photo)], [_read(photo.path)])) for photo in real]


def compare(table: Table, name: str, truth: Sequence[Sequence[Detection]], seen: dict[str, list[Look]]) -> None:
    """Boxes, maps, the teacher's maps, a guess and the maps' ceiling on pictures whose boxes are known.

    truth : the boxes of each picture
    seen  : what "ours" and "teacher" say of each picture, and perhaps "folds"
    """
    ours = seen["ours"]
    sizes = [look.size for look in ours]
    heads = {
        who: [look.boxes for look in seen[of]] for who, of in (("boxes", "ours"), ("folds", "folds")) if of in seen
    }
    found = heads | {
        "maps": [look.regions for look in ours],
        "teacher": [look.regions for look in seen["teacher"]],
        "centre": [predictions.centred(boxes) for boxes in truth],
        "cells": [predictions.on_cells(boxes, size) for boxes, size in zip(truth, sizes, strict=True)],
    }
    for who, regions in found.items():
        bounds = intervals(truth, regions, sizes) if who in heads else {}
        for figure, value in coco(truth, regions, sizes).items():
            table.add(f"{name}: {figure}", who, value, bounds.get(figure))
    asked = [sorted({box.label for box in boxes}) for boxes in truth]
    places: dict[str, Iterable[dict[int, Place]]] = {
        **{who: map(predictions.by_boxes, boxes, asked) for who, boxes in heads.items()},
        "maps": map(predictions.by_maps, ours, asked),
        "teacher": map(predictions.by_maps, seen["teacher"], asked),
        "centre": map(predictions.by_boxes, found["centre"], asked),
        "cells": map(predictions.by_boxes, found["cells"], asked),
    }
    for who, of_pictures in places.items():
        hits, overlaps = zip(*map(predictions.located, truth, of_pictures), strict=True)
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
    seen = {who: list(predictions.look(eye, (_read(photo.path) for photo in empty))) for who, eye in eyes.items()}
    for who, values in _scores(seen).items():
        alarms = np.array([v.max() >= SURE for v in values])
        for collection in dict.fromkeys(photo.collection for photo in empty):
            own = np.array([photo.collection == collection for photo in empty])
            table.count(f"false alarms: {collection}", who, alarms[own])
        table.count("false alarms: all", who, alarms)


@torch.inference_mode()
def imagenet(table: Table, eyes: dict[str, Eye], album: list[Photo], data: Path) -> None:
    """What is left of the teacher's thousand classes."""
    teacher = load_teacher(data)
    kinds = objects_recipe.row_kinds(teacher, [])
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
    return int(rows[0, :ROWS].argmax())


def _scores(seen: dict[str, list[Look]]) -> dict[str, list[np.ndarray]]:
    """How surely each label is seen, (label,), by who looks: the surest box, or the map's peak."""
    scores = {"maps": [look.scores for look in seen["ours"]], "teacher": [look.scores for look in seen["teacher"]]}
    for who, of in (("boxes", "ours"), ("folds", "folds")):
        if of in seen:
            scores[who] = [np.zeros(len(LABELS)) for _ in seen[of]]
            for look, surest in zip(seen[of], scores[who], strict=True):
                for box in look.boxes:
                    surest[box.label] = max(surest[box.label], box.score)
    return scores


def _read(path: Path) -> Image.Image:
    return photos.read(path, SIDE_PX)


def _draw(table: Table, truth: Sequence[Sequence[Detection]], folder: Path) -> None:
    from milo_demo import plots  # matplotlib is needed for nothing else

    found = {}
    for label in LABELS:
        name = f"made scenes: AP@0.5 {label}"
        if name in table.values:
            count = sum(box.label == LABELS.index(label) for boxes in truth for box in boxes)
            found[label] = (table.values[name]["boxes"], *table.bounds[name, "boxes"], count)
    plots.precisions(found, folder / "precision.svg", "Boxes in scenes made of photos that MILO was not trained on")


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
