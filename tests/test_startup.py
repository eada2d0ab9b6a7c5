"""What is asked without a network is answered without one: torch takes seconds to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOUND = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}

COMMANDS = [
    (["--help"], 0),
    (["--version"], 0),
    (["analyse", "--loud"], 2),
    (["analyse", "missing.mp4", "--out", "result"], 2),
    (["analyse", "missing.mp4", "--out", "result", "--duration", "0"], 2),
    (["weights", "list"], 0),
    (["train", "sound", "--data", ".", "--out", "x", "--boxes", "."], 2),
    (["train", "sound", "--data", ".", "--out", "x", "--begin", "."], 2),
]


@pytest.mark.parametrize("arguments, code", COMMANDS, ids=lambda value: str(value))
def test_the_command_line_answers_without_torch(arguments, code, tmp_path):
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr))\n"
        "from milo_demo.__main__ import main\n"
        f"sys.exit(main({arguments!r}))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=FOUND)
    assert answer.returncode == code, answer.stderr
    assert answer.stderr.splitlines()[-1] == "False", "torch was imported"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", ["import milo_demo", "import milo_demo.pipeline", "import app"])
def test_neither_the_package_nor_the_page_waits_for_torch(statement):
    program = f"{statement}\nimport sys\nprint('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=FOUND)
    assert answer.stdout.splitlines()[-1:] == ["False"], answer.stderr


def test_public_names_are_there_when_they_are_asked_for():
    import milo_demo

    known = {"Analysis", "AnalysisOptions", "MiloError", "analyse", "explain_frame", "separate"}
    assert set(milo_demo.__all__) == known
    assert all(hasattr(milo_demo, name) for name in milo_demo.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = milo_demo.nothing
