import numpy as np
import pytest

from milo_demo.evaluation import intervals
from milo_demo.evaluation.hearing import audio_metrics
from milo_demo.evaluation.hearing.answers import Answer, listen
from milo_demo.evaluation.table import Figure
from milo_demo.instruments import LABELS
from tests.evaluation.hearing import orchestra


@pytest.fixture(scope="module")
def perfect(heard):
    return listen(orchestra.oracle, heard)


@pytest.fixture(scope="module")
def alarmed(heard):
    return listen(orchestra.deaf, heard)


def test_a_perfect_ear_has_perfect_figures(perfect):
    found = audio_metrics.figures(perfect)
    assert found["phrases: top-1"] == Figure(1.0, 2)
    assert found["stems: AUC mean"] == Figure(pytest.approx(1.0), 2)
    assert found["stems: micro F1"].value == found["stems: macro F1"].value == pytest.approx(1.0)
    assert found["phrases: clip MAP per class"].value == found["phrases: clip AUC per clip"].value == 1.0
    assert found["singing: AUC voice"].value > 0.99
    assert found["singing: voice called, of sung steps"].value > 0.9
    assert found["singing: voice called, of others"].value < 0.1
    assert found["softly 8 dB: voice heard"].value == 1 and found["alone: voice heard"].value == 0
    assert found["noise: anything heard"] == found["speech: anything heard"] == Figure(0.0, 1)
    assert found["nothing played: anything heard"] == Figure(0.0, 1 + 1 + 7)


def test_an_ear_that_hears_everything_is_at_chance_and_alarmed(alarmed):
    found = audio_metrics.figures(alarmed)
    assert found["stems: AUC mean"].value == 0.5
    assert found["stems: micro recall"].value == 1.0 and found["stems: micro F1"].value < 0.2
    assert found["singing: voice called, of others"].value == 1.0
    assert found["noise: anything heard"].value == found["speech: anything heard"].value == 1.0


def test_chance_has_the_figures_of_guessing(perfect, alarmed):
    guessed = audio_metrics.chance(perfect)
    assert guessed["phrases: top-3"] == Figure(3 / len(LABELS), 2)
    assert guessed["phrases: clip AUC per class"].value == 0.5
    assert guessed["stems: micro F1"] == audio_metrics.figures(alarmed)["stems: micro F1"]


def test_a_violin_taken_for_an_erhu_is_counted_and_drawn(heard):
    answers = listen(orchestra.fiddler, heard)
    found = audio_metrics.figures(answers)
    assert found["phrases: violin called erhu"] == Figure(1.0, 1)
    assert found["stems: violin alone called erhu"].value == 1.0
    assert audio_metrics.confusion(answers)[LABELS.index("violin"), LABELS.index("erhu")] == 1
    assert audio_metrics.recalls(answers)["clarinet"] == (1.0, 1.0, 1)
    assert audio_metrics.recalls(answers)["violin"][0] == 0.0


def test_few_recordings_are_not_proof(perfect, monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 10)
    bounds = audio_metrics.intervals(perfect)
    low, high = bounds["phrases: top-1"]
    assert low < 0.5 and high == 1.0  # two of two
    low, high = bounds["noise: anything heard"]
    assert low == 0.0 and high > 0.5  # none of one
    assert bounds["stems: AUC mean"] == pytest.approx((1.0, 1.0))


def test_the_best_threshold_parts_right_from_wrong():
    truth = np.zeros((4, len(LABELS)), bool)
    truth[:2, 0] = True
    steps = np.where(truth, 0.3, 0.1).astype(np.float32)
    threshold, f1 = audio_metrics.best_threshold([Answer("stems", "a", truth, steps, steps.max(axis=0))])
    assert threshold == pytest.approx(0.3) and f1 == pytest.approx(1.0)
