"""The action models on the made stage: the document's tables 4.8, 4.12 and 4.13, side by side (Liu 2018, chapter 4).

Scores, sound fonts and cut-outs are none that the networks were trained on. Who says when and where:

centre        : the middle of the picture
sound, object : what ear and eye say, as of clips (384 px, settled over time); both multiplied
VT … SOT      : the action models by what they were taught with, see `training.playing.targets`; nothing but flows
CT            : taught with the true points, which only a made stage has: what flows can tell at best
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from milo_demo.errors import MiloError
from milo_demo.evaluation.playing.streams import Clip, mean, measure
from milo_demo.evaluation.table import Figure, Table
from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN
from milo_demo.seeing import detect
from milo_demo.training.playing import performance
from milo_demo.training.playing.lessons import Lesson, lessons
from milo_demo.training.playing.movement import FOLDER
from milo_demo.training.playing.stage import Maker
from milo_demo.training.playing.targets import TARGETS, name
from milo_demo.training.seeing import cutouts, photos
from milo_demo.weights.card import Card
from milo_demo.weights.registry import BUNDLED

PIECES, SHOWS, STEPS, SEED = 40, 60, 16, 7
BASELINES = {"centre": ["centre"], "sound": ["sound"], "object": ["object"], "sound × object": ["object", "sound"]}
FUSIONS = {
    "SOT": ["SOT"],
    "SOT × object": ["SOT", "object"],
    "SOT × sound": ["SOT", "sound"],
    "SOT × object × sound": ["SOT", "object", "sound"],
    "VT × object": ["VT", "object"],
    "VT × object × sound": ["VT", "object", "sound"],
    "CT × object × sound": ["CT", "object", "sound"],
}
WHEN, WHERE, AVERAGE = "AUC", "px", "average"


def networks(folder: Path = BUNDLED / FOLDER) -> dict[str, MovementFCN]:
    """The five action models by their targets. Raises MiloError where they are missing."""
    return {target: _network(folder / f"{target.lower()}.safetensors") for target in TARGETS}


def by_hands(left_out: str, folder: Path = BUNDLED / FOLDER) -> MovementFCN:
    """The action model that hands in one half of the clips have taught; `left_out` is the other half, see
    `training.playing.clips`. Raises MiloError where it is missing."""
    return _network(folder / f"hands_{left_out}.safetensors")


def _network(numbers: Path) -> MovementFCN:
    if not numbers.is_file():
        raise MiloError(f"{numbers} is missing: train the movement model first.")
    network = MovementFCN(**Card.read(numbers.with_suffix(".json")).config)
    network.load_state_dict(load_file(numbers))
    return network.eval()


def shows(data: Path, workdir: Path) -> list[Lesson]:
    """The stage's shows that are kept for measuring, made unless they lie in `workdir` already; some minutes."""
    file = workdir / "stage_held.pt"
    if not file.is_file():
        parts = photos.split(photos.find(data))
        album = parts["report"] + parts["calibrate"]
        pieces = list(performance.pieces(data, "calibration", PIECES, np.random.default_rng(SEED)))
        maker = Maker(cutouts.find(album), album, pieces, SEED)
        made = [lesson.plain() for lesson in lessons(maker, SHOWS, STEPS, detect.load())]
        workdir.mkdir(parents=True, exist_ok=True)
        torch.save(made, file)
    return [Lesson.of(*parts) for parts in torch.load(file)]


@torch.inference_mode()
def clips(made: Iterable[Lesson], models: dict[str, MovementFCN]) -> list[Clip]:
    """Shows with all that is said of them."""
    found = []
    for lesson in made:
        objects = lesson.objects.float().numpy()
        streams = {target: model.maps(lesson.stacks.float()).numpy() for target, model in models.items()}
        streams |= {"object": objects, "sound": lesson.sound.numpy(), "centre": np.ones_like(objects)}
        touched = {}
        for label in {touch.label for step in lesson.truth for touch in step}:
            touched[LABELS.index(label)] = [
                np.concatenate([np.zeros((0, 2)), *(it.points for it in step if it.sounds and it.label == label)])
                for step in lesson.truth
            ]
        found.append(Clip(streams, touched, lesson.size))
    return found


def by_target(measured: list[Clip]) -> Table:
    """Table 4.8: every model alone."""
    said = BASELINES | {name(target): [target] for target in TARGETS}
    return _table(measured, said, lambda values: {AVERAGE: Figure(mean(values), sum(map(len, values.values())))})


def by_instrument(measured: list[Clip]) -> Table:
    """Tables 4.12 and 4.13: fusions, instrument by instrument."""

    def figures(values: dict[int, list[float]]) -> dict[str, Figure]:
        own = {LABELS[label]: Figure(float(np.mean(values[label])), len(values[label])) for label in sorted(values)}
        return own | {AVERAGE: Figure(mean(values))}

    return _table(measured, FUSIONS, figures)


def _table(
    measured: list[Clip],
    said: Mapping[str, Sequence[str]],
    figures: Callable[[dict[int, list[float]]], dict[str, Figure]],
) -> Table:
    """Rows of when and where, a column for each product of streams; a product that says nothing of one has no figure
    there."""
    table: Table = {}
    for column, factors in said.items():
        found = measure(measured, factors)
        for which, values in ((WHEN, found.auc), (WHERE, found.px)):
            for row, figure in figures(values).items() if values else ():
                table.setdefault(f"made stage, {which}, {row}", {})[column] = figure
    return dict(sorted(table.items()))
