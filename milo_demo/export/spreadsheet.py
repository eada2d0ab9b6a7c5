"""A table as an .xlsx file of one sheet, for spreadsheet programs in any language.

No CSV file opens rightly everywhere: where a comma stands before the decimals, as in German and French, 0.512 is read
as 512 and 0.6667 as a word, whatever separates the columns. Here columns are columns and numbers are numbers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

LONG_AGO = datetime(1980, 1, 1)
"""Instead of today: the same table gives the same bytes."""
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
"""Words are words, whatever they begin with."""


def write(path: Path, title: str, rows: Iterable[Sequence[str | float]]) -> None:
    """Write rows of words and numbers, the first with the columns' names, which stays in sight."""
    with xlsxwriter.Workbook(path, PLAIN) as book:
        book.set_properties({"created": LONG_AGO})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
