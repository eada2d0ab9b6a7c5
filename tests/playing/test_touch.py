import numpy as np
import pytest

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand, Mouth
from milo_demo.playing.touch import GUESS, Size, where

GUITAR, FLUTE, PIANO, VOICE = (LABELS.index(label) for label in ("guitar", "flute", "piano", "voice"))
SIZE = Size.of(720, 1280)
NOTHING_SEEN = np.zeros((len(LABELS), 14, 24), np.float32)


def hand(x: float, y: float, score: float = 0.9) -> Hand:
    return Hand(np.tile([x, y], (21, 1)).astype(float), score)


def peak(places: np.ndarray) -> tuple[float, float]:
    """x and y, as fractions of the frame."""
    row, column = np.unravel_index(places.argmax(), places.shape)
    return (column + 0.5) / places.shape[1], (row + 0.5) / places.shape[0]


def test_a_map_has_cells_of_eight_px_of_256():
    assert where([], [], [], NOTHING_SEEN, SIZE).shape == (len(LABELS), 18, 32) == (len(LABELS), *SIZE.cells)
    assert Size.of(640, 360).cells == (32, 18) and Size.of(4000, 1).cells == (32, 1)


def test_it_is_touched_where_the_hand_is():
    places = where([hand(0.3, 0.6)], [], [], NOTHING_SEEN, SIZE)[GUITAR]
    assert peak(places) == pytest.approx((0.3, 0.6), abs=0.03) and places.max() == pytest.approx(1)


def test_of_two_hands_the_one_at_the_instrument_counts():
    hands = [hand(0.2, 0.5, 0.95), hand(0.7, 0.5, 0.6)]
    box = Detection(GUITAR, 1.0, 0.6, 0.3, 0.9, 0.7)
    assert peak(where(hands, [], [box], NOTHING_SEEN, SIZE)[GUITAR])[0] == pytest.approx(0.7, abs=0.03)
    seen = NOTHING_SEEN.copy()
    seen[GUITAR, :, 15:] = 0.9
    assert peak(where(hands, [], [], seen, SIZE)[GUITAR])[0] == pytest.approx(0.7, abs=0.03)


def test_what_has_no_box_of_its_own_is_looked_for_in_those_of_others():
    hands, box = [hand(0.2, 0.5, 0.95), hand(0.7, 0.5, 0.6)], Detection(GUITAR, 1.0, 0.6, 0.3, 0.9, 0.7)
    assert peak(where(hands, [], [box], NOTHING_SEEN, SIZE)[PIANO])[0] == pytest.approx(0.7, abs=0.03)


def test_winds_are_touched_by_the_mouth_and_strings_are_not():
    mouth, box = Mouth(0.5, 0.3, 0.9), Detection(FLUTE, 1.0, 0.45, 0.25, 0.7, 0.5)
    places = where([], [mouth], [box], NOTHING_SEEN, SIZE)
    assert peak(places[FLUTE]) == pytest.approx((0.5, 0.3), abs=0.03) and places[FLUTE].max() == pytest.approx(1)
    assert places[GUITAR].max() == pytest.approx(GUESS)


def test_without_hands_it_is_a_guess_in_the_box_and_in_the_middle_without_one():
    box = Detection(GUITAR, 1.0, 0.6, 0.5, 0.9, 0.9)
    boxed = where([], [], [box], NOTHING_SEEN, SIZE)[GUITAR]
    assert 0.55 < peak(boxed)[0] < 0.75 and boxed.max() == pytest.approx(GUESS)
    assert peak(where([], [], [], NOTHING_SEEN, SIZE)[GUITAR]) == pytest.approx((0.5, 0.5), abs=0.03)


def test_the_likelier_of_two_players_has_the_higher_peak():
    hands = [hand(0.25, 0.5), hand(0.75, 0.5)]
    boxes = [Detection(GUITAR, share, x0, 0.3, x0 + 0.3, 0.7) for share, x0 in ((0.4, 0.1), (1.0, 0.6))]
    assert peak(where(hands, [], boxes, NOTHING_SEEN, SIZE)[GUITAR])[0] == pytest.approx(0.75, abs=0.03)


def test_a_hand_outside_of_the_frame_is_no_place_in_it():
    assert where([hand(3.0, 0.5)], [], [], NOTHING_SEEN, SIZE)[GUITAR].max() == pytest.approx(GUESS)


def test_all_round_there_is_no_middle_and_a_box_across_the_seam_has_two_sides():
    hands, box = [hand(0.02, 0.5), hand(0.5, 0.5)], Detection(GUITAR, 1.0, 0.9, 0.4, 1.1, 0.6)
    around = where(hands, [], [box], NOTHING_SEEN, Size.of(1920, 3840, wraps=True))[GUITAR]
    assert peak(around)[0] == pytest.approx(0.02, abs=0.03)


def test_no_hand_plays_the_voice():
    assert not where([hand(0.3, 0.6)], [Mouth(0.5, 0.2, 1.0)], [], NOTHING_SEEN, SIZE)[VOICE].any()
