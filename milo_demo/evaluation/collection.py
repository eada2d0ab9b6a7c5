"""Collections: is every clip there exactly once, what do workers cost, how fast and how well is found?

once     : a thousand made clips, see `once`
runs     : clips of 4 s, cut one after another from the drawn example, analysed by the command line with one worker and
           with two. The processor time for a clip, all processes together and their start included, holds on a machine
           that has other work too; the clips a minute do not
finding  : questions to 100,000 clips with 20 events each, made at random and sorted as after a run, in a process
           that is up; the median of several
likeness : solo phrases in halves: is the most alike of all others the other half, and of other phrases one of the
           same instrument, where there is one? By chance: of one drawn at random
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from milo_demo.collection import tables
from milo_demo.collection.embedding import SIZE, embed, near
from milo_demo.collection.finding import Finder
from milo_demo.collection.place import MANIFEST, TABLES, working
from milo_demo.collection.tables import SCHEMAS
from milo_demo.errors import MiloError
from milo_demo.evaluation.bench import EXAMPLE, ROOT
from milo_demo.evaluation.hearing.baselines import whole
from milo_demo.evaluation.hearing.recordings import phrases
from milo_demo.evaluation.once import once
from milo_demo.evaluation.table import Figure, Printer, Table, share
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps

CLIPS, CLIP_S = 24, 4.0
MADE, EVENTS, TIMES = 100_000, 20, 9
QUESTIONS = (
    "flute heard not seen",
    "violin, piano at once 5 s",
    "no voice, tempo 60-90",
    "flute heard, shorter than 1 min",
)


def evaluate(data: Path, *, sets: Sequence[str] = (), cases: int | None = None, workdir: Path | None = None) -> Table:
    """Print and return the figures.

    data    : of which the solo phrases are taken
    sets    : those of the module's, all if none is named
    cases   : how many clips are made for the runs
    workdir : where what is made stays

    Raises MiloError where a set is not one of these, or data are missing.
    """
    known: dict[str, Callable[[Path], Table]] = {
        "likeness": lambda _: likeness(data),
        "finding": finding,
        "once": once,
        "runs": lambda folder: runs(folder, cases or CLIPS),
    }
    if strange := [name for name in sets if name not in known]:
        raise MiloError(f"There is no set {strange[0]}: choose among {', '.join(known)}.")
    printer = Printer()
    with tempfile.TemporaryDirectory() as passing:
        for name in sets or known:
            folder = (workdir or Path(passing)) / name
            folder.mkdir(parents=True, exist_ok=True)
            printer.show(known[name](folder))
    return printer.table


def likeness(data: Path) -> Table:
    """How well clips find their like among the solo phrases."""
    vectors, pieces, labels = [], [], []
    ear, maps = classify.load(tags=False), Maps.empty(1)
    for phrase in phrases(data):
        for half in np.array_split(phrase.sound, 2):
            scores = whole(half, ear)
            sounding = scores.instruments.any(axis=1)
            maps.heard_features = scores.features[sounding].mean(axis=0).astype(np.float16)
            vectors.append(embed(maps))
            pieces.append(phrase.source)
            labels.append(int(phrase.truth[0].argmax()))
    found, piece, label = np.array(vectors), np.array(pieces), np.array(labels)
    halves, kinds, chance = [], [], []
    for at, one in enumerate(found):
        scores = near(found, one)
        scores[at] = -np.inf
        halves.append(bool(piece[scores.argmax()] == piece[at]))
        others = piece != piece[at]
        if (label[others] == label[at]).any():
            kinds.append(bool(label[np.where(others, scores, -np.inf).argmax()] == label[at]))
            chance.append(float((label[others] == label[at]).mean()))
    by_chance = Figure(1 / (len(found) - 1))
    return {
        "most alike: the other half": {"found": share(halves), "chance": by_chance},
        "of other phrases: the same instrument": {"found": share(kinds), "chance": Figure(float(np.mean(chance)))},
    }


def finding(folder: Path) -> Table:
    """What questions to many made clips take, milliseconds."""
    if not (folder / MANIFEST).exists():
        make(folder)
    began = time.perf_counter()
    finder = Finder(folder)
    finder.find(QUESTIONS[0])
    first_ms = 1000 * (time.perf_counter() - began)

    def taken_ms(ask: Callable[[], object]) -> Figure:
        ask()
        times = []
        for _ in range(TIMES):
            began = time.perf_counter()
            ask()
            times.append(1000 * (time.perf_counter() - began))
        return Figure(float(np.median(times)), MADE)

    table: Table = {"opened, and the first question": {"ms": Figure(first_ms)}}
    table |= {question: {"ms": taken_ms(lambda question=question: finder.find(question))} for question in QUESTIONS}
    one = finder.find(QUESTIONS[0], limit=1).clips[0].clip_id
    table["like one of them"] = {"ms": taken_ms(lambda: finder.find(like=one))}
    return table


def make(folder: Path, clips: int = MADE, parts: int = 10) -> None:
    """A collection of clips that never were."""
    random, labels = np.random.default_rng(0), np.array(LABELS)
    kinds, vague = np.array(["heard", "seen", "played"]), 0.1
    with working(folder) as collection:
        for part in range(parts):
            ids = np.array([f"{number:016x}" for number in range(part, clips, parts)])
            count = len(ids)
            tempi = random.uniform(60, 180, count)
            start_s = random.uniform(0, 200, count * EVENTS)
            vectors = random.standard_normal((count, SIZE)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            filled = {
                "clips": {
                    "clip_id": ids,
                    "name": ids,
                    "source": ids,
                    "status": ["done"] * count,
                    "duration_s": random.uniform(4, 300, count),
                    "tempo_bpm": tempi,
                    "tempi_bpm": [[tempo] for tempo in tempi],
                },
                "events": {
                    "clip_id": np.repeat(ids, EVENTS),
                    "kind": random.choice(kinds, count * EVENTS),
                    "label": random.choice(labels, count * EVENTS),
                    "start_s": start_s,
                    "end_s": start_s + random.uniform(1, 30, count * EVENTS),
                    "score": random.uniform(vague, 1, count * EVENTS),
                },
                "embeddings": {"clip_id": ids, "vector": list(vectors)},
            }
            name = f"part-{part}"
            (folder / TABLES / name).mkdir()
            for table, schema in SCHEMAS.items():
                told = filled.get(table, {})
                size = len(next(iter(told.values()), []))
                columns = [
                    pa.array(told[it.name], it.type) if it.name in told else pa.nulls(size, it.type) for it in schema
                ]
                pq.write_table(
                    pa.Table.from_arrays(columns, schema=schema), folder / TABLES / name / f"{table}.parquet"
                )
            collection = collection.counting([*collection.parts, name])
        tables.compact(collection)


def runs(folder: Path, count: int) -> Table:
    """The same clips by one worker and by two."""
    clips = folder / "clips"
    for number in range(count):
        cut(clips / f"{number:04d}.mp4", number)
    one, two = (_timed(clips, folder / name, workers) for workers, name in ((1, "one"), (2, "two")))
    table: Table = {}
    for name, (processor_s, taken_s) in (("one worker", one), ("two workers", two)):
        table[name] = {
            "processor s a clip": Figure(processor_s / count, count),
            "clips a minute": Figure(60 * count / taken_s),
        }
    table["two workers, a core each, against one"] = {"times": Figure(2 * one[0] / two[0])}
    return table


def cut(path: Path, number: int) -> None:
    """A clip of CLIP_S from the drawn example, like no other."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    begin_s = f"{(0.07 * number) % 11.5:.2f}"
    made = ["-vf", "scale=320:-2", "-preset", "ultrafast", "-metadata", f"comment={number}", str(path)]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-ss", begin_s, "-t", str(CLIP_S)]
    subprocess.run([*command, "-i", str(EXAMPLE), *made], check=True)


def _timed(clips: Path, out: Path, workers: int) -> tuple[float, float]:
    """Analyse by the command line: processor time of all its processes, and time, seconds."""

    def processor_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    command = [sys.executable, "-m", "milo_demo", "batch", str(clips), "--out", str(out), "--workers", str(workers)]
    began, before_s = time.perf_counter(), processor_s()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return processor_s() - before_s, time.perf_counter() - began
