"""All attacks, and what survived them: ``python -m milo_demo evaluate robustness``."""

import random
from collections.abc import Iterator, Sequence

from milo_demo.errors import MiloError
from milo_demo.evaluation.robustness import endings, files, fuzzing, load, tour
from milo_demo.evaluation.robustness.files import Tried
from milo_demo.evaluation.robustness.made import CASES
from milo_demo.evaluation.table import Figure, Printer, Table

SETS = ("files", "fuzzing", "requests", "load", "endings")
SUMMARY = "what is left"
"""An attack whose count is worth a line."""
COLUMNS = ("tried", "survived", "peak, MB", "longest, s")


def evaluate(*, sets: Sequence[str] = SETS, cases: int | None = None, seed: int | None = None) -> Table:
    """Attack; print and return how many attacks were tried and survived. Takes twenty minutes, on this machine and its
    loopback address alone.

    sets  : some of SETS
    cases : so many of the hostile files (default: all)
    seed  : of the mutated files (default: another one each time, which is printed)

    Raises MiloError where something gave way, or where there is no such set.
    """
    if unknown := [name for name in sets if name not in SETS]:
        raise MiloError(f"There is no set {unknown[0]}: choose of {', '.join(SETS)}.")
    seed = random.randrange(10**6) if seed is None else seed
    printer, gave_way = Printer(COLUMNS), 0
    for name in sets:
        tried = []
        for one in _attacks(name, cases, seed):
            tried.append(one)
            if one.wrong:
                print(f"  {one.name!r}: {one.wrong}", flush=True)
            elif one.name == SUMMARY:
                print(f"  {one.name}: {one.said}", flush=True)
        gave_way += sum(bool(one.wrong) for one in tried)
        printer.show({f"{name}, seed {seed}" if name == "fuzzing" else name: _row(tried)})
    if gave_way:
        raise MiloError(f"{gave_way} attacks got through: they are named above.")
    return printer.table


def _attacks(name: str, cases: int | None, seed: int) -> Iterator[Tried]:
    if name == "files":
        return files.run(CASES[:cases])
    if name == "fuzzing":
        return fuzzing.run(seed)
    return {"requests": tour, "load": load, "endings": endings}[name].run()


def _row(tried: Sequence[Tried]) -> dict[str, Figure]:
    figures = (
        len(tried),
        sum(not one.wrong for one in tried),
        round(max((one.peak_bytes for one in tried), default=0) / 1e6),
        max((one.seconds for one in tried), default=0.0),
    )
    return {column: Figure(figure) for column, figure in zip(COLUMNS, figures, strict=True)}
