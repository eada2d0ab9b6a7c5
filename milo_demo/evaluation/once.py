"""A run over a thousand clips that are killed (-9) again and again: is each there exactly once in the end, and does the
process that hands them out stay as small as it was?

Everything is the product's own, workers, folders and tables, but the analyses (see `made_clips`).
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from milo_demo.collection.place import MANIFEST, UNDER_WAY
from milo_demo.errors import MiloError
from milo_demo.evaluation import made_clips
from milo_demo.evaluation.table import Figure, Table

CLIPS = 1000
KILLED_AT = (0.25, 0.6)
"""Shares of the clips that are done when the run is killed."""


def once(folder: Path, count: int = CLIPS) -> Table:
    """Rows, rows too many, folders, and what is left over, of a run that is killed and taken up; and the memory of the
    process that hands out, undisturbed, against that at a tenth."""
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (clips / f"{number:05d}.wav").write_text(f"clip {number}", encoding="utf-8")
    memory = _run(clips, folder / "quiet", count, [])
    _run(clips, folder / "killed", count, [round(share * count) for share in KILLED_AT])
    table: Table = {}
    for name, said in (("quiet", "undisturbed"), ("killed", f"killed {len(KILLED_AT)} times")):
        table[f"{count} clips, {said}"] = counted(folder / name)
    for name, when in (("end", "after all clips"), ("most", "at most, the tables made one included")):
        table[f"memory of who hands out, {when}, against a tenth"] = {
            "times": Figure(memory[name] / memory["tenth"]),
            "MB": Figure(memory[name] / 1e6),
        }
    return table


def counted(out: Path) -> dict[str, Figure]:
    """How many clips the table has, how many more than once, how many folders there are, and what is not finished."""
    names = pq.read_table([str(path) for path in (out / "tables").glob("*/clips.parquet")])["clip_id"].to_pylist()
    folders = [path.name for path in (out / "clips").iterdir()]
    return {
        "rows": Figure(len(names)),
        "twice": Figure(len(names) - len(set(names))),
        "folders": Figure(sum(not name.startswith(UNDER_WAY) for name in folders)),
        "left over": Figure(sum(name.startswith(UNDER_WAY) for name in folders)),
    }


def _run(clips: Path, out: Path, count: int, kills: list[int]) -> dict[str, int]:
    """Drive until it has come to its end; memory of the driving process, bytes: at a tenth, at the end of the
    clips, and at most."""
    program = f"from pathlib import Path\nfrom {made_clips.__name__} import drive\n"
    program += f"if __name__ == '__main__':\n    drive(Path({str(clips)!r}), Path({str(out)!r}))\n"
    memory: dict[str, int] = {}
    script = out.with_suffix(".py")  # what workers are started from has to be a file
    script.write_text(program, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    while True:
        process = subprocess.Popen([sys.executable, str(script)], env=environment)
        while process.poll() is None:
            done = sum(not name.startswith(UNDER_WAY) for name in _names(out / "clips"))
            resident = _resident(process.pid)
            if resident and done >= count // 10:
                memory.setdefault("tenth", resident)
                memory["most"] = max(memory.get("most", 0), resident)
                if done < count:
                    memory["end"] = resident
            if kills and done >= kills[0] and (out / MANIFEST).exists():
                kills.pop(0)
                process.send_signal(signal.SIGKILL)
            time.sleep(0.02)
        if process.returncode == 0:
            return memory
        if process.returncode != -signal.SIGKILL:
            raise MiloError(f"The run ended with code {process.returncode}: see what it printed.")


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def _resident(pid: int) -> int:
    """Memory of a process, bytes; 0 where it is over."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
