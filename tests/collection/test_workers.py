"""Processes of this machine: one clip at a time for each, and what becomes of it when one dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from milo_demo.collection import cluster, local
from milo_demo.collection.batch import batch
from milo_demo.collection.clip import LOST, TRIES, Task
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions

HERE = "collection_work"
WORK = """
import os, signal, time
from pathlib import Path
from milo_demo.collection.clip import Outcome, Seen
def does(task):
    Path(task.folder, f"pid-{os.getpid()}").touch()
    if task.tries < {"once": 1, "deadly": 2, "deadliest": 9}.get(task.source, 0):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60 if task.source == "endless" else 0)
    return Outcome(task.source, Seen("", 0, 0), error=str(task.tries))
"""


@pytest.fixture
def does(tmp_path, monkeypatch):
    """Work that takes no time, importable by the workers."""
    (tmp_path / f"{HERE}.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    return __import__(HERE).does


def tasks(folder, *names):
    return [Task(name, str(folder), AnalysisOptions(), "r") for name in names]


def test_a_worker_that_dies_costs_its_clip_one_more_try(does, tmp_path):
    found = list(local.run(tasks(tmp_path, "a", "once", "deadly", "b"), 2, does))
    assert {outcome.source: outcome.error for outcome in found} == {"a": "0", "b": "0", "once": "1", "deadly": "2"}


def test_a_clip_over_which_workers_always_die_ends_as_a_failure(does, tmp_path):
    found = list(local.run(tasks(tmp_path, "deadliest", "a"), 1, does))
    assert {outcome.source: outcome.error for outcome in found} == {"a": "0", "deadliest": LOST}
    assert len(list(tmp_path.glob("pid-*"))) <= TRIES + 2


def test_workers_end_with_the_run(does, tmp_path):
    outcomes = local.run(tasks(tmp_path, "a", "endless"), 2, does)
    assert next(outcomes).source == "a"
    outcomes.close()
    assert not alive(tmp_path)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no way to be killed")
def test_no_worker_outlives_the_program_however_it_ends(does, tmp_path):
    code = (
        f"import {HERE}\nfrom milo_demo.collection import local\nfrom milo_demo.collection.clip import Task\n"
        "from milo_demo.options import AnalysisOptions\nif __name__ == '__main__':\n"
        f"    list(local.run([Task('endless', {str(tmp_path)!r}, AnalysisOptions(), 'r')], 1, {HERE}.does))\n"
    )
    (tmp_path / "program.py").write_text(code, encoding="utf-8")
    program = subprocess.Popen([sys.executable, str(tmp_path / "program.py")])
    until(lambda: list(tmp_path.glob("pid-*")))
    program.kill()
    program.wait()
    until(lambda: not alive(tmp_path))


def test_a_cluster_that_is_not_there_is_one_sentence(monkeypatch, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MiloError, match="Ray is not installed"):
        batch([], tmp_path / "out", AnalysisOptions(), engine="ray", address=address)
    assert not (tmp_path / "out").exists()
    for wrong in (address, "nowhere", "127.0.0.1:port"):
        with pytest.raises(MiloError, match="No Ray cluster answers"):
            cluster.reach(wrong)


def test_ray_is_asked_for_as_the_project_pins_it():
    top = Path(__file__).parents[2]
    for name in ("pyproject.toml", "docs/collections.md", "milo_demo/collection/cluster.py"):
        assert '"ray>=2.50,<3"' in (top / name).read_text(encoding="utf-8")


def alive(folder) -> list[int]:
    """The workers that are there still."""
    found = [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]
    return [pid for pid in found if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes()]


def until(happens, limit_s: float = 60.0) -> None:
    end_s = time.monotonic() + limit_s
    while not happens():
        assert time.monotonic() < end_s, "it has not happened"
        time.sleep(0.05)
