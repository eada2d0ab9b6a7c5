"""The action models and the document's fusions on clips (Liu 2018, chapter 4), for the tables of `places` and `times`.

VT, ST05, OT03, SOT0503 : taught by ear and eye on the made stage, flows alone; see `training.playing.targets`
CT                      : taught the made stage's truth
taught by hands         : the same, and real clips with hands as teachers, but none of this clip's half
fusions                 : multiplied, point by point, by what is seen and heard of the label
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from milo_demo import weights
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.playing.stage import by_hands, networks
from milo_demo.features.flow import PER_STEP
from milo_demo.models.movement import MovementFCN, stacked
from milo_demo.training.playing import clips
from milo_demo.training.playing.targets import TARGETS, name

HANDS = "taught by hands"
SOT, VT = name("SOT"), name("VT")
ALONE = (*map(name, TARGETS), HANDS)
FUSIONS: dict[str, tuple[str, Sequence[str]]] = {
    "SOT × object": (SOT, ("object",)),
    "SOT × sound": (SOT, ("sound",)),
    "SOT × object × sound": (SOT, ("object", "sound")),
    "VT × object": (VT, ("object",)),
    "VT × object × sound": (VT, ("object", "sound")),
    f"{HANDS} × object × sound": (HANDS, ("object", "sound")),
}
"""Column -> the action model, and what it is multiplied with."""


def models() -> dict[str, MovementFCN]:
    """All action models by their names: those of the targets, and by half of the clips the one that has not seen it.
    Raises MiloError where one is missing."""
    found = {name(target): network for target, network in networks().items()}
    return found | {f"{HANDS}, {half}": by_hands(half) for half in clips.FOLDS}


def with_actions(clip: Clip, asked: Mapping[str, MovementFCN], file: str | None = None) -> Clip:
    """A clip with what the action models say of it.

    file : the clip's, if it is one of the data's: then the model answers that has not learned from its half
    """
    by_teacher = {column: network for column, network in asked.items() if not column.startswith(HANDS)}
    if file is None:
        by_teacher[HANDS] = weights.load("movement").module
    else:
        by_teacher[HANDS] = asked[f"{HANDS}, {clips.fold(Path(file))}"]
    return replace(clip, actions=maps(clip, by_teacher))


@torch.inference_mode()
def maps(clip: Clip, asked: Mapping[str, MovementFCN]) -> dict[str, NDArray[np.float32]]:
    """What each model says, alone and fused: name -> (step, label, row, column), 0-1."""
    vectors = torch.from_numpy(clip.witness.movement.vectors(clip.seen.cuts).astype(np.float32))
    stacks = stacked(vectors, PER_STEP)
    found = {column: network.maps(stacks) for column, network in asked.items()}
    rows, columns = next(iter(found.values())).shape[2:]
    seen = torch.from_numpy(np.asarray(clip.seen.maps, np.float32))[: len(stacks)]
    factors = {"object": functional.interpolate(seen, size=(rows, columns), mode="bilinear")}
    if clip.heard is not None:
        heard = torch.from_numpy(clip.heard.instruments.astype(np.float32))[: len(stacks)]
        factors["sound"] = heard[:, :, None, None]
    for column, (action, names) in FUSIONS.items():
        product = found[action]
        for factor in names:
            product = product * factors.get(factor, torch.ones(()))
        found[column] = product
    return {column: product.numpy() for column, product in found.items()}
