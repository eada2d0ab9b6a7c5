import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from milo_demo import machine
from milo_demo.machine.passing import passing

ROOT = Path(__file__).parents[2]
MAKE = (
    "import os, sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
    "from milo_demo.machine.passing import passing\n"
    "folder = passing('gradio'); (folder / 'upload').write_text('x'); print(folder, flush=True)\n"
)


@pytest.fixture(autouse=True)
def shared(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def run(shared: Path, end: str) -> Path:
    command = [sys.executable, "-c", MAKE + end, str(shared)]
    return Path(subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip())


def test_a_folder_goes_with_its_program(shared):
    assert list(run(shared, "").parent.iterdir()) == []


def test_what_a_killed_program_leaves_is_removed_by_the_next(shared):
    left = run(shared, "os.kill(os.getpid(), 9)")
    assert (left / "upload").is_file()
    mine = passing("gradio")
    assert set(mine.parent.iterdir()) == {mine, mine.with_name(f"{mine.name}.lock")}


def test_what_a_living_program_uses_stays(shared):
    living = subprocess.Popen(
        [sys.executable, "-c", MAKE + "sys.stdin.read()", str(shared)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert living.stdout is not None
    used = Path(living.stdout.readline().strip())
    mine = passing("gradio")
    assert used.is_dir() and mine.is_dir() and used != mine
    living.communicate("")
    assert not used.exists()


def test_what_is_no_such_folder_is_left_alone(shared):
    top = machine.own_folder() / "gradio"
    (top / "somebody's").mkdir(parents=True)
    (top / "link").symlink_to(shared)
    passing("gradio")
    assert (top / "somebody's").is_dir() and shared.is_dir()
