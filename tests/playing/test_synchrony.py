import numpy as np
import pytest

from milo_demo.features.flow import PER_STEP
from milo_demo.playing.hands import Hand
from milo_demo.playing.synchrony import Rivals, begins, correlation
from milo_demo.playing.touch import Size

STEPS, FRAMES_PER_STEP = 24, 32
SIZE = Size.of(144, 256)
LEFT, RIGHT = (Hand(np.tile([x, 0.5], (21, 1)), 0.9) for x in (0.25, 0.75))


def strokes(seed: int) -> np.ndarray:
    """When each of two players moves: flows, irregular."""
    return np.random.default_rng(seed).random(PER_STEP * STEPS) < 0.25


def moving(*players: np.ndarray) -> np.ndarray:
    """Changes of which the left half is the first player's, the right half the second's."""
    changes = np.zeros((PER_STEP * STEPS, 36, 64), np.float16)
    for half, when in zip((slice(0, 32), slice(32, 64)), players, strict=True):
        changes[when, 10:26, half] = 0.8
    return changes


def sound(when: np.ndarray) -> np.ndarray:
    onsets = np.zeros((STEPS * FRAMES_PER_STEP, 4), np.float32)
    onsets[np.flatnonzero(when) * FRAMES_PER_STEP // PER_STEP] = 10
    return onsets


def shares(changes, onsets, step: int = STEPS // 2, hands=None):
    return Rivals(changes, onsets, hands or [{1: [LEFT], 2: [RIGHT]}] * STEPS, SIZE).shares(step)


@pytest.mark.parametrize("seed", range(3))
def test_who_moves_with_the_sound_counts_more(seed):
    one, other = strokes(seed), strokes(seed + 100)
    first, second = shares(moving(one, other), sound(one)), shares(moving(one, other), sound(other))
    assert first[1] == 1 and first[2] < 0.5 and second[2] == 1 and second[1] < 0.5


def test_two_who_move_together_both_count():
    one = strokes(0)
    assert min(shares(moving(one, one), sound(one)).values()) > 0.9


def test_the_sound_may_be_a_little_late():
    one, other = strokes(0), strokes(100)
    assert shares(moving(one, other), sound(np.roll(one, 1)))[2] < 0.5


def test_who_is_alone_or_makes_no_sound_counts_whole():
    one, other = strokes(0), strokes(100)
    assert shares(moving(one, other), sound(one), hands=[{7: [LEFT]}] * STEPS) == {7: 1.0}
    assert shares(moving(one, other), None) == {1: 1.0, 2: 1.0}
    assert shares(moving(one, other), sound(one), hands=[{}] * STEPS) == {}


def test_a_moment_tells_nothing():
    one, other = strokes(0), strokes(100)
    assert shares(moving(one, other)[:16], sound(one)[:128], step=1, hands=[{1: [LEFT], 2: [RIGHT]}] * 4) == {
        1: 1,
        2: 1,
    }


def test_a_player_without_hands_does_not_move():
    one, other = strokes(0), strokes(100)
    hands = [{1: [LEFT], 2: []} for _ in range(STEPS)]
    assert shares(moving(one, other), sound(one), hands=hands)[1] == 1


def test_silence_and_stillness_go_with_nothing():
    assert correlation(np.zeros(40), np.random.default_rng(0).random(60), 10) == 0
    assert correlation(np.random.default_rng(0).random(40), np.zeros(60), 10) == 0
    assert begins(np.zeros((0, 4)), 8).tolist() == [0] * 8
