"""Reading an .xlsx file as far as tests need it."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree


def read(path: Path) -> list[list[str | float]]:
    """The rows of the first sheet: words as words, numbers as numbers."""
    with zipfile.ZipFile(path) as file:
        words = ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    shared = ["".join(word.itertext()) for word in words]
    rows = [row for row in sheet.iter() if row.tag.endswith("}row")]
    return [[_value(cell, shared) for cell in row] for row in rows]


def _value(cell: ElementTree.Element, shared: list[str]) -> str | float:
    text = "".join(cell.itertext())
    return shared[int(text)] if cell.get("t") == "s" else float(text)
