"""The figures of collections, on less than they are measured on."""

import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation import collection


def test_a_run_that_is_killed_is_counted(tmp_path):
    table = collection.runs(tmp_path, 3)
    for run in ("one worker", "two workers, killed once"):
        assert {name: table[run][name].value for name in ("rows", "twice", "folders")} == dict(
            rows=3, twice=0, folders=3
        )
        assert table[run]["processor s a clip"].value > 0
    assert table["parent's memory at the end against a tenth"]["times"].value > 0


def test_questions_are_timed_on_made_clips(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "MADE", 300)
    monkeypatch.setattr(collection.make, "__defaults__", (300, 3))
    table = collection.finding(tmp_path / "made")
    assert set(collection.QUESTIONS) < set(table) and all(row["ms"].value > 0 for row in table.values())


def test_a_set_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MiloError, match="no set finds"):
        collection.evaluate(tmp_path, sets=["finds"])
