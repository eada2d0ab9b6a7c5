"""Folders that go with the process that made them, however it ends.

Whoever is killed cannot tidy up. So every such folder has a lock beside it, which the system lets go of when its
process dies, and whoever makes the next one removes those that nobody holds.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from milo_demo.machine import alone, own_folder


class Passing:
    """A folder of this process.

    path : where it lies, this user's alone
    """

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path, self._lock = path, lock

    def remove(self) -> None:
        """The folder, its lock, and the file that the lock is."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):  # where open files cannot be removed, the next sweep does
            Path(self._lock.lock_file).unlink()
        self._lock.release()


def passing(kind: str) -> Path:
    """A new folder of this kind, in the temporary one, that goes with the program; those that dead processes left are
    removed."""
    top = own_folder() / kind
    top.mkdir(mode=0o700, exist_ok=True)
    folder = begin(top)
    atexit.register(folder.remove)
    return folder.path


def begin(top: Path, prefix: str = "") -> Passing:
    """A new folder in `top`, its name random behind `prefix`, to be removed by who wanted it; those of this prefix that
    dead processes of this user left are removed. Raises OSError where nothing can be written."""
    with alone("passing"):  # between its making and its locking a folder would look like a dead process's
        sweep(top, prefix)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=top))
        lock = FileLock(_lock_of(folder))
        with suppress(OSError, NotImplementedError):  # without locks nothing is swept either
            lock.acquire()
    return Passing(folder, lock)


def sweep(top: Path, prefix: str = "") -> None:
    """Remove what dead processes of this user left: folders whose lock nobody holds. One without a lock is somebody
    else's, or just being made."""
    for path in top.glob(f"{prefix}*.lock"):
        lock = FileLock(path, timeout=0)
        with suppress(Timeout, OSError, NotImplementedError):
            if _is_own(path) and (_is_own(path.with_suffix("")) or not os.path.lexists(path.with_suffix(""))):
                lock.acquire()
                Passing(path.with_suffix(""), lock).remove()


def _is_own(path: Path) -> bool:
    """Whether this user made it, and it is not a link to something else."""
    found = os.lstat(path) if os.path.lexists(path) else None
    if found is None or path.is_symlink():
        return False
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
