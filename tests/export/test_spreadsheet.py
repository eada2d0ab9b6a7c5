"""events.xlsx as a spreadsheet program reads it, in languages that write 0.5 and 0,5."""

import csv
import shutil
import subprocess

import pytest

from milo_demo.export import spreadsheet
from tests.export import cells

COLUMNS = ("label", "start_s", "score")
ROWS = [["Bach & <Söhne> 浜辺", 0.512, 0.6667], ["violin", 1.05, 0.8], ["=1+1", 1024.0, 1.0]]

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{}</value></prop>
</item></oor:items>"""
AS_SHOWN = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true"
"""LibreOffice's filter: between semicolons, UTF-8, cells as they are shown."""


@pytest.fixture
def table(tmp_path):
    spreadsheet.write(tmp_path / "events.xlsx", "events", [COLUMNS, *ROWS])
    return tmp_path / "events.xlsx"


@pytest.mark.parametrize("locale, point", [("de-DE", ","), ("fr-FR", ","), ("en-US", ".")])
def test_a_spreadsheet_program_reads_words_and_numbers(table, tmp_path, locale, point):
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("no LibreOffice here (Debian: libreoffice-calc)")
    settings = tmp_path / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(PROFILE.format(locale), encoding="utf-8")
    command = [program, f"-env:UserInstallation={settings.parents[1].as_uri()}", "--headless"]
    command += ["--convert-to", AS_SHOWN, "--outdir", tmp_path / "read", table]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with open(tmp_path / "read" / "events.csv", encoding="utf-8", newline="") as file:
        found = list(csv.reader(file, delimiter=";"))
    shown = [[str(cell).removesuffix(".0").replace(".", point) for cell in row] for row in ROWS]
    assert found == [list(COLUMNS), *shown]


def test_numbers_are_numbers_in_the_file_and_words_are_words(table):
    assert cells.read(table) == [list(COLUMNS), *ROWS]


def test_the_same_table_gives_the_same_bytes(table, tmp_path):
    spreadsheet.write(tmp_path / "again.xlsx", "events", [COLUMNS, *ROWS])
    assert table.read_bytes() == (tmp_path / "again.xlsx").read_bytes()
