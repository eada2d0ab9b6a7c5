"""Which clips are meant: those of a folder and the folders in it, of a list, or of a pattern."""

import glob
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from milo_demo.collection.place import is_collection
from milo_demo.errors import MiloError

SUFFIXES = frozenset(
    {
        *(".3gp", ".asf", ".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
        *(".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
        *(".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".caf", ".flac", ".m4a", ".m4b", ".mka"),
        *(".mp2", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma", ".wv"),
    }
)
"""By which clips are known in a folder, where there is much else. Who lists a file, or names it, means it."""
LONGEST_LIST = 100_000_000
"""Bytes: a longer file is no list of paths."""


def find(wish: str) -> list[Path]:
    """The files that `wish` means, in order of their paths: a folder's clips, the lines of a list (paths, relative to
    the list; empty lines and those that begin with # are left out), what a pattern such as ``*/*.mp4`` matches, or one
    clip. What a collection holds is meant only by who lists it, or names it.

    Raises MiloError where there is none.
    """
    path = Path(wish).expanduser()
    if path.is_dir():
        found = sorted(_walk(path))
        if not found:
            raise MiloError(f"There is no video or sound in {wish}: name another folder, or a list of files.")
    elif path.is_file():
        found = [path] if path.suffix.lower() in SUFFIXES else _listed(path)
    elif glob.has_magic(wish):
        matched = sorted(glob.glob(os.path.expanduser(wish), recursive=True))
        found = list(_not_collected(Path(os.path.abspath(name)) for name in matched if os.path.isfile(name)))
        if not found:
            raise MiloError(
                f"No file matches {wish}, those of collections apart: put the pattern in quotes, and check its folder."
            )
    else:
        raise MiloError(f"{wish} is not there: name a folder, a list of files, or a pattern in quotes.")
    return list(dict.fromkeys(Path(os.path.abspath(name)) for name in found))


def _not_collected(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that lie in no collection."""
    is_one = cache(is_collection)
    return (path for path in paths if not any(is_one(folder) for folder in path.parents))


def _walk(top: Path) -> Iterator[Path]:
    """All clips below a folder. Links are followed, each folder is looked into once: links may go round in a circle.
    What is hidden is left out, and collections, which are full of clips of their own."""
    visited: set[tuple[int, int]] = set()
    for folder, inner, names in os.walk(top, followlinks=True):
        state = os.stat(folder)
        if (state.st_dev, state.st_ino) in visited or is_collection(Path(folder)):
            inner.clear()
            continue
        visited.add((state.st_dev, state.st_ino))
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def _listed(path: Path) -> list[Path]:
    wrong = f"{path} is no list of files: write one path per line, of files that are there."
    try:
        if path.stat().st_size > LONGEST_LIST:
            raise MiloError(wrong)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MiloError(wrong) from error
    named = [path.parent / Path(line.strip()).expanduser() for line in lines if line.strip() and line[0] != "#"]
    try:
        found = any(name.is_file() for name in named)
    except (OSError, ValueError):  # lines that cannot be paths
        found = False
    if not found:
        raise MiloError(wrong)
    return named
