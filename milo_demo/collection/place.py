"""Where a collection lies, and what of it counts.

    COLLECTION/collection.json             which parts of the tables count; replaced as a whole
    COLLECTION/clips/<clip>/               as `analyse` leaves it, with clip.json and embedding.npy
    COLLECTION/tables/<part>/<table>.parquet

A clip's folder is made under another name and gets its own in one step, and so does a part of the tables, which counts
from the moment on that collection.json names it. Whatever else lies there was left by somebody who was killed, and
goes with the next run.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from milo_demo.errors import MiloError

KIND = "milo.collection/"
SCHEMA = f"{KIND}1"
MANIFEST = "collection.json"
CLIPS, TABLES = "clips", "tables"
UNDER_WAY = ".tmp-"
"""What is not finished is called so, followed by what it will be called."""


@dataclass(frozen=True)
class Collection:
    """A collection that is there.

    parts : names of the parts that count, in order
    """

    folder: Path
    parts: tuple[str, ...] = ()

    def clip(self, clip_id: str) -> Path:
        """The folder of a clip."""
        return self.folder / CLIPS / clip_id

    def files(self, table: str) -> list[str]:
        """The Parquet files of a table."""
        return [str(self.folder / TABLES / part / f"{table}.parquet") for part in self.parts]

    def counting(self, parts: Sequence[str]) -> "Collection":
        """The same with other parts, from now on and for everyone."""
        changed = Collection(self.folder, tuple(parts))
        text = json.dumps({"schema": SCHEMA, "parts": list(changed.parts)}, indent=1) + "\n"
        part = self.folder / f"{UNDER_WAY}{MANIFEST}"
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / MANIFEST)
        return changed


def open_collection(folder: Path) -> Collection:
    """Raises MiloError where there is none, or one of another version."""
    path = folder / MANIFEST
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        schema, parts = record["schema"], record.get("parts")
    except FileNotFoundError as error:
        raise MiloError(f"{folder} is no collection: make one with `batch`, or name its folder.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MiloError(f"{path} cannot be read: make the collection anew in another folder.") from error
    if schema != SCHEMA:
        raise MiloError(f"{folder} was made by another version of MILO: make the collection anew in another folder.")
    names = parts if isinstance(parts, list) else []
    if any(not isinstance(name, str) or Path(name).name != name for name in names) or names != parts:
        raise MiloError(f"{path} cannot be read: make the collection anew in another folder.")
    return Collection(folder, tuple(names))


def is_collection(folder: Path) -> bool:
    """Whether one lies there, of whichever version; files of others may be called as its own is."""
    try:
        record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(record, dict) and str(record.get("schema")).startswith(KIND)


def refuse(folder: Path) -> Collection | None:
    """The collection in `folder`, None where there can be made one. Raises MiloError where there cannot."""
    if (folder / MANIFEST).exists():
        return open_collection(folder)
    if os.path.lexists(folder) and not folder.is_dir():
        raise MiloError(f"{folder} is a file: name a folder for the collection.")
    if folder.is_dir() and any(name != LOCK for name in os.listdir(folder)):
        raise MiloError(f"{folder} holds something else than a collection: name a new folder.")
    return None


LOCK = ".lock"


@contextmanager
def working(folder: Path) -> Iterator[Collection]:
    """The collection in `folder`, made if there is none, for this process alone; what killed ones left is removed.

    Raises MiloError where it cannot be had.
    """
    refuse(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise MiloError(f"Another run is at work in {folder}: wait for its end.") from error
    except (OSError, NotImplementedError) as error:
        raise MiloError(f"Nothing can be written into {folder} ({error}): name another folder.") from error
    try:
        found = refuse(folder)
        for name in (CLIPS, TABLES):
            (folder / name).mkdir(exist_ok=True)
        yield sweep(found if found is not None else Collection(folder).counting([]))
    finally:
        lock.release()


def sweep(collection: Collection) -> Collection:
    """Remove what does not count."""
    for path in (collection.folder / CLIPS).glob(f"{UNDER_WAY}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in (collection.folder / TABLES).iterdir():
        if path.name not in collection.parts:
            shutil.rmtree(path, ignore_errors=True)
    return collection
