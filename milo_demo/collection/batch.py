"""A run over many clips: what is current is left alone, the rest is given to workers, and what they say goes into the
tables in parts. Wherever it is stopped, the same run goes on from there.

The folders of the clips are what counts, and the tables follow from them: what a killed run had no time to write is
read from the folders when the next one begins.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import duckdb

from milo_demo import weights
from milo_demo.collection import cluster, local, tables
from milo_demo.collection.clip import Note, Outcome, Seen, Task, read_note, recipe, reread, state, write_note
from milo_demo.collection.place import CLIPS, Collection, working
from milo_demo.collection.rows import legible
from milo_demo.collection.tables import Rows
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions

ENGINES = ("local", "ray")
PART_CLIPS, PART_S = 100, 60.0
"""After so many clips, or so long, a part is written: often enough to look into a collection that grows."""
RECENT = 50
"""Clips that the rate is told from."""


@dataclass
class Progress:
    """Where a run stands.

    to_do, done : clips, of those that are not current
    per_minute  : clips, of late; 0 as long as none is done
    failed      : source and sentence of each that could not be analysed
    same        : files whose bytes are those of another
    """

    to_do: int
    current: int
    done: int = 0
    per_minute: float = 0.0
    took_s: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list)
    same: int = 0

    @property
    def left_s(self) -> float | None:
        """Time left, as far as that can be told."""
        return 60 * (self.to_do - self.done) / self.per_minute if self.per_minute else None


class Stopped(KeyboardInterrupt):
    """The run was interrupted; what is done is kept."""


def checkpoints() -> list[str]:
    """Fingerprints of the networks that an analysis asks. Raises MiloError where one cannot be had."""
    return [weights.find(role).used.sha256 for role in weights.ASKED]


def batch(
    sources: Sequence[Path],
    out: Path,
    options: AnalysisOptions,
    *,
    workers: int | None = None,
    engine: str = "local",
    address: str | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Analyse clips into the collection in `out`, which is made if it is not there.

    sources     : see `sources.find`
    workers     : how many clips at once; None: as many as this machine bears, or the cluster has processors
    engine      : ``local``, processes on this machine, or ``ray``, a cluster, whose head is at `address`
    on_progress : called after every clip

    Raises MiloError where nothing can be written, or the engine is not there; what is done until then is kept.
    """
    check(workers, engine, address)  # before anything is made
    made_with = recipe(options, checkpoints())
    with working(out) as collection:
        with _writing():
            collection = _agreed(collection)
        seen = current(sources, notes(collection), made_with)
        todo = [path for path in sources if str(path) not in seen]
        given = (Task(str(path), str(out.resolve()), options, made_with) for path in todo)
        progress = Progress(len(todo), len(sources) - len(todo))
        if todo:
            if engine == "ray":
                outcomes = cluster.run(given, workers and min(workers, len(todo)), address)
            else:
                outcomes = local.run(given, min(workers or local.usual_workers(), len(todo)))
            with closing(outcomes):
                collection = _gather(collection, outcomes, seen, progress, on_progress)
        with _writing():
            _tidy(collection, seen)
    return progress


def check(workers: int | None, engine: str, address: str | None) -> None:
    """Raises MiloError where nobody could work so."""
    if engine not in ENGINES:
        raise MiloError(f"The engine must be local or ray, not {engine!r}.")
    if address is not None and engine != "ray":
        raise MiloError("--address is for a Ray cluster: add --engine ray, or leave it out.")
    if workers is not None and workers < 1:
        raise MiloError(f"There must be at least one worker, not {workers}.")
    if engine == "ray":
        cluster.check(address)


def current(sources: Iterable[Path], there: Iterable[Note], made_with: str) -> dict[str, Seen]:
    """Of some files those, by their paths, whose clips have been analysed in the same way, and which have not been
    changed since."""
    known = {(note.source, note.bytes, note.changed): note.seen for note in there if note.recipe == made_with}
    found = {}
    for path in sources:
        with suppress(OSError, ValueError, KeyError):
            found[str(path)] = known[(str(path), *state(path))]
    return found


