"""The command line of collections. Each command imports what it runs."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from milo_demo.options import AnalysisOptions
from milo_demo.options.flags import add_options, options_of

if TYPE_CHECKING:
    from milo_demo.collection.batch import Progress

SHOWN_S, LINE_S = 0.5, 30.0
"""Between two states of the progress bar, and between two lines where no terminal shows it."""
FAILURES_SHOWN = 10
OPTIONS = ("start_s", "duration_s", "separator", "ear", "look_for", "threshold")
"""That make sense for many clips; seconds are those of each."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands `batch` and `find`."""
    command = commands.add_parser("batch", help="analyse many clips into a collection")
    command.add_argument("clips", metavar="FOLDER|LIST|GLOB", help="a pattern in quotes")
    command.add_argument("--out", required=True, type=Path, metavar="COLLECTION", help="new, or one to go on with")
    command.add_argument("--workers", type=int, metavar="N", help="clips at once (default: as the machine bears)")
    command.add_argument("--engine", default="local", metavar="local|ray", help="ray: a cluster (default: local)")
    command.add_argument("--address", metavar="HOST:PORT", help="ray: of the cluster's head")
    command.add_argument("--dry-run", action="store_true", help="say what it would take, from a sample")
    add_options(command, OPTIONS)
    command.set_defaults(run=_batch)

    command = commands.add_parser("find", help="ask a collection")
    command.add_argument("collection", type=Path, metavar="COLLECTION")
    command.add_argument("question", nargs="?", default="", help='such as "flute heard not seen"')
    command.add_argument("--like", metavar="CLIP", help="the clips that are most like this one of them")
    command.add_argument("--limit", type=int, default=20, metavar="N", help="how many to show (default: 20)")
    command.add_argument("--json", action="store_true", help="one JSON object for each, a line each")
    command.set_defaults(run=_find)


def _batch(given: argparse.Namespace) -> None:
    from milo_demo.collection import sources
    from milo_demo.collection.batch import batch
    from milo_demo.collection.place import refuse
    from milo_demo.large import require

    options = options_of(given)
    require(*options.larger)
    refuse(given.out)
    found = sources.find(given.clips)
    if given.dry_run:
        _estimate(found, given, options)
        return
    show = _shower()
    try:
        done = batch(
            found,
            given.out,
            options,
            workers=given.workers,
            engine=given.engine,
            address=given.address,
            on_progress=show,
        )
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    _summary(done, given.out)


def _find(given: argparse.Namespace) -> None:
    from milo_demo.collection.finding import Finder

    answer = Finder(given.collection).find(given.question, given.like, given.limit)
    if given.json:
        for clip in answer.clips:
            print(json.dumps(asdict(clip), ensure_ascii=False))
        return
    for clip in answer.clips:
        alike = "" if clip.alike is None else f"{clip.alike:5.2f}  "
        names = ", ".join(dict.fromkeys([*clip.heard, *clip.seen])) or "-"
        minutes, seconds = divmod(int(clip.at_s), 60)
        print(f"{alike}{clip.clip_id}  {minutes}:{seconds:02d}  {clip.name}  ({names})")
    print(f"{len(answer.clips)} of {answer.count} clips")


def _estimate(found: list[Path], given: argparse.Namespace, options: AnalysisOptions) -> None:
    from milo_demo.collection.estimate import estimate

    it = estimate(found, given.out, options, given.workers, given.engine, given.address)
    print(f"{it.clips} clips, {it.current} of them analysed already.")
    if it.sample:
        unread = f"; {it.unreadable} of a sample of {it.sample} cannot be read" if it.unreadable else ""
        print(f"A clip lasts {it.clip_s:.1f} s on average{unread}. A worker takes {it.ratio:.2f} s for a second of it.")
        print(f"With {it.workers} workers about {_time(it.took_s)}, and {it.took_bytes / 1e6:,.0f} MB on the disk.")
    print("Nothing was written.")


def _shower() -> "Callable[[Progress], None]":
    """Something that shows progress, now and then."""
    live, last_s = sys.stderr.isatty(), time.monotonic()

    def show(progress: "Progress") -> None:
        nonlocal last_s
        now_s, over = time.monotonic(), progress.done == progress.to_do
        if not over and now_s - last_s < (SHOWN_S if live else LINE_S):
            return
        last_s = now_s
        share = progress.done / progress.to_do
        left = "" if progress.left_s is None or over else f", {_time(progress.left_s)} left"
        failed = f", {len(progress.failed)} failed" if progress.failed else ""
        bar = "█" * round(20 * share) + "░" * (20 - round(20 * share)) + " " if live else ""
        line = f"{bar}{progress.done}/{progress.to_do} clips, {progress.per_minute:.1f} a minute{left}{failed}"
        print(f"\r{line}\x1b[K" if live else line, end="" if live else "\n", file=sys.stderr, flush=True)

    return show


def _summary(done: "Progress", out: Path) -> None:
    good = done.done - len(done.failed) - done.same
    rate = f", {60 * done.done / done.took_s:.1f} a minute" if done.done and done.took_s else ""
    print(f"{good} clips analysed in {_time(done.took_s)}{rate}; {done.current} had been before; {out}")
    if done.same:
        print(f"{done.same} files have the bytes of a clip that is there.")
    for source, sentence in done.failed[:FAILURES_SHOWN]:
        print(f"failed: {source}: {sentence}")
    if len(done.failed) > FAILURES_SHOWN:
        print(f"… and {len(done.failed) - FAILURES_SHOWN} more, see the table clips.")


def _time(seconds: float) -> str:
    """
    >>> _time(59), _time(3700)
    ('59 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
