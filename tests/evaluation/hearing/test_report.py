import pytest

from milo_demo.evaluation.hearing import audio_metrics, baselines, report
from milo_demo.tags import TAGS
from tests.evaluation.hearing import orchestra


def undecided(sound):
    """Finds all tags equally fitting."""
    return orchestra.deaf(sound)[:, :1].repeat(len(TAGS), axis=1)


def test_the_report_sets_the_ear_beside_its_rivals(validation_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(audio_metrics, "RESAMPLES", 10)
    monkeypatch.setattr(report, "_listeners", lambda data: {"MILO": orchestra.oracle, "YAMNet": orchestra.deaf})
    monkeypatch.setattr(baselines, "bundled_tagger", lambda: undecided)
    monkeypatch.setattr(baselines, "original_tagger", lambda data: undecided)
    table = report.evaluate(validation_data, pictures=tmp_path / "pictures")
    assert table["stems: AUC mean (2)"] == pytest.approx({"MILO": 1.0, "YAMNet": 0.5, "chance": 0.5})
    assert table["tags: all (5)"]["MILO"] == 1.0
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"confusion.svg", "recall.svg"}
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("phrases: top-1 (2)"))
    assert line.split() == ["phrases:", "top-1", "(2)", "1.000", "0.425-1.000", "0.000", "0.038"]


def test_one_ear_can_be_measured_alone(validation_data):
    assert report.measure(orchestra.oracle, validation_data)["phrases: top-1 (2)"] == 1.0
