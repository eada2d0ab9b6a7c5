"""One clip of a collection: analysed in a folder of its own, which appears under the clip's name in one step.

A clip is known by its bytes: of two files with the same bytes one is analysed, whatever they are called, and of two
files of one name both are. One that cannot be analysed has a folder too, in which clip.json says why.
"""

import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from milo_demo.collection.place import CLIPS, UNDER_WAY
from milo_demo.collection.rows import rows
from milo_demo.collection.tables import Rows
from milo_demo.errors import MiloError
from milo_demo.folder import SCHEMA, NoRoom, fingerprint
from milo_demo.options import AnalysisOptions

NOTE, VECTOR = "clip.json", "embedding.npy"
NAME_DIGITS = 16
"""Of the bytes' sha256: among a million clips two get one name once in thirty million collections."""
FULL = {errno.ENOSPC, errno.EDQUOT}
LEAST_FREE = 16_000_000
"""Bytes: with less, whatever goes wrong goes wrong for want of room. A result is begun with twice as much."""
TRIES = 2
LOST = "The program ended while it analysed this clip, more than once: it may need more memory than there is."


class Seen(NamedTuple):
    """A file when it was read: the clip that its bytes are, how many they are, and when it was last changed,
    nanoseconds; 0 if it was not there."""

    clip_id: str
    bytes: int
    changed: int


@dataclass(frozen=True)
class Note:
    """What clip.json says.

    source   : a file that has the clip's bytes, or had them when it was read last
    bytes    : of that file
    changed  : when that file was last changed, nanoseconds
    recipe   : what it was analysed with, see `recipe`
    status   : ``done``, or ``failed`` with a sentence as `error`
    finished : when, UTC
    """

    clip_id: str
    source: str
    sha256: str
    bytes: int
    changed: int
    recipe: str
    options: str
    status: str = "done"
    error: str = ""
    finished: str = ""
    took_s: float = 0.0

    @property
    def seen(self) -> Seen:
        return Seen(self.clip_id, self.bytes, self.changed)


@dataclass(frozen=True)
class Task:
    """A clip to be analysed, for whoever works in whichever process.

    folder : of the collection
    tries  : how many workers have died over it
    """

    source: str
    folder: str
    options: AnalysisOptions
    recipe: str
    tries: int = 0


@dataclass(frozen=True)
class Outcome:
    """What has become of a task.

    seen     : the file that was read
    rows     : of the tables; none where the clip was there already
    replaced : the clip had been there, analysed with something else
    halted   : why nothing could be written, and what comes next will not be either: no room on the disk, mostly
    """

    source: str
    seen: Seen
    rows: Rows | None = None
    error: str = ""
    replaced: bool = False
    halted: str = ""


def recipe(options: AnalysisOptions, checkpoints: list[str]) -> str:
    """What decides on a result besides the clip's bytes, as a fingerprint: options, checkpoints, version of the record.

    >>> recipe(AnalysisOptions(), ["a"]) == recipe(AnalysisOptions(threshold=0.6), ["a"])
    False
    """
    told = json.dumps([asdict(options), checkpoints, SCHEMA], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:NAME_DIGITS]


def work(task: Task) -> Outcome:
    """Analyse a clip into its place in the collection. Whatever is wrong with it is said in the outcome; over which
    TRIES workers have died, it is not tried once more."""
    began = time.monotonic()
    note = _begin(task)
    final = Path(task.folder) / CLIPS / note.clip_id
    earlier = read_note(final)
    if earlier is not None and earlier.recipe == task.recipe:
        return Outcome(task.source, note.seen, error=note.error)
    part = final.with_name(f"{UNDER_WAY}{note.clip_id}-{uuid.uuid4().hex[:8]}")
    try:
        try:
            found = {} if note.error else _analyse(task, part, note)
            note = replace(note, status="failed" if note.error else "done")
        except NoRoom:
            raise
        except Exception as error:
            if _is_full(error) or shutil.disk_usage(task.folder).free < LEAST_FREE:
                raise NoRoom(str(error)) from error
            shutil.rmtree(part, ignore_errors=True)
            note, found = replace(note, status="failed", error=_sentence(error)), {}
        part.mkdir(exist_ok=True)
        note = replace(note, finished=_now(), took_s=round(time.monotonic() - began, 3))
        write_note(part, note)
        if not _settle(part, final, task.recipe):
            return Outcome(task.source, note.seen)  # somebody else was first
        found["clips"] = [asdict(note) | row for row in found.get("clips", [{}])]
        return Outcome(task.source, note.seen, rows(found), note.error, earlier is not None)
    except (NoRoom, OSError) as error:
        return Outcome(task.source, note.seen, halted=str(error))
    finally:
        shutil.rmtree(part, ignore_errors=True)


