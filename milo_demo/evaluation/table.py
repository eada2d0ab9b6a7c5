"""Tables of figures: what all reports compute, and the one way to print them.

A table says row -> column -> figure. Its columns are mostly those who are compared, side by side. Figures are 0-1
unless a row or a column names a unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.intervals import CONFIDENCE, Interval, wilson

ROW_WIDTH, COLUMN_WIDTH = 50, 9
"""At least, characters."""


@dataclass(frozen=True)
class Figure:
    """One figure.

    value    : a whole number (int) is printed as one
    count    : how many recordings, pictures or steps stand behind it; of a row, the first one is printed
    interval : see `intervals`
    """

    value: float
    count: int | None = None
    interval: Interval | None = None


Table = dict[str, dict[str, Figure]]
"""Row -> column -> figure."""


def share(found: Sequence[bool] | NDArray[np.bool_]) -> Figure:
    """In which part of all something was so, with Wilson's interval."""
    hits, count = int(np.sum(found)), len(found)
    return Figure(hits / count, count, wilson(hits, count))


def by_row(by_column: Mapping[str, Mapping[str, Figure]]) -> Table:
    """A table from what each column has to say: column -> row -> figure."""
    table: Table = {}
    for column, figures in by_column.items():
        for row, figure in figures.items():
            table.setdefault(row, {})[column] = figure
    return table


class Printer:
    """Prints one table after another, under a new heading where the columns are others than before.

    columns : all that may come, in order; without them each table has those that occur in it
    table   : all that has been shown
    """

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self._columns = list(columns)
        self._heading = ""
        self.table: Table = {}

    def show(self, table: Table) -> None:
        """Print a row a line: its name, the count behind it in brackets, its figures, and the interval of the first of
        them that has one."""
        if not table:
            return
        self.table |= table
        columns = self._columns or list(dict.fromkeys(column for row in table.values() for column in row))
        names = {row: _name(row, figures) for row, figures in table.items()}
        width = max([ROW_WIDTH, *(len(name) + 1 for name in names.values())])
        heading = f"{'':{width}}" + "".join(f"{column:>{_width(column)}}" for column in columns)
        if any(figure.interval for figures in table.values() for figure in figures.values()):
            heading += f"   {CONFIDENCE:.0%} interval of"
        if not self._heading.startswith(heading):
            print(heading)
            self._heading = heading
        for row, figures in table.items():
            cells = (f"{_value(figures.get(column)):>{_width(column)}}" for column in columns)
            print(f"{names[row]:{width}}{''.join(cells)}{_interval(figures, columns)}".rstrip(), flush=True)


def _name(row: str, figures: Mapping[str, Figure]) -> str:
    counts = [figure.count for figure in figures.values() if figure.count is not None]
    return f"{row} ({counts[0]})" if counts else row


def _width(column: str) -> int:
    return max(COLUMN_WIDTH, len(column) + 2)


def _value(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{figure.value:,}" if isinstance(figure.value, int) else f"{figure.value:.3f}"


def _interval(figures: Mapping[str, Figure], columns: Sequence[str]) -> str:
    for column in columns:
        if column in figures and (interval := figures[column].interval):
            return f"   {column} {interval[0]:.3f}-{interval[1]:.3f}"
    return ""
