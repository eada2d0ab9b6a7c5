import pytest

from milo_demo.evaluation import intervals
from milo_demo.evaluation.hearing import baselines, report
from milo_demo.tags import TAGS
from tests.evaluation.hearing import orchestra


def undecided(sound):
    """Finds all tags equally fitting."""
    return orchestra.deaf(sound)[:, :1].repeat(len(TAGS), axis=1)


def test_the_report_sets_the_ear_beside_the_baselines(validation_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(intervals, "RESAMPLES", 10)
    monkeypatch.setattr(report, "_listeners", lambda data: {"MILO": orchestra.oracle, "YAMNet": orchestra.deaf})
    monkeypatch.setattr(baselines, "bundled_tagger", lambda: undecided)
    monkeypatch.setattr(baselines, "original_tagger", lambda data: undecided)
    table = report.evaluate(validation_data, pictures=tmp_path / "pictures")
    areas = {who: figure.value for who, figure in table["stems: AUC mean"].items()}
    assert areas == pytest.approx({"MILO": 1.0, "YAMNet": 0.5, "chance": 0.5})
    assert table["tags: all"]["MILO"].value == 1.0
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"confusion.svg", "recall.svg"}
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("phrases: top-1 (2)"))
    assert line.split() == ["phrases:", "top-1", "(2)", "1.000", "0.000", "0.038", "MILO", "0.425-1.000"]


def test_other_sound_models_are_compared_too(validation_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(intervals, "RESAMPLES", 2)
    monkeypatch.setattr(report, "_listeners", lambda data: {"MILO": orchestra.oracle})
    monkeypatch.setattr(report.tags, "agreement", lambda ours, original, data: {})
    monkeypatch.setattr(baselines, "original_tagger", lambda data: undecided)
    variants = orchestra.variants(tmp_path)
    table = report.evaluate(validation_data, pictures=tmp_path / "pictures", variants=variants)
    assert {"plain", "two windows"} <= set(table)
    assert (tmp_path / "pictures" / "sigma_two_windows.svg").is_file()
    printed = capsys.readouterr().out
    assert "parameters" in printed and "patching" in printed
