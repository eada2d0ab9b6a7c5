"""Whom the eye is compared with: the teacher, heads that have not seen a photo, a guess, and the most a map can say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from milo_demo.errors import MiloError
from milo_demo.evaluation.seeing.predictions import Prediction, predict
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Found
from milo_demo.models.naming.closeup import CloseUp
from milo_demo.models.trunk import STRIDE_PX, Features
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing.object_map import object_map, row_kinds
from milo_demo.training.seeing.photos import FOLDS, BoxedPhoto, fold
from milo_demo.training.seeing.teacher import load_teacher
from milo_demo.weights.card import Card

Network = TypeVar("Network", bound=nn.Module)
CENTRE = 0.25, 0.25, 0.75, 0.75


class NoBoxes(BoxHead):
    """In the place of a box head: knows every name, and never sees anything. The teacher has none."""

    def __init__(self) -> None:
        super().__init__(list(LABELS))

    def find(self, features: Features, maps: Tensor, size: tuple[int, int]) -> list[Found]:
        """Nothing, in each picture of a batch."""
        nothing = Found(torch.zeros(0, dtype=torch.long), torch.zeros(0), torch.zeros(0, 4, device=maps.device))
        return [nothing] * len(maps)


def teacher_eye(data: Path, ours: Eye) -> Eye:
    """The teacher as it is, calibrated as ours so that scores compare; it has no boxes."""
    teacher = load_teacher(data)
    objects = object_map(teacher, row_kinds(teacher, []))
    calibration = {name: value for name, value in ours.objects.state_dict().items() if name in ("gain", "offset")}
    objects.load_state_dict(calibration, strict=False)
    device = next(ours.trunk.parameters()).device
    return Eye(teacher.trunk.to(device), objects.eval().to(device), NoBoxes())


def by_folds(
    ours: Eye,
    real: Sequence[BoxedPhoto],
    pictures: Sequence[Image.Image],
    folder: Path,
    how: Callable[[Eye, Iterable[Image.Image]], Iterator[Prediction]] = predict,
) -> list[Prediction]:
    """What head and close-up say of each photo that were trained without it (`fold_eyes`).

    pictures : of each photo, as the eye is given it
    how      : it looks
    """
    eyes = fold_eyes(ours, folder)
    return [next(how(eyes[fold(photo)], [one])) for photo, one in zip(real, pictures, strict=True)]


def fold_eyes(ours: Eye, folder: Path) -> dict[str, Eye]:
    """Our trunk and maps with the head and the close-up that were trained without each fold of the photos, by its name.

    folder : what the recipes of eye and close-up leave there. Raises MiloError where something is missing.
    """
    device = next(ours.trunk.parameters()).device
    eyes = {}
    for name in FOLDS:
        head, closeup = _of_fold(folder, f"boxes_{name}", BoxHead), None
        if ours.closeup is not None:
            closeup = _of_fold(folder, f"closeup_{name}", CloseUp).to(device)
        eyes[name] = replace(ours, boxes=head.to(device), closeup=closeup)
    return eyes


def _of_fold(folder: Path, name: str, network: Callable[..., Network]) -> Network:
    numbers = folder / f"{name}.safetensors"
    if not numbers.is_file():
        raise MiloError(f"{numbers} is missing: train the eye and its close-ups first.")
    module = network(**Card.read(numbers.with_suffix(".json")).config)
    module.load_state_dict(load_file(numbers))
    return module.eval()


def centred(truth: Sequence[Detection]) -> list[Detection]:
    """A guess: whatever is there (it is told) fills the middle of the picture."""
    return [Detection(label, 0.5, *CENTRE) for label in sorted({box.label for box in truth})]


def on_cells(truth: Sequence[Detection], size: tuple[int, int]) -> list[Detection]:
    """The truth as well as a map can say it: sides moved outwards to its cells. size : width and height, pixels"""
    columns, rows = (-(-length // STRIDE_PX) for length in size)
    cells = np.array([columns, rows])
    found = []
    for box in truth:
        (x0, y0), (x1, y1) = np.floor(np.array(box.sides[:2]) * cells), np.ceil(np.array(box.sides[2:]) * cells)
        found.append(Detection(box.label, 1.0, x0 / columns, y0 / rows, x1 / columns, y1 / rows))
    return found
