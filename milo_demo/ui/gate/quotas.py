"""What visitors may cost, each and all together: files and bytes that they have uploaded, runs that wait.

A visitor is a network address: what a browser says of itself can be said anew. A school may be one address, so that
what is each one's is a class's.
"""

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from milo_demo.ui.gate.doors import MB

RESERVE = 1_000 * MB
"""Of the disk, left free by uploads: what runs under way still write."""

MODELS_BRING = 64 * MB
"""In the requests of all language models together: they are in memory, several times."""

RUNS_EACH, RUNS_FROM, RUNS_ALL = 3, 40, 60
"""Runs that wait or work: of one page, of one address, of all. Two work at once, a minute each: who is the sixtieth
waits half an hour, and nobody waits longer."""
EVENTS_EACH, EVENTS_FROM = 30, 300
"""Anything that a page has asked for and not got yet, and all pages at one address: a page's own figures, waveform and
files are five, and whoever opens many pages is a class."""

CALLS_FROM = 100
"""Of programs that call by name, from one address: each call is a page of its own, as it were."""


class Most(NamedTuple):
    files: int
    bytes: int


EACH = Most(100, 6_000 * MB)
"""Kept for one address: a class of thirty with three clips each, or three of the largest files."""
ALL = Most(1_000, 30_000 * MB)
"""Kept at all. The disk's own end comes first on most machines."""


class Uploads:
    """Which files there are, and who brought them. What has been removed meanwhile no longer counts."""

    def __init__(self, each: Most = EACH, all_: Most = ALL) -> None:
        self.each, self.all = each, all_
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, int]] = {}
        self._coming: Counter[str] = Counter()
        self._files_coming: Counter[str] = Counter()

    def admit(self, visitor: str, size: int, folder: Path) -> str | None:
        """Make room for `size` bytes that begin to come into `folder`; or why not, one sentence. `done` ends it."""
        with self._lock:
            self._kept = {path: kept for path, kept in self._kept.items() if os.path.exists(path)}
            mine = [kept for kept in self._kept.values() if kept[0] == visitor]
            each = Most(len(mine) + self._files_coming[visitor], sum(b for _, b in mine) + self._coming[visitor])
            coming = self._coming.total()
            all_ = Most(len(self._kept) + self._files_coming.total(), sum(b for _, b in self._kept.values()) + coming)
            if each.files >= self.each.files or each.bytes + size > self.each.bytes:
                return (
                    f"From here {each.files} files of {each.bytes / MB:.0f} MB are kept already, and no more is taken: "
                    "they go after some hours."
                )
            if all_.files >= self.all.files or all_.bytes + size > self.all.bytes:
                return "Too many files are kept here already: try again in an hour."
            if _free(folder) < coming + size + RESERVE:
                return "There is no room on the disk of the machine that runs this page: try again in an hour."
            self._coming[visitor] += size
            self._files_coming[visitor] += 1
        return None

    def done(self, visitor: str, size: int, paths: Iterable[str] = ()) -> None:
        """It has come, as files at `paths`; or not, where there are none. One request may bring many: those beyond what
        is kept for each are removed."""
        with self._lock:
            self._coming[visitor] -= size
            self._files_coming[visitor] -= 1
            count = sum(kept[0] == visitor for kept in self._kept.values())
            for path in paths:
                if path in self._kept or not os.path.isfile(path):
                    continue
                if count >= self.each.files:
                    os.remove(path)
                    continue
                self._kept[path] = visitor, os.path.getsize(path)
                count += 1


def too_many(events: Iterable[Any], visitor: str, session: str | None, is_run: bool) -> str | None:
    """Why one more event of a page is too many; None where it is not.

    events  : those of Gradio's queue that wait or work
    session : whose; None of a program that calls by name, each of whose calls is one of its own
    is_run  : whether the new one is an analysis
    """
    waiting = list(events)
    if sum(event.session_hash == session for event in waiting) >= EVENTS_EACH:
        return "This page has asked for too much at once: wait until it is done."
    mine = [event for event in waiting if event.request.client is not None and event.request.client.host == visitor]
    if session is None and len(mine) >= CALLS_FROM:
        return f"{CALLS_FROM} calls from here are waiting or at work already: wait until some are done."
    if len(mine) >= EVENTS_FROM:
        return "Too much is asked for from here at once: wait until some of it is done."
    if not is_run:
        return None
    runs = [event for event in waiting if event.concurrency_id == "work"]
    if sum(run.session_hash == session for run in runs) >= RUNS_EACH:
        return f"{RUNS_EACH} analyses of this page are waiting or at work already: wait, or cancel one."
    if sum(event.concurrency_id == "work" for event in mine) >= RUNS_FROM:
        return f"{RUNS_FROM} analyses from here are waiting or at work already: try again in a few minutes."
    if len(runs) >= RUNS_ALL:
        return f"{RUNS_ALL} analyses are waiting or at work already: try again in a few minutes."
    return None


def _free(folder: Path) -> int:
    """Bytes on the disk of a folder that may not be there yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