def given_up(task: Task) -> Outcome:
    """What has become of a task over which workers die even where they have but to say that it is lost."""
    return Outcome(task.source, Seen("", 0, 0), error=LOST)


def read_note(folder: Path) -> Note | None:
    """What is known of a clip in its folder; None where there is none that is whole."""
    try:
        return Note(**json.loads((folder / NOTE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_note(folder: Path, note: Note) -> None:
    """Replace what is known of a clip in its folder, in one step. Raises OSError where it cannot be written."""
    part = folder / f"{UNDER_WAY}{NOTE}"
    # In ASCII: a file's name may be no text, and stays what it is.
    part.write_text(json.dumps(asdict(note), indent=1) + "\n", encoding="utf-8")
    part.replace(folder / NOTE)


def reread(folder: Path, note: Note) -> Rows:
    """The rows of a clip that is in its place. Raises MiloError where its folder is not whole."""
    if note.status == "failed":
        return rows({"clips": [asdict(note)]})
    from milo_demo.analysis import Analysis

    try:
        vector = np.load(folder / VECTOR, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise MiloError(f"{folder} is not whole: remove it, then analyse the clip again.") from error
    found = of_analysis(Analysis.load(folder), note.clip_id, vector)
    return rows(found | {"clips": [asdict(note) | row for row in found["clips"]]})


def state(path: Path) -> tuple[int, int]:
    """A file's bytes and time of its last change, nanoseconds: as long as both are the same, its bytes are taken to
    be. Raises OSError where it is not there."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _begin(task: Task) -> Note:
    """What can be said of the clip before it is looked into."""
    source, said = Path(task.source), "" if task.tries < TRIES else LOST
    options = json.dumps(asdict(task.options), sort_keys=True)
    sha, size, changed = None, 0, 0
    with suppress(OSError, ValueError):
        size, changed = state(source)  # first: who changes the file from now on is noticed by the next run
        sha = fingerprint(source.resolve())
    if sha is None:
        said = f"{source.name} is not there or cannot be read: check its path."
        name = hashlib.sha256(os.fsencode(f"path {source}")).hexdigest()[:NAME_DIGITS]
        return Note(name, task.source, "", 0, 0, task.recipe, options, error=said)
    return Note(sha[:NAME_DIGITS], task.source, sha, size, changed, task.recipe, options, error=said)


def _analyse(task: Task, part: Path, note: Note) -> Rows:
    from milo_demo.collection.embedding import embed
    from milo_demo.pipeline import analyse

    analysis = analyse(task.source, task.options, out=part)
    vector = embed(analysis.maps)
    np.save(part / VECTOR, vector, allow_pickle=False)
    return of_analysis(analysis, note.clip_id, vector)


def of_analysis(analysis: Any, clip_id: str, vector: np.ndarray) -> Rows:
    """Rows of all tables, not yet brought to their columns."""
    media = analysis.media
    there = {
        sense: [row.label for row in analysis.clip if (getattr(row, sense) or 0) >= analysis.options.threshold]
        for sense in ("heard", "seen", "played")
    }
    clip = {
        **asdict(media),
        "tempo_bpm": analysis.tempo_bpm,
        "tempi_bpm": analysis.tempi_bpm(),
        "tags": [tag.label for tag in analysis.tags if tag.score >= analysis.options.threshold],
        "warnings": analysis.warnings,
        **there,
    }
    parts = {
        name: [asdict(item) for item in getattr(analysis, name)] for name in ("events", "boxes", "notes", "tracks")
    }
    found = {"clips": [clip], **parts, "embeddings": [{"vector": vector.tolist()}]}
    return {table: [row | {"clip_id": clip_id} for row in items] for table, items in found.items()}


def _settle(part: Path, final: Path, made_with: str) -> bool:
    """Put a finished folder into its place, and what lies there out of it; False where another made with the same has
    come there meanwhile."""
    aside = final.with_name(f"{UNDER_WAY}{final.name}-{uuid.uuid4().hex[:8]}")
    replaces, there = final.is_dir(), read_note(final)  # in this order: what came in between is not moved away
    if there is not None and there.recipe == made_with:
        return False
    try:
        if replaces:
            with suppress(FileNotFoundError):  # another is just doing it
                os.rename(final, aside)
        os.rename(part, final)  # never onto a folder in which something lies
        return True
    except OSError:
        if not final.is_dir():
            raise
        return False
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_full(error: BaseException | None) -> bool:
    """Whether the disk was full, however it is told."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        error = error.__cause__
    return False


def _sentence(error: Exception) -> str:
    if isinstance(error, MiloError):
        return str(error)
    kind = type(error).__name__
    return f"MILO stumbled over this clip ({kind}), which is a fault of the program: another part of it may work."


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
