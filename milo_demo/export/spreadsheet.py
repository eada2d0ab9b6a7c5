"""A table as an .xlsx file of one sheet, for spreadsheet programs in any language.

No CSV file opens rightly everywhere: where a comma stands before the decimals, as in German and French, 0.512 is read
as 512 and 0.6667 as a word, whatever separates the columns. Here columns are columns and numbers are numbers.
"""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPEN = "http://schemas.openxmlformats.org"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE = f"{OPEN}/officeDocument/2006/relationships"
RELATIONS = f'<Relationships xmlns="{OPEN}/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/'

PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{OPEN}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KINDS}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{RELATIONS}officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{RELATIONS}worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{OPEN}/spreadsheetml/2006/main" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{OPEN}/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>{rows}</sheetData></worksheet>",
}
"""Every part that a spreadsheet program asks for, by its name in the file."""

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest date that the format knows: the same table gives the same bytes."""


def write(path: Path, title: str, rows: Iterable[Sequence[str | float]]) -> None:
    """Write rows of words and numbers, the first with the columns' names, which stays in sight."""
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in PARTS.items():
            content = HEAD + text.replace("{title}", escape(title)).replace("{rows}", cells)
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{float(value)!r}</v></c>"
