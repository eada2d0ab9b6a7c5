"""A lent card: asked for where there are such, nothing where there are none. The Hub's package is a stand-in here."""

import pickle
import sys
from contextlib import closing
from functools import wraps
from types import SimpleNamespace

import pytest

from milo_demo import pipeline, weights
from milo_demo.errors import MiloError
from milo_demo.machine import gpu
from milo_demo.pipeline import AnalysisOptions, Progress
from milo_demo.pipeline.lending import lent, seconds


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """How long a card was asked for, each time, of a package that copies what is yielded and keeps no sentence."""
    found: list[int] = []

    def borrow(duration):
        def with_card(task):
            @wraps(task)
            def call(*given):
                found.append(duration(*given))
                try:
                    with closing(task(*given)) as run:
                        for step in run:
                            yield pickle.loads(pickle.dumps(step))
                except Exception as error:
                    raise RuntimeError(type(error).__name__) from None

            return call

        return with_card

    monkeypatch.setattr(gpu, "LENT", True)
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=borrow))
    return found


def three(source, options, folder, earlier=None):
    """Steps of an analysis; as what stands for the analysis, where networks would run."""
    try:
        yield Progress("hear", 0.0, None)
        yield Progress("hear", 1.0, gpu.device())
        if source == "wrong":
            raise MiloError("It is wrong.")
        yield Progress("see", 0.5, "not told")
        yield Progress("see", 1.0, "all")
    finally:
        folder.append("closed")


def test_without_such_cards_nothing_changes(monkeypatch):
    assert lent(three) is three
    monkeypatch.setattr(gpu, "LENT", True)
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert lent(three) is three, "the package is not there"


def test_a_card_is_asked_for_as_long_as_the_clip_wants_it(asked, monkeypatch, example):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    folder: list[str] = []
    assert gpu.device() == "cpu", "outside the call nothing may be put on a card"
    found = list(lent(three)(example, AnalysisOptions(duration_s=10), folder))  # type: ignore[reportArgumentType]
    assert asked == [26] and [step.analysis for step in found] == [None, "cuda", "cuda", "all"]
    assert gpu.device() == "cpu" and folder == ["closed"]


def test_a_sentence_comes_through_and_closing_does(asked, monkeypatch, example):
    monkeypatch.setattr("milo_demo.pipeline.lending.probe", lambda *_: None)
    monkeypatch.setattr("milo_demo.pipeline.lending.span", lambda *_: (1.0, []))
    folder: list[str] = []
    with pytest.raises(MiloError, match=r"^It is wrong\.$"):
        list(lent(three)("wrong", AnalysisOptions(), folder))  # type: ignore[reportArgumentType]
    run = lent(three)("right", AnalysisOptions(), folder)  # type: ignore[reportArgumentType]
    next(run)
    run.close()
    assert folder == ["closed", "closed"]


def test_a_file_that_cannot_be_read_asks_for_no_card(asked, tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(MiloError, match=r"notes\.txt cannot be read"):
        list(lent(pipeline.steps)(tmp_path / "notes.txt", AnalysisOptions(), tmp_path))
    assert asked == [] and seconds.__doc__


def test_a_whole_analysis_is_the_same_by_a_lent_card(asked, example, tmp_path):
    options = AnalysisOptions(duration_s=1, separator="none")
    (tmp_path / "lent").mkdir()
    (tmp_path / "own").mkdir()
    *_, last = lent(pipeline.steps)(example, options, tmp_path / "lent")
    *_, own = pipeline.steps(example, options, tmp_path / "own")
    assert last.analysis and own.analysis and last.analysis.clip == own.analysis.clip and asked == [21]
    assert {path.name for path in (tmp_path / "lent").iterdir()} == {path.name for path in (tmp_path / "own").iterdir()}
    assert weights.is_loaded("sound")
