from dataclasses import replace

import numpy as np
import pytest

from milo_demo.features.flow import PER_STEP
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.moving import (
    FADES,
    FLOOR,
    at_hands,
    calibrated,
    changing,
    evidence,
    named,
    own_hands,
    seen_at,
    seen_lately,
)
from milo_demo.playing.touch import Size

GUITAR, DRUM, UKULELE, VOICE = (LABELS.index(label) for label in ("guitar", "drum", "ukulele", "voice"))
SIZE = Size.of(144, 256)
ROWS, COLUMNS = 36, 64
VISIBLE = [index for index in range(len(LABELS)) if index not in (UKULELE, VOICE)]


def hand(x: float, y: float, score: float = 0.9) -> Hand:
    return Hand(np.tile([x, y], (21, 1)).astype(float), score)


def still() -> np.ndarray:
    return np.zeros((ROWS, COLUMNS), np.float32)


def test_what_changes_around_a_step_is_the_mean_of_a_second():
    changes = np.zeros((PER_STEP * 4, ROWS, COLUMNS), np.float16)
    changes[PER_STEP * 2, 10, 20], changes[0, 30, 30] = 0.8, 0.8
    assert changing(changes, 2)[10, 20] == pytest.approx(0.8 / (2 * PER_STEP), rel=0.01)
    assert changing(changes, 2)[30, 30] == 0


def test_a_hand_moves_as_what_changes_near_it():
    change = still()
    change[17, 31], change[2, 2] = 0.7, 0.3
    assert at_hands(change, [hand(0.5, 0.5), hand(0.9, 0.9), hand(0.05, 0.1)], SIZE) == pytest.approx([0.7, 0, 0.3])


def test_hands_belong_to_the_boxes_that_they_touch():
    hands = [hand(0.2, 0.5), hand(0.8, 0.5), hand(0.4, 0.2)]
    left, right = Detection(GUITAR, 1.0, 0.1, 0.4, 0.3, 0.6), Detection(DRUM, 1.0, 0.7, 0.4, 0.9, 0.6)
    assert own_hands(hands, [left], [right]) == [0, 2], "who touches nothing is the nearest's"
    assert own_hands(hands, [right], [left]) == [1] and own_hands(hands, [], []) == [0, 1, 2]
    assert own_hands(hands, [left], []) == [0, 1, 2] and own_hands(hands, [], [left]) == [0, 1, 2]
    across = Detection(GUITAR, 1.0, 0.9, 0.4, 1.25, 0.6)
    assert own_hands(hands, [across], [right._replace(x0=0.4, x1=0.6)], wraps=True) == [0, 1], "over the seam, too"


def test_all_round_a_hand_belongs_to_what_lies_just_across_the_seam():
    just_before, beyond = hand(0.995, 0.5), Detection(GUITAR, 1.0, 0.01, 0.4, 0.12, 0.6)
    other = Detection(DRUM, 1.0, 0.8, 0.4, 0.95, 0.6)
    assert own_hands([just_before], [beyond], [other], wraps=True) == [0]
    assert own_hands([just_before], [other], [beyond], wraps=True) == []
    change, maps = still(), np.zeros((len(LABELS), ROWS, COLUMNS), np.float32)
    change[18, 1], maps[GUITAR, 18, 1] = 0.7, 0.8
    size = replace(SIZE, wraps=True)
    assert at_hands(change, [just_before], size) == pytest.approx([0.7])
    assert seen_at([just_before], maps, size)[GUITAR] == pytest.approx(0.8)


def test_a_hand_that_moves_is_evidence_and_one_that_rests_is_none():
    hands = [hand(0.5, 0.5)]
    assert evidence(hands, [1.5], still(), [], [], 0.5) == pytest.approx(0.9, abs=0.02)
    assert evidence(hands, [0.2], still(), [], [], 0.5) < 0.05


def test_without_a_hand_what_changes_in_the_box_counts_half():
    change = still()
    change[:, :20] = 8.0
    left, right = Detection(DRUM, 1.0, 0.0, 0.0, 0.3, 1.0), Detection(DRUM, 1.0, 0.6, 0.0, 0.9, 1.0)
    assert evidence([], [], change, [left], [], 0.8) == pytest.approx(0.4, abs=0.01)
    assert evidence([], [], change, [right], [], 0.8) == 0
    assert evidence([], [], change, [], [], 0.8) == pytest.approx(0.4, abs=0.01), "anywhere, without a box"
    across = Detection(DRUM, 1.0, 0.9, 0.0, 1.1, 1.0)
    assert evidence([], [], change, [across], [], 0.8) == pytest.approx(0.4, abs=0.01), "over the seam of a 360° frame"


def test_an_idle_instrument_beside_a_player_has_no_hand():
    hands = [hand(0.2, 0.5)]
    guitar, drum = Detection(GUITAR, 1.0, 0.1, 0.4, 0.3, 0.6), Detection(DRUM, 1.0, 0.7, 0.4, 0.9, 0.6)
    assert evidence(hands, [1.5], still(), [drum], [guitar], 0.9) == 0
    assert evidence(hands, [1.5], still(), [guitar], [drum], 0.9) == pytest.approx(0.9, abs=0.02)


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


def test_what_was_explained_a_moment_ago_needs_no_other_name_now():
    heard, nothing = scores(drum=0.9, guitar=0.9), scores()
    assert named(heard, nothing, VISIBLE)[GUITAR] == FLOOR
    surely = named(heard, nothing, VISIBLE, lately=scores(drum=0.9))
    assert surely[GUITAR] < 0.01 and surely[DRUM] == FLOOR, "who was seen to be played may be so still, nobody else"


def test_what_is_seen_is_remembered_within_a_shot_and_fades():
    seen = np.stack([scores(), scores(guitar=0.8), scores(), scores(drum=0.5), scores()])
    lately = seen_lately(seen, cuts=[3])
    np.testing.assert_allclose(lately[:, GUITAR], [0.8 * FADES, 0.8, 0.8 * FADES, 0, 0])
    np.testing.assert_allclose(lately[:, DRUM], [0, 0, 0, 0.5, 0.5 * FADES])


def test_a_tenth_is_the_point_from_which_it_counts():
    assert calibrated(np.array([0.1])) == pytest.approx(0.5)
    assert calibrated(np.array([0.05])) == pytest.approx(0.2) and calibrated(np.array([0.3])) == pytest.approx(0.9)
