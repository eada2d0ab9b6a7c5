"""What the action model has learned to see (Liu 2018, section 4.3.5): which movements tell each instrument."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo import plots
from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN
from milo_demo.training.playing.lessons import Lesson

BEST = 5
LEAST_STEPS = 10
"""An instrument that is played in fewer steps is left out."""


@torch.inference_mode()
def answers(model: MovementFCN, made: Sequence[Lesson]) -> dict[str, NDArray[np.float32]]:
    """How strongly each filter of the first layer answers where a label is played: label -> (filter,), the mean of the
    spatial maxima over its steps. Steps in which several labels are played say nothing of one and are left out."""
    found: dict[str, list[NDArray[np.float32]]] = {}
    for lesson in made:
        responses = model.responses(lesson.stacks.float()).numpy()
        for step, response in zip(lesson.truth, responses, strict=True):
            played = {touch.label for touch in step if touch.sounds}
            if len(played) == 1:
                found.setdefault(played.pop(), []).append(response)
    kept = {label: values for label, values in found.items() if len(values) >= LEAST_STEPS}
    return {label: np.mean(kept[label], axis=0) for label in LABELS if label in kept}


def characteristic(found: dict[str, NDArray[np.float32]]) -> dict[str, list[int]]:
    """The BEST filters of each label: those that answer to it more than to others, as z-scores over the labels."""
    table = np.stack(list(found.values()))
    scores = (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-9)
    return {label: np.argsort(-row)[:BEST].tolist() for label, row in zip(found, scores, strict=True)}


def draw(model: MovementFCN, made: Sequence[Lesson], path: Path) -> None:
    """Write the picture, an SVG file."""
    plots.movements(model.first_filters().numpy(), characteristic(answers(model, made)), path)
