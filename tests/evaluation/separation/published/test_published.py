import numpy as np
import pytest

from milo_demo.evaluation.separation.case import RESIDUAL, Case
from milo_demo.evaluation.separation.published import separators
from milo_demo.evaluation.separation.published.naming import NOBODY, matched, told
from milo_demo.evaluation.separation.published.overlap import overlaps
from milo_demo.instruments import LABELS
from milo_demo.separation.published import deep_prior

RATE_HZ = 22_050
TIME_S = np.arange(3 * RATE_HZ) / RATE_HZ
LOW, HIGH = (
    sum(0.1 * np.sin(2 * np.pi * k * hertz * TIME_S) / k for k in range(1, 5)).astype(np.float32)
    for hertz in (150.0, 1100.0)
)


def case(**more) -> Case:
    stems = {"tuba": LOW, "flute": HIGH}
    return Case("made", "phrase-pairs", LOW + HIGH, RATE_HZ, stems, asked=tuple(stems), **more)


def test_blind_tracks_are_scored_in_the_best_order_and_keep_their_own_names():
    tracks, called = matched(case(), [("harp", HIGH + 0.1 * LOW), ("tuba", LOW)])
    assert called == {"tuba": "tuba", "flute": "harp"} and tracks["tuba"] is LOW
    tracks, called = matched(case(), [("harp", HIGH)])
    assert called == {"tuba": NOBODY, "flute": "harp"} and not tracks["tuba"].any()


def test_names_are_right_among_the_first_three_and_else_the_strongest_wrong_one():
    assert told(case(), ["harp", "tuba", "flute"]) == {"tuba": "tuba", "flute": "flute"}
    assert told(case(), ["harp", "tuba", "erhu", "flute"]) == {"tuba": "tuba", "flute": "harp"}
    assert told(case(), []) == {"tuba": NOBODY, "flute": NOBODY}


def test_overlap_is_whole_for_the_truth_half_for_the_mixture_and_none_for_the_others():
    silence = np.zeros_like(LOW)
    right = overlaps(case(), {**case().stems, RESIDUAL: silence})
    swapped = overlaps(case(), {"tuba": HIGH, "flute": LOW, RESIDUAL: silence})
    mixture = overlaps(case(), dict.fromkeys(("tuba", "flute", RESIDUAL), LOW + HIGH))
    for label in ("tuba", "flute"):
        assert right[label]["IoU 0.10"] > 0.6 and right[label]["Dice 0.10"] > 0.75
        assert swapped[label]["IoU 0.10"] < 0.1 < mixture[label]["IoU 0.10"] < right[label]["IoU 0.10"]
    assert right["tuba"]["Dice 0.05"] == pytest.approx(2 / (1 + 1 / right["tuba"]["IoU 0.05"]))


def test_overlap_is_known_at_any_rate():
    odd = Case("made", "phrase-pairs", LOW, 8000, {"tuba": LOW}, asked=("tuba",))
    assert overlaps(odd, {"tuba": LOW, RESIDUAL: 0 * LOW})["tuba"]["IoU 0.10"] > 0.6


@pytest.mark.parametrize(
    "method",
    [
        separators.nmf_supervised,
        separators.nmf_blind,
        separators.semantic_audio,
        separators.semantic_told,
        separators.deep_audio_prior,
    ],
)
def test_every_method_gives_each_player_a_track_of_the_case_s_length(method, monkeypatch):
    learn = deep_prior.learn
    monkeypatch.setattr(deep_prior, "learn", lambda heard, sources: learn(heard, sources, 2))
    found = method(case())
    assert {"tuba", "flute"} <= set(found.tracks)
    assert all(track.shape == LOW.shape and np.isfinite(track).all() for track in found.tracks.values())


def test_vision_needs_something_to_see_and_believes_it():
    assert separators.semantic_vision(case()) is None
    nothing = separators.semantic_vision(case(seen=lambda: np.zeros(len(LABELS), np.float32)))
    assert nothing is not None and not nothing.tracks["tuba"].any()
    assert set(nothing.called.values()) <= {NOBODY, "voice"}  # which no eye can rule out
