"""What several tests share: the drawn example and its analysis, made once."""

import json
from pathlib import Path

import pytest

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
    """The drawn example's analysis and the folder it was written to. Do not change either."""
    folder = tmp_path_factory.mktemp("analysed") / "result"
    return analyse(EXAMPLE, AnalysisOptions(annotated=True), out=folder), folder
