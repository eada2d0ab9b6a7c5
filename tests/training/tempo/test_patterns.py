import numpy as np
import pytest

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.training.tempo.patterns import HELD_OUT, LEVELS, STYLES, play


@pytest.mark.parametrize("name", STYLES)
def test_a_bar_has_whole_parts_and_known_drums(name):
    style = STYLES[name]
    assert set(style.drums) <= set(LEVELS)
    assert all(set(bar) <= set("xg.") and len(bar) % style.beats == 0 for bar in style.drums.values())
    assert 50 <= style.common[0] < style.common[1] <= 190


def test_the_same_chances_play_the_same_and_others_do_not():
    first, again, other = (play(STYLES["waltz"], 120, np.random.default_rng(seed), 3) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == other.shape == (3 * RATE_HZ,) and not np.allclose(first, other)
    assert first.dtype == np.float32 and np.isfinite(first).all() and 0 < np.abs(first).max() < 1


def test_clicks_come_as_often_as_is_asked_for():
    sound = play(STYLES["clicks"], 90, np.random.default_rng(3), 10)
    loud = np.flatnonzero(np.abs(sound) > 0.5 * np.abs(sound).max())
    begins = loud[np.diff(loud, prepend=-RATE_HZ) > RATE_HZ // 4]
    assert np.diff(begins).mean() / RATE_HZ == pytest.approx(60 / 90, rel=0.02)


def test_what_is_held_out_is_a_style():
    assert set(HELD_OUT) < set(STYLES)
