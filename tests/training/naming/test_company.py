import numpy as np
import pytest

from milo_demo.hearing.classify import VOICE
from milo_demo.instruments import LABELS
from milo_demo.training.naming.company import MOST, PART, Heard, fit, measured

BANJO, ERHU, FLUTE, HARP = (LABELS.index(label) for label in ("banjo", "erhu", "flute", "harp"))


def mixtures(count: int, seed: int, with_erhu: bool = True) -> list[Heard]:
    """Of pieces without an erhu every fifth is said to have one; a flute is never called, though one plays in some."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-3, 0.5, (count, len(LABELS))).astype(np.float32)
    plays = np.zeros(odds.shape, bool)
    plays[:, FLUTE] = np.arange(count) % 2 == 0
    odds[plays[:, FLUTE], FLUTE] = -0.2
    odds[: count // 5, ERHU] = 0.3
    plays[:, HARP] = True
    plays[-1, ERHU] = with_erhu
    odds[:, VOICE] = 0.5
    return [Heard(*pair) for pair in zip(odds, plays, strict=True)]


def test_who_is_called_too_easily_is_called_less_and_who_never_is_more():
    network = fit(mixtures(200, 0))
    odds = network.odds.detach().numpy()
    assert odds[ERHU] == pytest.approx(-PART * 0.3, abs=0.01)
    assert odds[FLUTE] == pytest.approx(PART * MOST), "as far as is allowed"
    assert odds[HARP] == 0, "nobody knows how often a harp is heard where none plays"
    assert odds[VOICE] == 0


def test_who_plays_in_none_of_the_mixtures_is_lowered_the_whole_way_and_never_raised():
    odds = fit(mixtures(200, 0, with_erhu=False)).odds.detach().numpy()
    assert odds[ERHU] == pytest.approx(-0.3, abs=0.01)
    assert odds[BANJO] == 0, "called in none, but nobody knows how one would be called"


def test_what_it_is_worth_is_measured_on_others():
    held = mixtures(100, 1)
    figures = measured(held, fit(mixtures(200, 0)))
    assert figures["mixtures"] == 100
    assert figures["after: players heard"] > figures["before: players heard"]
    assert figures["after: F1"] > figures["before: F1"]
    assert figures["before: others heard, of a mixture"] > figures["after: others heard, of a mixture"] - 1e-6
