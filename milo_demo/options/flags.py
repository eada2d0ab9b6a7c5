"""The options of `AnalysisOptions` on the command line: the same flags, defaults and words for every command."""

import argparse
from dataclasses import fields
from typing import Any

from milo_demo.options import EARS, PROJECTIONS, SEPARATORS, AnalysisOptions

ASKED: dict[str, dict[str, Any]] = {
    "start_s": {"type": float, "metavar": "S", "help": "where to begin, seconds"},
    "duration_s": {"type": float, "metavar": "S", "help": "how much to analyse, seconds (default: all)"},
    "threshold": {"type": float, "help": "score from which something counts, 0-1"},
    "projection": {"choices": PROJECTIONS},
    "annotated": {"action": "store_true", "help": "also write annotated.mp4"},
    "audio_track": {
        "type": int,
        "metavar": "N",
        "help": "which sound track to listen to, from 1 (default: MILO chooses)",
    },
    "separator": {"choices": SEPARATORS, "help": "how to make a track per instrument (default: notes)"},
    "ear": {"choices": EARS, "help": "who says what is heard (default: milo)"},
    "look_for": {"metavar": "WORDS", "help": "words of your own to look for, with commas between them"},
    "players": {
        "metavar": "NAMES",
        "help": "who plays, with commas between them: these get tracks (default: who is heard)",
    },
}
"""The options of `AnalysisOptions`, as the command line asks for them."""


def flag(name: str) -> str:
    """How the command line calls an option.

    >>> flag("audio_track"), flag("start_s")
    ('--audio-track', '--start')
    """
    return "--" + name.removesuffix("_s").replace("_", "-")


def add_options(command: argparse.ArgumentParser, names: tuple[str, ...] = tuple(ASKED)) -> None:
    """The options of `AnalysisOptions` that are named, with the defaults that they have there."""
    usual = {field.name: field.default for field in fields(AnalysisOptions)}
    for name in names:
        command.add_argument(flag(name), dest=name, default=usual[name], **ASKED[name])


def options_of(given: argparse.Namespace) -> AnalysisOptions:
    """What was asked for by these options. Raises MiloError where a value makes no sense."""
    return AnalysisOptions(**{name: getattr(given, name) for name in ASKED if hasattr(given, name)})
