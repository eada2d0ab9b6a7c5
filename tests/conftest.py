"""What several tests share: the drawn example and its analysis, made once."""

import json
import os
from pathlib import Path

import pytest
from filelock import FileLock

from milo_demo import AnalysisOptions, analyse
from milo_demo.analysis import Analysis
from milo_demo.machine import compiled

EXAMPLE = Path(__file__).parents[1] / "assets" / "examples" / "drawn_duet.mp4"


@pytest.fixture(scope="session", autouse=True)
def librosa_compiled() -> None:
    """Before any test imports it by itself: several processes test at once."""
    compiled.librosa()


@pytest.fixture(scope="session")
def example() -> Path:
    return EXAMPLE


@pytest.fixture(scope="session")
def truth() -> dict:
    """Who plays when and where in the drawn example."""
    return json.loads(EXAMPLE.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def analysed(tmp_path_factory) -> tuple[Analysis, Path]:
    """The drawn example's analysis and the folder it was written to, by whichever of the processes that test needed it
    first. Do not change either."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "analysed"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            analyse(EXAMPLE, AnalysisOptions(annotated=True), out=folder)
    return Analysis.load(folder), folder
