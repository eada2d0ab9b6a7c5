import csv

import numpy as np

from milo_demo.analysis import Event
from milo_demo.corrections import Correction
from milo_demo.export.sheets import write_events
from tests.export import cells


def test_events_for_spreadsheets_and_audacity(tmp_path):
    names = write_events([Event("heard", "violin", "Instrument", 0.512, 1.024, 2 / 3)], tmp_path)
    assert sorted(names) == sorted(file.name for file in tmp_path.iterdir())
    with open(tmp_path / "events.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "kind": "heard", "label": "violin", "group": "Instrument",
        "start_s": "0.512", "end_s": "1.024", "score": "0.6667", "by_hand": "",
    }  # fmt: skip
    assert (tmp_path / "labels.txt").read_text() == "0.512\t1.024\tviolin (heard)\n"


def test_no_events_are_a_table_without_rows(tmp_path):
    write_events([], tmp_path)
    assert (tmp_path / "events.csv").read_text() == "kind,label,group,start_s,end_s,score,by_hand\n"
    assert (tmp_path / "labels.txt").read_text() == ""


def test_the_spreadsheet_says_the_same_as_the_table(tmp_path):
    corrections = [Correction("guitar", "violin", 0.9)]
    write_events([Event("heard", "violin", "Instrument", np.float64(0.512), 1.024, 2 / 3)], tmp_path, corrections)
    with open(tmp_path / "events.csv", encoding="utf-8", newline="") as file:
        columns, row = csv.reader(file)
    assert cells.read(tmp_path / "events.xlsx") == [columns, [*row[:3], *map(float, row[3:6]), row[6]]]


def test_what_was_corrected_by_hand_is_told(tmp_path):
    corrections = [Correction("guitar", "ukulele", 0.9), Correction("harp", None, 0.6)]
    events = [
        Event("heard", "ukulele", "", 0.0, 1.0, 0.9),
        Event("struck out", "harp", "", 0.0, 2.0, 0.6),
        Event("tag", "ukulele", "", 0.0, 2.0, 0.6),
    ]
    write_events(events, tmp_path, corrections)
    with open(tmp_path / "events.csv", encoding="utf-8", newline="") as file:
        assert [(row["kind"], row["label"], row["by_hand"]) for row in csv.DictReader(file)] == [
            ("heard", "ukulele", "was guitar"),
            ("struck out", "harp", ""),
            ("tag", "ukulele", ""),
        ]
    assert (tmp_path / "labels.txt").read_text() == (
        "0.000\t1.000\tukulele (heard, was guitar)\n0.000\t2.000\tharp (struck out)\n0.000\t2.000\tukulele (tag)\n"
    )
