"""The command line of the recipes."""

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from milo_demo.errors import MiloError
from milo_demo.machine import compiled

RECIPES = {
    "sound": "milo_demo.training.hearing.sound",
    "spectrogram": "milo_demo.training.hearing.spectrogram",
    "tags": "milo_demo.training.hearing.tags",
    "eye": "milo_demo.training.seeing.eye",
    "boxes": "milo_demo.training.seeing.boxes.recipe",
    "tempo": "milo_demo.training.tempo.recipe",
    "masks": "milo_demo.training.separation.masks",
    "owner": "milo_demo.training.separation.owner",
    "quality": "milo_demo.training.separation.quality",
    "notes": "milo_demo.training.separation.note_network",
    "semantic": "milo_demo.training.separation.semantic",
    "dictionaries": "milo_demo.training.separation.dictionaries",
    "movement": "milo_demo.training.playing.movement",
    "source": "milo_demo.training.playing.source",
    "vocabulary": "milo_demo.training.naming.vocabulary",
    "company": "milo_demo.training.naming.company",
    "joint": "milo_demo.training.naming.joint",
    "atlas": "milo_demo.training.naming.atlas",
    "closeup": "milo_demo.training.naming.closeup",
    "hands": "milo_demo.training.playing.hands",
}


ENDING = ("tempo", "notes", "quality", "dictionaries", "hands", "atlas", "closeup", "company")
"""Those that end by themselves."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `train`."""
    command = commands.add_parser("train", help="train a model by its recipe")
    command.add_argument("model", choices=RECIPES)
    command.add_argument("--data", required=True, type=Path, metavar="DIR")
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="the checkpoint, .safetensors")
    command.add_argument("--minutes", type=float, help="how long to train (default: the recipe's own)")
    command.add_argument("--seed", type=int, help="default: the recipe's own")
    command.add_argument(
        "--ablation", action="store_true", help="sound: also train other designs, on the same mixtures"
    )
    command.add_argument(
        "--boxes", type=Path, metavar="DIR", help="eye, boxes: also learn these photos with Pascal VOC boxes"
    )
    command.add_argument("--begin", type=Path, metavar="DIR", help="eye, boxes: go on from the one in this folder")
    command.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    if options.ablation and options.model != "sound":
        raise MiloError("--ablation is for the sound model: leave it out.")
    for name in ("boxes", "begin"):
        if getattr(options, name) and options.model not in ("eye", "boxes"):
            raise MiloError(f"--{name} is for the eye: leave it out.")
    if options.minutes is not None and options.model in ENDING:
        raise MiloError(f"--minutes is not for {options.model}, which ends by itself: leave it out.")
    if options.seed is not None and options.model in ("notes", "hands"):
        raise MiloError(f"--seed is not for {options.model}, where nothing is left to chance: leave it out.")
    compiled.librosa()  # before any module imports it by itself
    recipe = import_module(RECIPES[options.model])
    recipe.train(options.data, options.out, **given(options, "minutes", "seed", "boxes", "begin", "ablation"))


def given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Those of the options that were given: the others keep the defaults of what is called."""
    found = ((name, getattr(options, name)) for name in names)
    return {name: value for name, value in found if value is not None and value is not False}
