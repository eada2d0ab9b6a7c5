"""The command line: ``python -m milo_demo <command> --help``.

A wrong input ends with exit code 2 and one sentence on stderr. Each command imports what it runs, so that help and
mistakes are answered at once.
"""

import argparse
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from milo_demo import __version__
from milo_demo.collection import commands as collections
from milo_demo.errors import MiloError
from milo_demo.evaluation import commands as evaluation
from milo_demo.large import commands as larger
from milo_demo.machine.ending import stop_when_asked
from milo_demo.options import flags
from milo_demo.programs import commands as programs
from milo_demo.training import commands as training
from milo_demo.weights import commands as publishing

if TYPE_CHECKING:
    from milo_demo.analysis import Analysis

WORTH_PRINTING = 0.05
"""Labels below this are only in analysis.json: nobody reads twenty lines of nothing."""

TAGS_PRINTED = 8


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):  # a name that the output's code page cannot write is no reason to stop
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    stop_when_asked()
    try:
        options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who read has seen enough, as `head` does; what is left goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MiloError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "Stopped; nothing was written.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m milo_demo", description="Who plays what, when and where.")
    parser.add_argument("--version", action="version", version=f"MILO {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("analyse", help="analyse one video or sound file")
    command.add_argument("video", metavar="VIDEO")
    command.add_argument("--out", required=True, metavar="DIR", help="folder for the result's files")
    flags.add_options(command)
    command.set_defaults(run=_analyse)

    programs.add(commands)
    collections.add(commands)

    training.add(commands)
    evaluation.add(commands)

    command = commands.add_parser("scenes", help="make pictures with boxes, in Pascal VOC's layout")
    command.add_argument("--data", required=True, type=Path, metavar="DIR")
    command.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder")
    command.add_argument("--count", type=int, default=500, metavar="N", help="how many (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0, metavar="S")
    command.set_defaults(run=_scenes)

    command = commands.add_parser("weights", help="list, pin, import or fetch checkpoints")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="which model plays which role, and where it comes from")
    action.set_defaults(run=_list_weights)
    action = actions.add_parser("register", help="pin newly trained checkpoints")
    action.add_argument("role", nargs="?", help="which one (default: all)")
    action.set_defaults(run=_register_weights)
    action = actions.add_parser("import", help="use a model that somebody else published")
    action.add_argument("model", choices=["clip2frame"], help="the tag model of Liu and Yang (2016)")
    action.add_argument("source", nargs="?", metavar="FILE_OR_URL", help="default: the published file, 2.8 MB")
    action.add_argument("--remove", action="store_true", help="go back to the bundled model")
    action.set_defaults(run=_import_weights)

    publishing.add(actions)
    larger.add(actions)

    command = commands.add_parser("space", help="rehearse a Hugging Face Space on this machine")
    command.add_argument("action", choices=["check"])
    command.add_argument("--here", action="store_true", help="in this environment, without installing anything")
    command.set_defaults(run=_space)

    command = commands.add_parser("bench", help="time and memory, as ratios to the clip's duration")
    command.add_argument("--long", action="store_true", help="also the memory that a 20-minute video takes")
    command.set_defaults(run=_bench)
    return parser


def _analyse(options: argparse.Namespace) -> None:
    from milo_demo.pipeline import analyse

    analysis = analyse(
        options.video,
        flags.options_of(options),
        out=options.out,
        on_stage=programs.shower(),
    )
    _print_verdict(analysis)


def _print_verdict(analysis: "Analysis") -> None:
    from milo_demo.grid import per_cent

    def percent(score: float | None) -> str:
        return "-" if score is None else f"{per_cent(score)}%"

    print(f"{'label':<14} {'score':>6} {'heard':>6} {'seen':>6}")
    for row in (row for row in analysis.clip if row.score >= WORTH_PRINTING):
        print(f"{row.label:<14} {percent(row.score):>6} {percent(row.heard):>6} {percent(row.seen):>6}")
    if tags := [f"{tag.label} {percent(tag.score)}" for tag in analysis.tags[:TAGS_PRINTED]]:
        print("tags:", ", ".join(tags))
    if tempi_bpm := analysis.tempi_bpm():
        print(f"tempo: about {' or '.join(f'{bpm:.0f}' for bpm in tempi_bpm)} beats per minute")
    if analysis.tracks:
        print(f"{'track':<14} {'energy':>6} {'dB':>6}  sounds like")
    for track in analysis.tracks:
        quality = "-" if track.quality_db is None else f"{track.quality_db:.1f}"
        names = ", ".join(f"{it['label']} {percent(it['score'])}" for it in track.classified)
        print(f"{track.label:<14} {percent(track.energy):>6} {quality:>6}  {names}".rstrip())
        if track.doubt:
            print(f"  {track.doubt}")
    for warning in analysis.warnings:
        print(warning)


def _scenes(options: argparse.Namespace) -> None:
    from milo_demo.training.seeing import scene_folder

    scene_folder.write(options.data, options.out, count=options.count, seed=options.seed)


def _register_weights(options: argparse.Namespace) -> None:
    from milo_demo import weights

    if options.role not in (None, *weights.ROLES):
        raise MiloError(f"There is no role {options.role}: choose one of {', '.join(weights.ROLES)}.")
    for role in [options.role] if options.role else weights.ROLES:
        weights.register(role)
    _list_weights(options)


def _list_weights(_: argparse.Namespace) -> None:
    from milo_demo import large, weights

    for role in weights.ROLES:
        used = weights.find(role).used
        print(f"{role:<12} {used.name} {used.version}  {used.origin}  {used.sha256[:12]}")
    for name, model in large.MODELS.items():
        here = "fetched" if large.is_here(name) else "not fetched"
        print(f"{name:<12} {model.title} {model.revision[:8]}  {here}  {model.sha256[:12]}")


def _import_weights(options: argparse.Namespace) -> None:
    from milo_demo.weights import clip2frame

    if options.remove:
        print("The bundled tag model is in use again." if clip2frame.remove() else "No tag model had been imported.")
        return
    card = clip2frame.import_weights(options.source or clip2frame.ADDRESS)
    source = card.notes["source"]
    kind = "the published weights" if source["published"] else "in clip2frame's layout, not the published file"
    print(f"Imported {source['from']} ({kind}); from the next start on it names the tags.")


def _space(options: argparse.Namespace) -> None:
    from milo_demo.evaluation.space import check

    check(here=options.here)


def _bench(options: argparse.Namespace) -> None:
    from milo_demo.evaluation.bench import bench

    bench(long=options.long)


if __name__ == "__main__":
    sys.exit(main())
