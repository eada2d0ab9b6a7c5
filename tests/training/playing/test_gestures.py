import numpy as np
import pytest

from milo_demo.training.playing.anatomy import Anatomy
from milo_demo.training.playing.gestures import Gesture, Part
from milo_demo.training.seeing.scenes import LENGTH_CM
from tests.training.playing.stages import drawn, notes


@pytest.fixture
def part():
    return Part(notes((1, 5), (9, 12)))


def test_a_part_knows_when_it_sounds_and_when_it_rests(part):
    assert [part.sounds(at_s) for at_s in (0.5, 1.1, 1.45, 7.0, 9.1, 13.0)] == [False, True, True, False, True, False]
    assert part.rest(2.0)[1] == 0 and part.rest(7.0) == (1, 1.0)
    assert 0 < part.rest(5.25)[1] < 1, "hands leave after the last note, not at once"
    assert part.rest(-3.0)[1] == 1 and part.rest(40.0)[1] == 1


def test_chords_are_one_stroke():
    chord = np.array([[0, 1, 60, 80], [0.01, 1, 64, 80], [0.02, 1, 67, 80], [1, 1, 60, 80]], float)
    assert Part(chord).onsets_s.tolist() == [0, 1]


def test_a_bow_turns_round_with_the_notes(part):
    strokes = [part.stroke(at_s, slur=1) for at_s in (1.0, 1.49, 1.5, 1.99, 2.0)]
    assert strokes == pytest.approx([0, 0.98, 1, 0.02, 0], abs=0.03)


@pytest.mark.parametrize("kind", sorted(LENGTH_CM))
def test_hands_move_while_there_are_notes_and_come_to_rest(kind, part):
    """Held still or not: within a rest hands move less than while playing, but for those who fidget."""
    busy, quiet = [], []
    for seed in range(8):
        gesture = Gesture(kind, Anatomy(kind, drawn(kind).pixels[..., 3]), part, np.random.default_rng(seed))
        for speeds, times in ((busy, np.arange(2, 4, 0.05)), (quiet, np.arange(6.2, 8.2, 0.05))):
            places = np.array([[hand.place for hand in gesture.hands(at_s)] for at_s in times])
            assert np.isfinite(places).all() and 1 <= places.shape[1] <= 2
            speeds.append(np.abs(np.diff(places, axis=0)).sum())
    assert np.median(quiet) < 0.5 * np.median(busy)


def test_a_bow_meets_the_strings_wherever_the_hand_is(part):
    gesture = Gesture("violin", Anatomy("violin", drawn("violin").pixels[..., 3]), part, np.random.default_rng(3))
    for at_s in np.arange(1, 4.5, 0.2):
        bow_hand = gesture.hands(at_s)[0]
        assert bow_hand.tool is not None
        frog, tip = bow_hand.tool
        along = (tip - frog) / np.hypot(*(tip - frog))
        away = bow_hand.meets - frog
        assert abs(away[0] * along[1] - away[1] * along[0]) < 1e-6, "the point of contact lies on the bow"


def test_winds_have_a_mouth_and_an_accordion_bellows(part):
    rng = np.random.default_rng(0)
    assert Gesture("clarinet", Anatomy("clarinet", drawn("clarinet").pixels[..., 3]), part, rng).mouth is not None
    accordion = Gesture("accordion", Anatomy("accordion", drawn("piano").pixels[..., 3]), part, rng)
    stretches = [accordion.stretch(at_s) for at_s in np.arange(1, 5, 0.1)]
    assert min(stretches) >= 1 and max(stretches) > 1.03 and accordion.mouth is None
