"""Events as tables: events.csv for spreadsheets, labels.txt for Audacity."""

import csv
from dataclasses import asdict
from pathlib import Path

from milo_demo.analysis import Event, rounded

COLUMNS = ("kind", "label", "group", "start_s", "end_s", "score")


def write_events(events: list[Event], folder: Path) -> list[str]:
    """Write both files into an existing folder; their names."""
    with open(folder / "events.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(rounded(asdict(event)) for event in events)
    with open(folder / "labels.txt", "w", encoding="utf-8", newline="\n") as file:
        # Audacity's label track: start, end and text between tabs
        file.writelines(f"{e.start_s:.3f}\t{e.end_s:.3f}\t{e.label} ({e.kind})\n" for e in events)
    return ["events.csv", "labels.txt"]
