import numpy as np
import pytest

from milo_demo.features.flow import PER_STEP, RATE_HZ
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.moving import (
    FLOOR,
    calibrated,
    energy,
    evidence,
    hand_speeds,
    named,
    own_hands,
    seen_at,
)
from milo_demo.playing.touch import Size

GUITAR, DRUM, UKULELE, VOICE = (LABELS.index(label) for label in ("guitar", "drum", "ukulele", "voice"))
SIZE = Size.of(144, 256)
ROWS, COLUMNS = 36, 64
VISIBLE = [index for index in range(len(LABELS)) if index not in (UKULELE, VOICE)]


def hand(x: float, y: float, length_px: float = 20.0, score: float = 0.9) -> Hand:
    points = np.tile([x, y], (21, 1)).astype(float)
    points[0, 1] += length_px / 144  # the wrist
    return Hand(points, score)


def vectors(steps: int = 4) -> np.ndarray:
    return np.zeros((PER_STEP * steps, 2, ROWS, COLUMNS), np.float16)


def test_what_moves_around_a_step_is_in_px_per_second():
    moves = vectors()
    moves[:, 0, 6:24, 10:40] = 2
    assert energy(moves, 2)[15, 25] == pytest.approx(2 * RATE_HZ, rel=0.01) and energy(moves, 2)[34, 60] < 0.1


def test_what_the_whole_picture_does_is_no_movement_in_it():
    moves = vectors()
    moves[:, 1] = 0.3
    assert energy(moves, 1).max() < 0.1
    moves[:, 1, 6:24, 10:40] = 1.5
    assert energy(moves, 1)[15, 25] == pytest.approx(np.sqrt(1.5**2 - 0.3**2) * RATE_HZ, rel=0.02)


def test_a_hand_is_as_fast_as_its_own_length_says():
    moves = np.zeros((ROWS, COLUMNS), np.float32)
    moves[16:20, 30:34] = 10.0
    near, far, small = hand_speeds(moves, [hand(0.5, 0.5), hand(0.1, 0.1), hand(0.5, 0.5, length_px=10)], SIZE)
    assert (near, far, small) == pytest.approx((0.5, 0.0, 1.0))


def test_hands_belong_to_the_boxes_that_they_touch():
    hands = [hand(0.2, 0.5), hand(0.8, 0.5), hand(0.5, 0.1)]
    left, right = Detection(GUITAR, 1.0, 0.1, 0.4, 0.3, 0.6), Detection(DRUM, 1.0, 0.7, 0.4, 0.9, 0.6)
    assert own_hands(hands, [left], [right]) == [0, 2], "who touches nothing may be anybody's"
    assert own_hands(hands, [right], [left]) == [1, 2] and own_hands(hands, [], []) == [0, 1, 2]


def test_a_hand_that_moves_is_evidence_and_one_that_rests_is_none():
    moves, hands = np.zeros((ROWS, COLUMNS), np.float32), [hand(0.5, 0.5)]
    assert evidence(hands, [1.0], moves, [], [], 0.5) == pytest.approx(0.9)
    assert evidence(hands, [0.05], moves, [], [], 0.5) < 0.05


def test_without_a_hand_what_moves_in_the_box_counts_half():
    moves = np.zeros((ROWS, COLUMNS), np.float32)
    moves[:, :20] = 100.0
    left, right = Detection(DRUM, 1.0, 0.0, 0.0, 0.3, 1.0), Detection(DRUM, 1.0, 0.6, 0.0, 0.9, 1.0)
    assert evidence([], [], moves, [left], [], 0.8) == pytest.approx(0.4)
    assert evidence([], [], moves, [right], [], 0.8) == 0
    assert evidence([], [], moves, [], [], 0.8) == pytest.approx(0.4), "anywhere, without a box"
    across = Detection(DRUM, 1.0, 0.9, 0.0, 1.1, 1.0)
    assert evidence([], [], moves, [across], [], 0.8) == pytest.approx(0.4), "over the seam of a 360° frame"


def test_an_idle_instrument_beside_a_player_has_no_hand():
    moves, hands = np.zeros((ROWS, COLUMNS), np.float32), [hand(0.2, 0.5)]
    guitar, drum = Detection(GUITAR, 1.0, 0.1, 0.4, 0.3, 0.6), Detection(DRUM, 1.0, 0.7, 0.4, 0.9, 0.6)
    assert evidence(hands, [1.0], moves, [drum], [guitar], 0.9) == 0
    assert evidence(hands, [1.0], moves, [guitar], [drum], 0.9) == pytest.approx(0.9)


def test_an_instrument_is_seen_where_hands_are():
    maps = np.zeros((len(LABELS), 14, 24), np.float32)
    maps[GUITAR, 6:8, 4:6], maps[DRUM, 6:8, 18:20] = 0.8, 0.9
    seen = seen_at([hand(0.2, 0.5)], maps, SIZE)
    assert seen[GUITAR] == pytest.approx(0.8) and seen[DRUM] < 0.01
    assert seen_at([], maps, SIZE)[DRUM] == pytest.approx(0.9)


def scores(**known: float) -> np.ndarray:
    given = np.zeros(len(LABELS))
    for label, score in known.items():
        given[LABELS.index(label)] = score
    return given


def test_what_is_heard_and_seen_at_the_hand_is_played():
    surely = named(scores(guitar=0.9, drum=0.1), scores(guitar=0.9), VISIBLE)
    assert surely[GUITAR] == pytest.approx(0.9 + 0.1 * FLOOR) and surely[DRUM] < 0.01


def test_what_no_name_explains_may_be_any():
    surely = named(scores(), scores(), VISIBLE)
    assert surely[GUITAR] == surely[DRUM] == FLOOR and surely[VOICE] == 0


def test_what_the_eye_has_no_name_for_is_seen_by_another():
    surely = named(scores(ukulele=0.8), scores(guitar=0.8), VISIBLE)
    assert surely[UKULELE] > np.sqrt(0.8 * 0.4) > 2 * surely[DRUM]


def test_a_tenth_is_the_point_from_which_it_counts():
    assert calibrated(np.array([0.1])) == pytest.approx(0.5)
    assert calibrated(np.array([0.05])) == pytest.approx(0.2) and calibrated(np.array([0.3])) == pytest.approx(0.9)
