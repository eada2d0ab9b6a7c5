"""The command line of `functions`. Each command imports what it runs."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from milo_demo.errors import MiloError
from milo_demo.options.flags import add_options, options_of

SEPARATING = ("start_s", "duration_s", "audio_track", "separator", "players")
"""The options that tracks depend on."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands `explain-frame`, `separate` and `instruments`; what they find is printed as JSON."""
    command = commands.add_parser("explain-frame", help="what is heard, seen and played at one second of a result")
    command.add_argument("result", type=Path, metavar="RESULT", help="the folder that analyse has written")
    command.add_argument("second", type=float, metavar="SECOND")
    command.add_argument("--picture", type=Path, metavar="FILE", help="also write the picture, all of it drawn in")
    command.set_defaults(run=_explain_frame)

    command = commands.add_parser("separate", help="a track for each instrument of a file")
    command.add_argument("file", metavar="VIDEO")
    command.add_argument("--out", required=True, metavar="DIR", help="folder for the result's files")
    add_options(command, SEPARATING)
    command.set_defaults(run=_separate)

    command = commands.add_parser("instruments", help="what MILO can name, with families")
    command.set_defaults(run=_instruments)


def shower() -> Callable[[str, float], None] | None:
    """Shows the stage and how much of it is done where somebody looks."""
    return _show_stage if sys.stderr.isatty() else None


def _show_stage(stage: str, fraction: float) -> None:
    print(f"\r{stage:>10} {fraction:4.0%}", end="\n" if stage == "write" else "", file=sys.stderr, flush=True)


def _explain_frame(given: argparse.Namespace) -> None:
    from milo_demo.saved import explain_frame

    told, picture = explain_frame(given.result, given.second)
    if given.picture:
        if picture is None:
            raise MiloError("The clip has no picture: leave --picture out.")
        if given.picture.exists():
            raise MiloError(f"{given.picture} is there already: name another file, or move it away first.")
        try:
            picture.save(given.picture)
        except ValueError as error:
            raise MiloError(
                f"No picture can be written to {given.picture}: name a file that ends in .png or .jpg."
            ) from error
        except OSError as error:
            raise MiloError(
                f"No picture can be written to {given.picture} ({error.strerror}): name a file in a folder that is "
                "there, on a disk with room."
            ) from error
    _print(told)


def _separate(given: argparse.Namespace) -> None:
    from milo_demo.programs.functions import separate

    _print(separate(given.file, options_of(given), out=given.out, on_stage=shower()))


def _instruments(_: argparse.Namespace) -> None:
    from milo_demo.programs.functions import instruments

    _print(instruments())


def _print(told: Any) -> None:
    print(json.dumps(told, ensure_ascii=False, indent=1))
