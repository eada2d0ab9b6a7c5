"""The figures of collections, on less than they are measured on."""

import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation import collection, once


def test_a_run_that_is_killed_has_every_clip_once(tmp_path):
    table = once.once(tmp_path, 40)
    for row, figures in table.items():
        if not row.startswith("memory"):
            assert {name: figure.value for name, figure in figures.items()} == {
                "rows": 40,
                "twice": 0,
                "folders": 40,
                "left over": 0,
            }
    assert all(figures["times"].value > 0 for row, figures in table.items() if row.startswith("memory"))


def test_clips_are_cut_from_the_example_each_with_other_bytes(tmp_path):
    for number in range(2):
        collection.cut(tmp_path / f"{number}.mp4", number)
    one, other = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert one != other


def test_questions_are_timed_on_made_clips(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "MADE", 300)
    monkeypatch.setattr(collection.make, "__defaults__", (300, 3))
    table = collection.finding(tmp_path / "made")
    assert set(collection.QUESTIONS) < set(table) and all(row["ms"].value > 0 for row in table.values())


def test_a_set_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MiloError, match="no set finds"):
        collection.evaluate(tmp_path, sets=["finds"])
