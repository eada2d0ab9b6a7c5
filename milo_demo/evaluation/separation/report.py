"""How well mixtures are taken apart: ``python -m milo_demo evaluate separation --data DIR``.

`sets` says what is taken apart, `methods` by whom, `measures` what is counted. A row is a method on a set; where a set
always has the same tracks, each of them has a row as well. Last comes, of those who gave wrong names, what they called
what.
"""

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from milo_demo.errors import MiloError
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Method
from milo_demo.evaluation.separation.measures import Measured, confusion, measure, summary
from milo_demo.evaluation.separation.methods import METHODS, ON_REQUEST
from milo_demo.evaluation.separation.sets import SETS
from milo_demo.evaluation.table import Figure, Printer, Table

TRACK_BY_TRACK = {"mir1k": ("voice", RESIDUAL), "pop": ("drum", "electric_bass", "voice", RESIDUAL)}


def evaluate(
    data: Path,
    workdir: Path | None = None,
    sets: Sequence[str] = (),
    methods: Sequence[str] = (),
    cases: int | None = None,
) -> Table:
    """Measure; print and return what is found. Some two seconds for each method and mixture, of which there are 130.

    data    : folder with recordings, mixtures, soundfonts and midi
    workdir : folder in which what is rendered stays for the next time
    sets    : names of `SETS`, default all
    methods : names of `METHODS`, default all but those ON_REQUEST
    cases   : how many of each set, default all

    Raises MiloError where a name is not known or data are missing.
    """
    chosen_sets = _chosen(sets, list(SETS), "set")
    usual = [name for name in METHODS if name not in ON_REQUEST]
    chosen_methods = _chosen(methods or usual, list(METHODS), "method")
    printer, measured = Printer(), dict[str, list[Measured]]()
    with TemporaryDirectory() as folder:
        for name in chosen_sets:
            found = _measured(list(islice(SETS[name](Path(data), workdir or Path(folder)), cases)), chosen_methods)
            printer.show(_table(name, found))
            for method, some in found.items():
                measured.setdefault(method, []).extend(some)
    for method, some in measured.items():
        printer.show(_names(method, some))
    return printer.table


def _measured(cases: list[Case], methods: list[str]) -> dict[str, list[Measured]]:
    """What each method that has anything to say makes of the cases of a set."""
    found: dict[str, list[Measured]] = {}
    for case in cases:
        for name in methods:
            if (one := _separated(case, METHODS[name])) is not None:
                found.setdefault(name, []).append(one)
    return {name: found[name] for name in methods if name in found}


def _separated(case: Case, method: Method) -> Measured | None:
    begun_s = time.process_time()
    estimates = method(case)
    cost = (time.process_time() - begun_s) / case.duration_s
    return None if estimates is None else measure(case, estimates, cost)


def _table(name: str, measured: dict[str, list[Measured]]) -> Table:
    table = {f"{name}: {method}": summary(found) for method, found in measured.items()}
    for label in TRACK_BY_TRACK.get(name, ()):
        table |= {f"{name}, {label}: {method}": summary(found, label) for method, found in measured.items()}
    return {row: figures for row, figures in table.items() if figures}


def _names(method: str, measured: list[Measured]) -> Table:
    """How often what is called what; nothing where all names were right."""
    if all(one.whole.get("names", 1) for one in measured):
        return {}
    return {
        f"{method}: {label} is called": {name: Figure(count) for name, count in sorted(row.items())}
        for label, row in sorted(confusion(measured).items())
    }


def _chosen(names: Sequence[str], known: list[str], what: str) -> list[str]:
    """Those that were named, or all, in our order."""
    for name in names:
        if name not in known:
            raise MiloError(f"There is no {what} {name}: choose from {', '.join(known)}.")
    return [name for name in known if name in names] if names else known
