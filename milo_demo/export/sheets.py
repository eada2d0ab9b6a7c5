"""Events as tables: events.xlsx for spreadsheets, events.csv for programs, labels.txt for Audacity."""

import csv
from dataclasses import asdict
from pathlib import Path

from milo_demo.analysis import Event, rounded
from milo_demo.export import spreadsheet

COLUMNS = ("kind", "label", "group", "start_s", "end_s", "score")


def write_events(events: list[Event], folder: Path) -> list[str]:
    """Write the three files into an existing folder; their names."""
    table = [rounded(asdict(event)) for event in events]
    spreadsheet.write(folder / "events.xlsx", "events", [COLUMNS, *([row[name] for name in COLUMNS] for row in table)])
    with open(folder / "events.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(table)
    with open(folder / "labels.txt", "w", encoding="utf-8", newline="\n") as file:
        # Audacity's label track: start, end and text between tabs
        file.writelines(f"{e.start_s:.3f}\t{e.end_s:.3f}\t{e.label} ({e.kind})\n" for e in events)
    return ["events.xlsx", "events.csv", "labels.txt"]
