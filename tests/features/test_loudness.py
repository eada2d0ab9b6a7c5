import numpy as np

from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import FLOOR_DBFS, REACH, TARGET_DBFS, is_silent, levels_dbfs, normalise


def noise(dbfs: float, steps: float) -> np.ndarray:
    sound = np.random.default_rng(0).standard_normal(int(steps * STEP))
    return (sound / sound.std() * 10 ** (dbfs / 20)).astype(np.float32)


def test_level_of_a_full_scale_square_wave_is_zero():
    np.testing.assert_allclose(levels_dbfs(np.ones(STEP, np.float32)), [0.0], atol=1e-4)


def test_a_last_step_cut_short_is_as_loud_as_the_rest():
    np.testing.assert_allclose(levels_dbfs(noise(-30, 2.3)), -30, atol=0.3)


def test_any_level_is_brought_to_the_same():
    for dbfs in (-45, -20, -3):
        sound = noise(dbfs, 4)
        np.testing.assert_allclose(levels_dbfs(normalise(sound, levels_dbfs(sound))), TARGET_DBFS, atol=0.5)


def test_an_empty_room_is_not_blown_up():
    sound = noise(-70, 4)
    levels = levels_dbfs(sound)
    np.testing.assert_allclose(levels_dbfs(normalise(sound, levels)), -70 + TARGET_DBFS - FLOOR_DBFS, atol=0.5)
    assert is_silent(levels).all()


def test_silence_beside_music_and_rests_that_are_none():
    far = 2 * REACH
    sound = np.concatenate([noise(-20, far), noise(-58, 4), noise(-20, far), noise(-90, far)])
    silent = is_silent(levels_dbfs(sound))
    assert not silent[: 2 * far + 4].any()
    assert silent[2 * far + 5 :].all()


def test_digital_silence_stays_what_it_is():
    sound = np.zeros(3 * STEP, np.float32)
    assert is_silent(levels_dbfs(sound)).all()
    assert not normalise(sound, levels_dbfs(sound)).any()
