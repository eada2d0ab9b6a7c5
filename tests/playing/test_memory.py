import numpy as np
import pytest

from milo_demo.playing.hands import Hand
from milo_demo.playing.memory import remembered

LEFT, RIGHT = Hand(np.full((21, 2), 0.25), 0.8), Hand(np.full((21, 2), 0.75), 0.6)


def test_a_hand_that_is_not_found_for_a_moment_is_where_it_was_or_will_be():
    found = remembered([[LEFT], [], [], [RIGHT], []])
    assert [hands[0].points[0, 0] for hands in found] == [0.25, 0.25, 0.75, 0.75, 0.75]
    assert [hands[0].score for hands in found] == pytest.approx([0.8, 0.4, 0.3, 0.6, 0.3])


def test_it_is_forgotten_after_a_second_and_at_a_cut():
    assert [len(hands) for hands in remembered([[LEFT], [], [], [], []])] == [1, 1, 1, 0, 0]
    assert [len(hands) for hands in remembered([[LEFT], [], []], cuts=[1])] == [1, 0, 0]
    assert [len(hands) for hands in remembered([[], [LEFT]], cuts=[1])] == [0, 1]
    assert remembered([]) == []
