"""librosa as numba keeps it: where, whole, and by one program at a time."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import pytest

from milo_demo import machine
from milo_demo.machine import compiled

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """A home and a temporary folder without a cache; what a test sets in the environment is taken back."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    machine.passing_folder.cache_clear()
    for name in ("temporary", "home"):
        (tmp_path / name).mkdir()
    found = {"HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}
    with mock.patch.dict(os.environ, found):
        os.environ.pop("NUMBA_CACHE_DIR", None)
        yield tmp_path / "home"
    machine.passing_folder.cache_clear()


@pytest.fixture
def imported(monkeypatch) -> list[str]:
    """What is imported, in vain; and by a process that has not done so yet."""
    names = []
    monkeypatch.setattr(compiled, "import_module", names.append)
    monkeypatch.setattr(compiled, "librosa", compiled.librosa.__wrapped__)
    return names


def lock_up(monkeypatch, *places: Path) -> None:
    """Nothing can be written into `places`: permissions do not hold for root, who may run this."""

    def writable(folder: Path) -> bool:
        if any(place in (folder, *folder.parents) for place in places):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        return True

    monkeypatch.setattr(machine, "can_be_written", writable)


def test_the_cache_is_in_ones_home_or_else_in_ones_own_folder(home, monkeypatch):
    assert home in compiled.give_numba_a_cache().parents
    os.environ.pop("NUMBA_CACHE_DIR")
    lock_up(monkeypatch, home)
    assert machine.own_folder() in compiled.give_numba_a_cache().parents


def test_the_cache_that_the_user_chose_is_kept_if_it_can_be_written(tmp_path, monkeypatch):
    chosen = tmp_path / "chosen"
    os.environ["NUMBA_CACHE_DIR"] = str(chosen)
    assert compiled.give_numba_a_cache() == chosen
    lock_up(monkeypatch, chosen)
    assert compiled.give_numba_a_cache() != chosen


@pytest.mark.parametrize("name", ["", "~", "relative"])
def test_a_home_that_is_nowhere_is_no_place_for_a_cache(monkeypatch, name):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", name, 1))
    assert compiled.give_numba_a_cache().parent == machine.own_folder()


def test_a_cache_that_a_killed_program_left_is_begun_anew(imported):
    half = compiled.give_numba_a_cache() / "half.nbc"
    half.write_bytes(b"of one that was killed")
    compiled.librosa()
    assert imported and not half.exists()
    half.write_bytes(b"of one that came to its end")
    compiled.librosa()
    assert half.exists()


def test_a_cache_that_the_user_chose_is_left_as_it_is(imported, tmp_path):
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    (chosen / "theirs").touch()
    os.environ["NUMBA_CACHE_DIR"] = str(chosen)
    compiled.librosa()
    assert imported and [path.name for path in chosen.iterdir()] == ["theirs"]


SMALL = """
from numba import guvectorize

@guvectorize(["void(float64[:], float64[:])"], "(n)->(n)", cache=True)
def louder(sound, out):
    for k in range(len(sound)):
        out[k] = 2 * sound[k]
"""
"""One function in place of librosa's dozens, which take most of a minute to compile."""


def test_programs_that_start_together_leave_a_cache_that_the_next_can_read(tmp_path):
    (tmp_path / "librosa").mkdir()
    (tmp_path / "librosa" / "__init__.py").touch()
    (tmp_path / "librosa" / "beat.py").write_text(SMALL)
    program = "from milo_demo.machine import compiled; print(compiled.librosa().beat.louder([1.0, 2.0]))"
    path = os.pathsep.join(map(str, [tmp_path, ROOT]))
    found = os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "PYTHONPATH": path}
    command = [sys.executable, "-c", program]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=found, cwd=tmp_path) for _ in range(2)]
    assert [each.communicate()[0] for each in started] == ["[2. 4.]\n"] * 2
    assert any(tmp_path.rglob("beat.louder*.nbi"))
    answer = subprocess.run(command, capture_output=True, text=True, env=found, cwd=tmp_path)
    assert answer.stdout == "[2. 4.]\n", answer.stderr
