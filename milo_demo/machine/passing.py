"""Folders that go with the process that made them, however it ends.

Whoever is killed cannot tidy up. So every such folder has a lock beside it, which the system lets go of when its
process dies, and whoever makes the next one removes those that nobody holds.
"""

import atexit
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from milo_demo.machine import alone, own_folder

_held: list[FileLock] = []


def passing(kind: str) -> Path:
    """A new folder of this kind, this user's alone; those that dead processes left are removed."""
    top = own_folder() / kind
    top.mkdir(mode=0o700, exist_ok=True)
    with alone(kind):
        _sweep(top)
        folder = Path(tempfile.mkdtemp(prefix="", dir=top))
        lock = FileLock(_lock_of(folder))
        with suppress(OSError, NotImplementedError):  # without locks nothing is swept either
            lock.acquire()
    _held.append(lock)
    atexit.register(_remove, folder, lock)
    return folder


def _sweep(top: Path) -> None:
    for path in top.glob("*.lock"):
        lock = FileLock(path, timeout=0)
        with suppress(Timeout, OSError, NotImplementedError):
            lock.acquire()
            _remove(path.with_suffix(""), lock)


def _remove(folder: Path, lock: FileLock) -> None:
    """The folder, its lock, and the file that the lock is."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # where open files cannot be removed, the next sweep does
        Path(lock.lock_file).unlink()
    lock.release()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
