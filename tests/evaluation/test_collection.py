"""The figures of collections, on less than they are measured on."""

import pytest

from milo_demo.collection import batch as batches
from milo_demo.collection.clip import work
from milo_demo.collection.sources import find
from milo_demo.errors import MiloError
from milo_demo.evaluation import collection
from milo_demo.options import AnalysisOptions


def test_clips_of_both_runs_are_counted(tmp_path, monkeypatch):
    """What a kill leaves is tested beside `batch`; here, that what a run has done is told as it is."""

    def run(clips, out, workers, kill_at=None):
        monkeypatch.setattr(batches.local, "run", lambda tasks, workers: (work(task) for task in tasks))
        batches.batch(find(str(clips)), out, AnalysisOptions(duration_s=0.6, separator="none"))
        return 100, 110

    monkeypatch.setattr(collection, "_run", run)
    table = collection.runs(tmp_path, 2)
    for name in ("one worker", "two workers, killed once"):
        assert {part: table[name][part].value for part in ("rows", "twice", "folders")} == dict(
            rows=2, twice=0, folders=2
        )
    assert table["parent's memory at the end against a tenth"]["times"].value == 1.1


def test_questions_are_timed_on_made_clips(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "MADE", 300)
    monkeypatch.setattr(collection.make, "__defaults__", (300, 3))
    table = collection.finding(tmp_path / "made")
    assert set(collection.QUESTIONS) < set(table) and all(row["ms"].value > 0 for row in table.values())


def test_a_set_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MiloError, match="no set finds"):
        collection.evaluate(tmp_path, sets=["finds"])
