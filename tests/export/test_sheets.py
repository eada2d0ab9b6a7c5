import csv

import numpy as np

from milo_demo.analysis import Event
from milo_demo.export.sheets import write_events
from tests.export import cells


def test_events_for_spreadsheets_and_audacity(tmp_path):
    names = write_events([Event("heard", "violin", "Instrument", 0.512, 1.024, 2 / 3)], tmp_path)
    assert sorted(names) == sorted(file.name for file in tmp_path.iterdir())
    with open(tmp_path / "events.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "kind": "heard", "label": "violin", "group": "Instrument",
        "start_s": "0.512", "end_s": "1.024", "score": "0.6667",
    }  # fmt: skip
    assert (tmp_path / "labels.txt").read_text() == "0.512\t1.024\tviolin (heard)\n"


def test_no_events_are_a_table_without_rows(tmp_path):
    write_events([], tmp_path)
    assert (tmp_path / "events.csv").read_text() == "kind,label,group,start_s,end_s,score\n"
    assert (tmp_path / "labels.txt").read_text() == ""


def test_the_spreadsheet_says_the_same_as_the_table(tmp_path):
    write_events([Event("heard", "violin", "Instrument", np.float64(0.512), 1.024, 2 / 3)], tmp_path)
    with open(tmp_path / "events.csv", encoding="utf-8", newline="") as file:
        columns, row = csv.reader(file)
    assert cells.read(tmp_path / "events.xlsx") == [columns, [*row[:3], *map(float, row[3:])]]
