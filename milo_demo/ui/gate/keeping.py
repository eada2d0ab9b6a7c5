"""Results go after some hours, and earlier where there are too many: the oldest finished one first.

A result belongs to a page that is open somewhere, and goes with it; but a client that never told the server it is
there, or was forgotten among ten thousand, takes its result with nobody.
"""

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from milo_demo.ui.gate.doors import MB
from milo_demo.ui.results import DONE, home

KEPT_S = 6 * 3600
"""As long as Gradio keeps uploads (`delete_cache` in `ui/layout`); no run lasts as long."""
MOST_KEPT = 10_000 * MB
"""Bytes of all results: some five hundred of three minutes."""
HALF_S = 600
"""So long nothing has come of an upload that has broken off: Gradio leaves what has come."""
EVERY_S = 300

log = logging.getLogger(__name__)


@asynccontextmanager
async def keep_tidy(_: Any) -> AsyncIterator[None]:
    """While the page runs, `sweep` its results."""
    task = asyncio.create_task(_sweep_now_and_then())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sweep(top: Path, now_s: float, most_bytes: int = MOST_KEPT) -> None:
    """Remove, in the folder of all results, those that are older than KEPT_S, and finished ones, oldest first, until
    the rest takes at most `most_bytes`; and halves of uploads that nobody goes on sending."""
    ages = {folder: now_s - folder.lstat().st_mtime for folder in top.iterdir() if folder.is_dir()}
    for folder in [folder for folder, age_s in ages.items() if age_s > KEPT_S]:
        shutil.rmtree(folder, ignore_errors=True)
        del ages[folder]
    sizes = {folder: _size(folder) for folder in ages}
    for folder in sorted(ages, key=ages.__getitem__, reverse=True):
        if sum(sizes.values()) <= most_bytes:
            break
        if (folder / DONE).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            del sizes[folder]
    for half in top.parent.glob("tmp*"):
        with suppress(OSError):
            if half.is_file() and now_s - half.lstat().st_mtime > HALF_S:
                half.unlink()


def told() -> Path:
    """Where the clips lie that language models send within their requests, until they are uploaded from there."""
    return Path(home().name).with_name(f"{Path(home().name).name}-told")


def clear_told() -> None:
    """No such request is under way any more."""
    shutil.rmtree(told(), ignore_errors=True)


async def _sweep_now_and_then() -> None:
    while True:
        try:
            await asyncio.to_thread(sweep, Path(home().name), time.time())
        except OSError:  # something went while it was looked at
            log.debug("a sweep was interrupted", exc_info=True)
        await asyncio.sleep(EVERY_S)


def _size(folder: Path) -> int:
    """Bytes that go with a folder: those of files that lie in another's as well count half."""
    found = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            stat = file.lstat()
            found += stat.st_size // max(1, stat.st_nlink)
    return found
