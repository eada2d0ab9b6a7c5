import numpy as np
import pytest

from milo_demo.models.quality import FEATURES, Quality
from milo_demo.separation.notes.owners import NoteFound
from milo_demo.separation.quality import HIGHEST_DB, LOWEST_DB, expected, features, si_sdr

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.standard_normal((2, 1, 4000)).astype(np.float32)


def row(by_mask: np.ndarray, by_notes: np.ndarray, score: float = 0.9) -> dict[str, float]:
    notes = [NoteFound(0, 60, 0, 50, 0.0, score)]
    found = features(by_mask[None], by_notes[None], ONE + OTHER, notes, ["violin"])
    return dict(zip(FEATURES, found[0], strict=True))


def test_si_sdr_forgives_loudness_and_nothing_else():
    assert si_sdr(ONE[0], 0.1 * ONE[0]) == pytest.approx(HIGHEST_DB, abs=40)
    assert si_sdr(ONE[0], ONE[0] + 0.316 * OTHER[0]) == pytest.approx(10, abs=0.5)
    assert si_sdr(ONE[0], 0 * ONE[0]) == LOWEST_DB


def test_ways_that_agree_speak_for_a_track_and_sure_notes_too():
    assert row(ONE, ONE)["agree"] > row(ONE, ONE + OTHER)["agree"] > row(ONE, OTHER)["agree"]
    assert row(ONE, ONE, 0.9)["sure"] == pytest.approx(0.9) and row(ONE, ONE, 0.3)["sure"] == pytest.approx(0.3)


def test_a_clean_mask_speaks_for_a_track_against_one_that_shares_out_evenly():
    assert row(ONE, ONE)["clear"] > row(0.5 * (ONE + OTHER), ONE)["clear"]


def test_silence_and_nobody_are_no_trouble():
    assert np.isfinite(list(row(0 * ONE, 0 * ONE).values())).all()
    assert features(np.zeros((0, 1, 9)), np.zeros((0, 1, 9)), np.zeros((1, 9)), [], []).shape == (0, len(FEATURES))


def test_what_is_expected_is_a_straight_line():
    network = Quality().eval()
    network.weights.data[0, FEATURES.index("one")] = 3
    network.weights.data[1, FEATURES.index("sure")] = 10
    [track] = expected(np.array([[1.0, 0.5] + [0.0] * (len(FEATURES) - 2)]), network)
    assert track.by_mask == pytest.approx(3) and track.by_notes == pytest.approx(5)
