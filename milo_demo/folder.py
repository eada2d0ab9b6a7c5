"""Where a result lies: an earlier result's files are replaced, nothing else ever, and no finished work is lost.

A file counts as a result's own only if that is known: analysis.json, which is written last, names the files beside it
with their fingerprints and carries one of itself, and what lies there still has them. Everything else is the user's.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS, RESIDUAL
from milo_demo.machine import own_folder
from milo_demo.machine.passing import Passing, begin

SCHEMA = "milo.analysis/3"
RECORD = "analysis.json"
TRACKS = {label: f"track-{label}.flac" for label in (*LABELS, RESIDUAL)}
"""The file of each separated track, by its label."""
MIX = "tracks.mp4"
"""All tracks in one, for the page's mixer."""
MASK = "mask.png"
"""Which track each place of the spectrogram went to."""
FILES = (
    *("video.mp4", "maps.npz", "events.xlsx", "events.csv", "labels.txt", "captions.vtt", "annotated.mp4"),
    *("notes.mid", "tracks.zip", "everything.zip", MIX, MASK, *TRACKS.values()),
)
"""What a result may hold beside its record."""

MB = 1_000_000


class NoRoom(MiloError):
    """The disk has no room for a result: another clip will not fare better."""


def as_text(record: dict[str, Any]) -> str:
    """The record as it stands in its file."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def sealed(record: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    """The record with the fingerprints of the files beside it and, if there are any, one of itself (but for how long
    things took, so that the same input gives the same)."""
    others = {name: files[name] for name in sorted(files) if name != RECORD}
    told = {key: value for key, value in record.items() if key not in ("files", "timings_s")} | {"files": others}
    seal = hashlib.sha256(as_text(told).encode(errors="surrogatepass")).hexdigest()
    return record | {"files": {RECORD: seal, **others} if others else {}}


def fingerprint(path: Path) -> str | None:
    """sha256 of a file; None where there is none of its own to read: no file, or only a link to one."""
    if path.is_symlink() or not path.is_file():
        return None
    sha = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(MB):
                sha.update(block)
    except OSError:
        return None
    return sha.hexdigest()


def own(folder: Path) -> set[str]:
    """Names of the files in `folder` that are known to be a result's, as it was written."""
    record = _record(folder)
    if record is None:
        return set()
    return {RECORD} | {name for name in FILES if record["files"].get(name, "") == fingerprint(folder / name)}


def refuse(folder: Path, names: Collection[str] = (RECORD, *FILES), advice: str = "") -> set[str]:
    """Raise MiloError where writing `names` into `folder` would replace anything that is not a result's own; else the
    names of what may be replaced.

    advice : what to do, to end the sentence with
    """
    there = [name for name in names if os.path.lexists(folder / name)]
    known = own(folder) if there else set()
    others = [name for name in there if name not in known]
    if not others:
        return known.intersection(there)
    if _written_by_another_version(folder):
        raise MiloError(
            f"{folder} holds a result of another version of MILO, whose files cannot be told from yours: "
            f"{advice or 'name another folder, or empty this one first'}."
        )
    if len(others) == 1:
        said, it = f"{others[0]}, which is not from an earlier result or was changed since", "it"
    else:
        listed = f"{', '.join(others[:-1])} and {others[-1]}"
        said, it = f"{listed}, which are not from an earlier result or were changed since", "them"
    raise MiloError(f"{folder} holds {said}: {advice or f'name another folder, or move {it} away first'}.")


def need(folder: Path, size: int) -> None:
    """Raise NoRoom where the disk of `folder` has no room for `size` bytes."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise NoRoom(
            f"There is too little room on the disk for the result: it may take {size / MB:.0f} MB and "
            f"{free / MB:.0f} MB are free; make some, name a folder on another disk, or choose a shorter part."
        )


@contextmanager
def working(target: Path | None, source: str | Path) -> Iterator[Path]:
    """An empty folder to work in. What it holds in the end becomes the result in `target`, or goes where that is None;
    where the work fails, everything is as it was before.

    Raises MiloError before any work where `target` cannot be written, or would lose a file of the user's own: the
    source or anything else that is not an earlier result's.
    """
    if target is not None:
        _spare(source, target)
        refuse(target)
    begun, made = _begin(target)
    try:
        yield begun.path
        if target is not None:
            _put(begun.path, target)
    finally:
        begun.remove()
        _remove(made)


def _spare(source: str | Path, target: Path) -> None:
    """Raise MiloError where a file of the result would take the source's place, however the source is spelled."""
    for name in (RECORD, *FILES):
        if _same(source, target / name):
            raise MiloError(
                f"{target / name} is the file to be analysed, which the result would overwrite: name another folder."
            )


def _same(one: str | Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them is not there
        return False


def _begin(target: Path | None) -> tuple[Passing, list[Path]]:
    """An empty folder to work in, and those that were made for it, innermost first. What a run that was killed left
    there goes."""
    if target is None:
        return begin(own_folder(), "run-"), []
    if os.path.lexists(target) and not os.path.isdir(target):
        raise MiloError(f"{target} is a file: name a folder for the result.")
    made = [path for path in (target, *target.parents) if not os.path.lexists(path)]
    try:
        target.mkdir(parents=True, exist_ok=True)
        # Inside the target: what lies beside it may be another disk, whose files cannot be moved here in one piece.
        return begin(target, ".milo-"), made
    except OSError as error:
        _remove(made)
        raise MiloError(f"Nothing can be written into {target} ({error.strerror}): name another folder.") from error


def _remove(made: list[Path]) -> None:
    for path in made:
        with suppress(OSError):  # something lies there
            path.rmdir()


def _put(folder: Path, target: Path) -> None:
    """Move a finished result into its place and the earlier one out of it; if that fails, keep both."""
    kept, aside = folder.with_name(folder.name.lstrip(".")), folder / "earlier"
    advice = f"the new result lies in {kept}"
    moved: list[tuple[Path, Path]] = []
    try:
        earlier = refuse(target, advice=advice)  # again: the work has taken a while
        new = sorted(os.listdir(folder), key=lambda name: name == RECORD)
        aside.mkdir()
        for name in sorted(earlier, key=lambda name: name != RECORD):
            _move(target / name, aside / name, moved)
        for name in new:
            _move(folder / name, target / name, moved)
    except BaseException as error:
        for start, end in reversed(moved):
            with suppress(OSError):
                os.rename(end, start)
        with suppress(OSError):
            aside.rmdir()
        if isinstance(error, OSError | MiloError):
            os.rename(folder, kept)
        if isinstance(error, OSError):
            raise MiloError(f"Not every file in {target} can be replaced ({error.strerror}): {advice}.") from error
        raise


def _move(start: Path, end: Path, moved: list[tuple[Path, Path]]) -> None:
    if os.path.lexists(end):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(end))
    os.rename(start, end)
    moved.append((start, end))


def _record(folder: Path) -> dict[str, Any] | None:
    """What analysis.json says, if MILO wrote it and nobody has changed it since."""
    record, text = _read(folder)
    if record.get("schema") != SCHEMA or not isinstance(record.get("files"), dict):
        return None
    return record if text == as_text(sealed(record, record["files"])) else None


def _written_by_another_version(folder: Path) -> bool:
    schema = _read(folder)[0].get("schema")
    return isinstance(schema, str) and schema.startswith("milo.analysis/") and schema != SCHEMA


def _read(folder: Path) -> tuple[dict[str, Any], str]:
    path = folder / RECORD
    try:
        text = "" if path.is_symlink() else path.read_text(encoding="utf-8")
        record = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return {}, ""
    return (record, text) if isinstance(record, dict) else ({}, "")
