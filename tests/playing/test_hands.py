import numpy as np
import pytest

from milo_demo.playing import hands
from milo_demo.playing.looks import Look, whole
from tests.playing.people import wall, with_face, with_hand

ONCE = [whole(216, 384)]
SIZE = np.array([384, 216])


@pytest.fixture(scope="module")
def finder():
    return hands.load()


@pytest.mark.parametrize("turned_deg", [0, 90, -60, 180])
def test_a_hand_is_found_with_its_finger_tips_however_it_is_turned(finder, turned_deg):
    frame, tips = with_hand(wall(), 190, 110, size=32, turned_deg=turned_deg)
    [[hand]] = hands.find_hands([frame], [ONCE], finder)
    assert hand.score > 0.5 and hand.points.shape == (21, 2)
    assert np.abs(hand.points[list(hands.TIPS)] * SIZE - tips).max() < 3
    assert hand.touch * SIZE == pytest.approx(tips.mean(axis=0), abs=1.5)


def test_two_hands_and_none_the_surest_first(finder):
    both, _ = with_hand(with_hand(wall(), 100, 110, 32)[0], 280, 110, 40)
    found = hands.find_hands([wall(), both, wall()], [ONCE] * 3, finder)
    assert [len(some) for some in found] == [0, 2, 0]
    assert found[1][0].score >= found[1][1].score
    assert sorted(round(hand.touch[0], 1) for hand in found[1]) == [0.3, 0.7]


def test_a_hand_that_two_looks_show_is_one(finder):
    frame, _ = with_hand(wall(), 190, 110, 32)
    [found] = hands.find_hands([frame], [[*ONCE, Look(84, 0, 216, 216)]], finder)
    assert len(found) == 1


def test_a_small_hand_is_found_by_who_looks_closer(finder):
    frame, tips = with_hand(wall(), 300, 60, size=10)
    assert hands.find_hands([frame], [ONCE], finder) == [[]]
    [[hand]] = hands.find_hands([frame], [[Look(264, 20, 80, 80)]], finder)
    assert hand.touch * SIZE == pytest.approx(tips.mean(axis=0), abs=1.5)


def test_without_looks_there_is_nothing(finder):
    assert hands.find_hands([], [], finder) == [] == hands.find_mouths([], [], finder)
    assert hands.find_hands([wall()], [[]], finder) == [[]]


def test_the_mouth_in_a_face(finder):
    frame, mouth = with_face(wall(), 190, 100, size=90)
    [[found]] = hands.find_mouths([frame], [ONCE], finder)
    assert (found.x * 384, found.y * 216) == pytest.approx(mouth, abs=3) and found.score > 0.5


def test_the_result_names_both_networks(finder):
    assert [used.role for used in finder.used] == ["hands", "faces"]
