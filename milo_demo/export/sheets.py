"""Events as tables: events.xlsx for spreadsheets, events.csv for programs, labels.txt for Audacity."""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from milo_demo.analysis import Event, rounded
from milo_demo.corrections import Correction, was
from milo_demo.export import spreadsheet

NAMED = {"heard", "seen", "played"}
"""Kinds of events that have an instrument's name, which may have been put right."""
COLUMNS = ("kind", "label", "group", "start_s", "end_s", "score", "by_hand")


def write_events(events: list[Event], folder: Path, by_hand: Sequence[Correction] = ()) -> list[str]:
    """Write the three files into an existing folder; their names.

    by_hand : corrections, which the tables tell beside every event that has its name from one
    """
    table = [
        rounded(asdict(event)) | {"by_hand": was(by_hand, event.label) if event.kind in NAMED else ""}
        for event in events
    ]
    spreadsheet.write(folder / "events.xlsx", "events", [COLUMNS, *([row[name] for name in COLUMNS] for row in table)])
    with open(folder / "events.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(table)
    with open(folder / "labels.txt", "w", encoding="utf-8", newline="\n") as file:
        # Audacity's label track: start, end and text between tabs
        file.writelines(
            f"{row['start_s']:.3f}\t{row['end_s']:.3f}\t{row['label']} ({', '.join(filter(None, told))})\n"
            for row in table
            for told in [(row["kind"], row["by_hand"])]
        )
    return ["events.xlsx", "events.csv", "labels.txt"]
