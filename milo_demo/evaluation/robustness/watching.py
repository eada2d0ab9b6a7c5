"""What processes take and leave: memory and children of one, files in a folder. Where there is no /proc, nothing is
measured."""

import os
import threading
from contextlib import suppress
from pathlib import Path

LOOK_S = 0.05

PROC = Path("/proc")


def family(process: int) -> list[int]:
    """A process and all its living descendants."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir(PROC) if PROC.is_dir() else []:
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                state, parent = (PROC / entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents.setdefault(int(parent), []).append(int(entry))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def memory_bytes(process: int) -> int:
    """Of a process and its descendants: what lies in memory now. What they share is counted for each."""
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    total = 0
    for one in family(process):
        with suppress(OSError, IndexError, ValueError):
            total += int((PROC / str(one) / "statm").read_text().split()[1]) * page
    return total


class Peak:
    """The most memory that a process and its descendants take while it is watched, in bytes.

    with Peak(process) as peak: …
    """

    def __init__(self, process: int) -> None:
        self.bytes = 0
        self._process = process
        self._done = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watching.join()

    def _watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, memory_bytes(self._process))
            if self._done.wait(LOOK_S):
                return


def left_in(folder: Path) -> list[str]:
    """Everything below a folder, by its path there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