def notes(collection: Collection) -> Iterator[Note]:
    """Of all clips that are there."""
    for folder in sorted((collection.folder / CLIPS).glob("*")):  # of none, where somebody has removed them
        note = read_note(folder)
        if note is not None and note.clip_id == folder.name:
            yield note


def _gather(
    collection: Collection,
    outcomes: Iterator[Outcome],
    seen: dict[str, Seen],
    progress: Progress,
    on_progress: Callable[[Progress], None],
) -> Collection:
    """Everything that comes goes into the tables, whatever ends it, and what each file is into `seen`."""
    began = written = time.monotonic()
    ends = deque([began], RECENT)
    waiting, replaced = dict[str, Rows](), set[str]()

    def write() -> None:
        nonlocal collection, written
        if waiting:
            collection = tables.add(collection, tables.gathered(list(waiting.values())), replaced)
        waiting.clear()
        replaced.clear()
        written = time.monotonic()

    try:
        for outcome in outcomes:
            if outcome.halted:
                raise MiloError(f"{outcome.halted} What is done is kept: give the same command again to go on.")
            seen[outcome.source] = outcome.seen
            progress.done += 1
            ends.append(time.monotonic())
            progress.took_s = ends[-1] - began
            progress.per_minute = 60 * (len(ends) - 1) / max(ends[-1] - ends[0], 1e-3)
            if outcome.rows is None:
                progress.same += not outcome.error
            else:
                waiting[outcome.seen.clip_id] = outcome.rows
                if outcome.replaced:
                    replaced.add(outcome.seen.clip_id)
            if outcome.error:
                progress.failed.append((outcome.source, outcome.error))
            on_progress(progress)
            if len(waiting) >= PART_CLIPS or time.monotonic() - written >= PART_S:
                with _writing():
                    write()
    except KeyboardInterrupt as error:
        raise Stopped(f"Stopped after {progress.done} of {progress.to_do} clips, which are kept.") from error
    finally:
        with _writing():
            write()
            collection = tables.compact(collection)
    return collection


def _tidy(collection: Collection, seen: dict[str, Seen]) -> None:
    """What a file was that is something else now, and none is any more, goes; a clip whose file is gone, or another
    clip now, is known by a file that has its bytes. Once all files have been seen: each may be what another was."""
    heirs = {it.clip_id: source for source, it in sorted(seen.items(), reverse=True)}  # the first of several
    is_changed = False
    for note in notes(collection):
        its, heir = seen.get(note.source), heirs.get(note.clip_id)
        if heir is None:
            if its is not None and its.changed:  # one that is not there may come back
                rmtree(collection.clip(note.clip_id), ignore_errors=True)
                is_changed = True
            continue
        if its is None and current([Path(note.source)], [note], note.recipe):
            continue  # its file was not asked about, and is as it was
        source = note.source if its is not None and its.clip_id == note.clip_id else heir
        now = replace(note, source=source, **seen[source]._asdict())
        if now != note:
            write_note(collection.clip(note.clip_id), now)
            is_changed = True
    tables.compact(_agreed(collection) if is_changed else collection)


@contextmanager
def _writing() -> Iterator[None]:
    """Raises MiloError where the tables, or the notes that they follow from, cannot be written."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        raise MiloError(
            f"The tables cannot be written ({error}): make room, then give the same command again, "
            "which reads what is done from the clips' folders."
        ) from error


def _agreed(collection: Collection) -> Collection:
    """The collection with tables that say what its folders hold."""
    there = {note.clip_id: note for note in notes(collection)}
    true = {(note.clip_id, legible(note.source), note.finished) for note in there.values()}
    told = tables.clips(collection)
    wrong = {row[0] for row in told if row not in true}
    right = {row[0] for row in told} - wrong
    missing = [note for clip_id, note in there.items() if clip_id not in right]
    if wrong:
        collection = tables.compact(collection, wrong)
    for at in range(0, len(missing), PART_CLIPS):
        parts = []
        for note in missing[at : at + PART_CLIPS]:
            try:
                parts.append(reread(collection.clip(note.clip_id), note))
            except MiloError:  # not whole, by somebody's hand: analysed again
                rmtree(collection.clip(note.clip_id), ignore_errors=True)
        collection = tables.add(collection, tables.gathered(parts))
    return collection
