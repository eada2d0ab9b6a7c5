import numpy as np
import pytest

from milo_demo.grid import STEPS_PER_S, pool, spans, steps_in


def test_a_step_is_the_sound_models():
    assert STEPS_PER_S == 1.953125


def test_the_last_step_of_a_clip_may_be_begun_only_and_rounding_begins_none():
    assert [steps_in(duration_s) for duration_s in (0.512, 0.513, 2.56, 12.8, 20.0)] == [1, 2, 5, 25, 40]


def test_a_wavering_score_is_one_event():
    scores = np.array([0.0, 0.6, 0.4, 0.6, 0.0])
    assert spans(scores, 0.5) == [(1, 4)]


def test_what_never_reaches_the_threshold_is_no_event():
    assert spans(np.full(10, 0.49), 0.5) == []


def test_a_one_step_gap_is_bridged_and_a_long_one_is_not():
    assert spans(np.array([0.9, 0.0, 0.9]), 0.5) == [(0, 3)]
    assert spans(np.array([0.9, 0.0, 0.0, 0.9]), 0.5) == [(0, 1), (3, 4)]


def test_the_first_and_last_step_count():
    assert spans(np.array([0.9, 0.1, 0.1, 0.1, 0.9]), 0.5) == [(0, 1), (4, 5)]


def test_what_just_keeps_the_release_is_held_and_what_just_reaches_the_threshold_begins():
    assert spans(np.array([0.3, 0.5, 0.3, 0.29]), 0.5) == [(0, 3)]


def test_a_clip_without_anything_pools_to_nothing_of_the_same_kind():
    nothing = pool(np.zeros((4, 3), np.float32))
    assert nothing.tolist() == [0, 0, 0] and nothing.dtype == np.float32


def test_at_least_one_step_decides():
    assert pool(np.array([[0.2, 0.4]], np.float32)).tolist() == pytest.approx([0.2, 0.4])
    assert pool(np.array([[0.2], [0.4], [0.8]], np.float32)).tolist() == pytest.approx([0.8])
