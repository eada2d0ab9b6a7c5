"""What a run would take, from a sample: nothing is written but into a folder that goes."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from milo_demo.collection.batch import check, checkpoints, current, notes
from milo_demo.collection.clip import recipe
from milo_demo.collection.local import keep_to, usual_workers
from milo_demo.collection.place import refuse
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions

ANALYSED, PROBED = 3, 30
"""Clips of the sample that are analysed, and whose length is looked at."""


@dataclass(frozen=True)
class Estimate:
    """clips, current : how many are meant, and how many of them need not be analysed
    unreadable     : of the sample
    clip_s         : a clip's usual length, seconds
    ratio          : seconds of work for each of a clip, by one worker with one processor
    took_s         : of all, by `workers` workers
    took_bytes     : on the disk
    """

    clips: int
    current: int
    sample: int
    unreadable: int
    clip_s: float
    ratio: float
    took_s: float
    took_bytes: float
    workers: int


def estimate(
    sources: Sequence[Path],
    out: Path,
    options: AnalysisOptions,
    workers: int | None = None,
    engine: str = "local",
    address: str | None = None,
) -> Estimate:
    """Analyse a few of the clips, evenly taken by size, and reckon with them. Raises MiloError where none of them can
    be read, and where `batch` would not begin."""
    from milo_demo.pipeline import analyse, survey, warm

    check(workers, engine, address)
    there, made_with = refuse(out), recipe(options, checkpoints())
    known = current(sources, notes(there), made_with) if there else {}
    todo = [path for path in sources if str(path) not in known]
    count = workers or usual_workers()
    if not todo:
        return Estimate(len(sources), len(sources), 0, 0, 0.0, 0.0, 0.0, 0.0, count)
    lengths_s: list[float] = []
    wrong = ""
    sample = _spread(sorted(todo, key=_size), PROBED)
    readable = []
    for path in sample:
        try:
            left_s = survey(path).duration_s - options.start_s
        except MiloError as error:
            wrong = str(error)
            continue
        lengths_s.append(max(0.0, min(left_s, options.duration_s or left_s)))
        readable.append(path)
    keep_to(1)
    warm()
    work_s = clips_s = size = 0.0
    with tempfile.TemporaryDirectory(prefix="milo-") as folder:
        for number, path in enumerate(_spread(readable, ANALYSED)):
            began, place = time.perf_counter(), Path(folder) / str(number)
            try:
                analysis = analyse(path, options, out=place)
            except MiloError as error:
                wrong = str(error)
                continue
            work_s += time.perf_counter() - began
            clips_s += analysis.media.duration_s
            size += sum(file.stat().st_size for file in place.iterdir())
    if not clips_s:
        raise MiloError(f"None of {len(sample)} files can be analysed; of the last: {wrong}")
    clip_s = sum(lengths_s) / len(lengths_s)
    in_all_s = clip_s * len(todo)
    return Estimate(
        clips=len(sources),
        current=len(sources) - len(todo),
        sample=len(sample),
        unreadable=len(sample) - len(readable),
        clip_s=clip_s,
        ratio=work_s / clips_s,
        took_s=in_all_s * work_s / clips_s / count,
        took_bytes=in_all_s * size / clips_s,
        workers=count,
    )


def _spread(paths: Sequence[Path], count: int) -> list[Path]:
    """So many of them, from all along."""
    if len(paths) <= count:
        return list(paths)
    return [paths[(2 * at + 1) * len(paths) // (2 * count)] for at in range(count)]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
