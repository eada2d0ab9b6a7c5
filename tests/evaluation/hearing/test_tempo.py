import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import tempo
from milo_demo.training.tempo import patterns


def test_right_is_within_four_per_cent_and_relatives_count_where_they_may():
    np.testing.assert_array_equal(tempo.right(np.array([95.9, 100, 104.1, 200]), 100), [False, True, False, False])
    assert tempo.right(50.5, 100, tempo.RELATIVES) and tempo.right(301, 100, tempo.RELATIVES)
    assert not tempo.right(150, 100, tempo.RELATIVES)


def test_the_table_has_a_row_per_style_and_one_for_each_kind(monkeypatch, tmp_path, capsys):
    (tmp_path / "midi").mkdir()
    (tmp_path / "midi" / "manifest.csv").write_text("path\n")
    monkeypatch.setattr(tempo, "APART_BPM", 100)
    monkeypatch.setattr(tempo, "PATTERN_S", 12.0)
    monkeypatch.setattr(tempo, "rendered", lambda data: iter(()))
    monkeypatch.setattr(patterns, "STYLES", {name: patterns.STYLES[name] for name in ("clicks", "disco")})
    table = tempo.evaluate(tmp_path)
    assert {"clicks", "disco*", "all styles fitted to", "all styles held out"} <= table.keys()
    assert table["clicks"]["level"].value == 1 and set(table["disco*"]) == set(tempo.FIGURES)
    assert any(row.startswith("patterns: second candidate") for row in table)
    assert "disco*" in capsys.readouterr().out


def test_who_tells_no_tempo_is_wrong_and_who_tells_it_seldom_says_so():
    nothing = tempo.Tempo(np.full(8, np.nan), ())
    late = tempo.Tempo(np.array([np.nan] * 4 + [100.0] * 4), ((100.0, 1.0),))
    answers = [tempo.Answer("made", np.full(8, 100.0), told, 50.0) for told in (nothing, late)]
    found = {name: (figure.value, figure.count) for name, figure in tempo.row(answers).items()}
    assert found == {
        "right": (0.5, 2), "level": (0.5, 2), "either": (0.5, 2), "told": (0.25, 2), "steps": (1.0, 1),
        "librosa right": (0.0, 2), "librosa level": (1.0, 2),
    }  # fmt: skip


def test_without_scores_it_is_one_sentence(tmp_path):
    with pytest.raises(MiloError, match="There are no scores in"):
        tempo.evaluate(tmp_path)
