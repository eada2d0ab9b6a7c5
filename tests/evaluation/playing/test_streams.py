import numpy as np
import pytest

from milo_demo.evaluation.playing.streams import Clip, distance, fused, mean, measure, peak

NOWHERE = np.zeros((0, 2))


def clip(when, where, touched):
    """One label of two, four steps, a picture of 256 × 128 in cells of 32 px: bright at a column."""
    space = np.zeros((4, 2, 4, 8), np.float32)
    for step, column in enumerate(where):
        space[step, 1, 1, column] = 0.5
    sound = np.zeros((4, 2), np.float32)
    sound[:, 1] = when
    return Clip({"action": space, "sound": sound}, {1: touched}, (256, 128))


def test_when_and_where():
    at = np.array([[48.0, 48.0], [200.0, 100.0]])
    measured = measure([clip([0.9, 0.2, 0.3, 0.1], (1, 2, 1, 1), [at, at, NOWHERE, NOWHERE])], ["action", "sound"])
    assert measured.auc == {1: [0.75]}
    assert measured.px == {1: [0.0, 32.0]}, "the cell of the second column is 32 px from the nearer point"
    assert measure([clip([1, 1, 0, 0], (0, 0, 0, 0), [at, at, NOWHERE, NOWHERE])], ["sound"]).px == {}


def test_a_clip_that_is_played_throughout_says_nothing_of_when():
    at = np.array([[48.0, 48.0]])
    assert measure([clip([1, 1, 1, 1], (1, 1, 1, 1), [at] * 4)], ["action"]).auc == {}


def test_the_middle_is_the_peak_of_what_is_even():
    assert peak(np.ones((18, 32)), (256, 144)) == pytest.approx([128, 72])
    assert distance(np.array([0.0, 0.0]), np.array([[3.0, 4.0], [30.0, 0.0]])) == 5


def test_products_are_taken_point_by_point():
    space, time = np.full((2, 1, 2), 0.5), np.array([1.0, 0.5])
    assert fused([space, time]).tolist() == [[[0.5, 0.5]], [[0.25, 0.25]]]
    assert fused([time, time]).tolist() == [1.0, 0.25]


def test_labels_count_alike_however_often_they_play():
    assert mean({0: [1.0, 1.0, 1.0], 1: [0.0]}) == 0.5 and np.isnan(mean({}))
