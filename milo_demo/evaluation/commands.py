"""The command line of the evaluations."""

import argparse
from importlib import import_module
from pathlib import Path

from milo_demo.errors import MiloError
from milo_demo.machine import compiled
from milo_demo.training.commands import given

EVALUATIONS = {
    "hearing": "milo_demo.evaluation.hearing.report",
    "seeing": "milo_demo.evaluation.seeing.report",
    "sphere": "milo_demo.evaluation.seeing.panorama",
    "directions": "milo_demo.evaluation.hearing.directions",
    "tempo": "milo_demo.evaluation.hearing.tempo",
    "separation": "milo_demo.evaluation.separation.report",
    "playing": "milo_demo.evaluation.playing.report",
    "verdict": "milo_demo.evaluation.naming.verdict",
    "trust": "milo_demo.evaluation.naming.trust",
    "alarms": "milo_demo.evaluation.naming.alarms",
    "joint": "milo_demo.evaluation.naming.joint",
    "everyday": "milo_demo.evaluation.naming.everyday",
    "collection": "milo_demo.evaluation.collection",
    "robustness": "milo_demo.evaluation.robustness.report",
}
WITHOUT_DATA = {"robustness"}
"""Evaluations that make what they need."""
EVALUATED_WITH = {
    "pictures": ("hearing", "seeing", "playing"),
    "variants": ("hearing",),
    "openmic": ("hearing",),
    "workdir": ("separation", "playing", "joint", "collection"),
    "methods": ("separation",),
    **dict.fromkeys(("sets", "cases"), ("separation", "collection", "robustness")),
    "seed": ("robustness",),
}
"""Options of an evaluation, and those that have them."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `evaluate`."""
    command = commands.add_parser("evaluate", help="measure the bundled models")
    command.add_argument("sense", choices=EVALUATIONS)
    command.add_argument("--data", type=Path, metavar="DIR", help="the validation data; robustness makes its own")
    command.add_argument("--pictures", type=Path, metavar="DIR", help="a folder to draw into")
    command.add_argument("--variants", type=Path, metavar="DIR", help="hearing: a folder of sound models to compare")
    command.add_argument("--openmic", type=Path, metavar="DIR", help="hearing: the folder openmic-2018 as published")
    command.add_argument("--workdir", type=Path, metavar="DIR", help="where what is made stays")
    command.add_argument("--sets", nargs="+", metavar="SET", help="parts of it, where it has parts (default: all)")
    command.add_argument("--methods", nargs="+", metavar="METHOD", help="separation: by whom (default: all)")
    command.add_argument("--cases", type=int, metavar="N", help="how many of each, where that can be chosen")
    command.add_argument("--seed", type=int, help="robustness: of the mutated files (default: by chance)")
    command.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    for name, senses in EVALUATED_WITH.items():
        if getattr(options, name) is not None and options.sense not in senses:
            *others, last = senses
            owners = f"{', '.join(others)} and {last}" if others else last
            raise MiloError(f"--{name} is for {owners}: leave it out.")
    if (options.data is None) != (options.sense in WITHOUT_DATA):
        wrong = "makes its own data: leave --data out" if options.data else "needs --data, the validation data's folder"
        raise MiloError(f"evaluate {options.sense} {wrong}.")
    compiled.librosa()  # before any module imports it by itself
    data = [options.data] if options.data else []
    import_module(EVALUATIONS[options.sense]).evaluate(*data, **given(options, *EVALUATED_WITH))
