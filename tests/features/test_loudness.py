import torch
from torch import Tensor
from torch.testing import assert_close

from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import FLOOR_DBFS, REACH, TARGET_DBFS, is_silent, levels_dbfs, normalise


def noise(dbfs: float, steps: float) -> Tensor:
    sound = torch.randn(int(steps * STEP), generator=torch.Generator().manual_seed(0))
    return sound / sound.std() * 10 ** (dbfs / 20)


def assert_all(levels: Tensor, dbfs: float, within_db: float) -> None:
    assert_close(levels, torch.full_like(levels, dbfs), rtol=0, atol=within_db)


def test_level_of_a_full_scale_square_wave_is_zero():
    assert_all(levels_dbfs(torch.ones(STEP)), 0.0, 1e-4)


def test_a_last_step_cut_short_is_as_loud_as_the_rest():
    assert_all(levels_dbfs(noise(-30, 2.3)), -30.0, 0.3)


def test_any_level_is_brought_to_the_same():
    for dbfs in (-45, -20, -3):
        sound = noise(dbfs, 4)
        assert_all(levels_dbfs(normalise(sound, levels_dbfs(sound))), TARGET_DBFS, 0.5)


def test_an_empty_room_is_not_blown_up():
    sound = noise(-70, 4)
    levels = levels_dbfs(sound)
    assert_all(levels_dbfs(normalise(sound, levels)), -70 + TARGET_DBFS - FLOOR_DBFS, 0.5)
    assert is_silent(levels).all()


def test_silence_beside_music_and_rests_that_are_none():
    far = 2 * REACH
    sound = torch.cat([noise(-20, far), noise(-58, 4), noise(-20, far), noise(-90, far)])
    silent = is_silent(levels_dbfs(sound))
    assert not silent[: 2 * far + 4].any()
    assert silent[2 * far + 5 :].all()


def test_digital_silence_stays_what_it_is():
    sound = torch.zeros(3 * STEP)
    assert is_silent(levels_dbfs(sound)).all()
    assert not normalise(sound, levels_dbfs(sound)).any()


def test_a_batch_is_treated_clip_by_clip():
    sounds = torch.stack([noise(-40, 12), noise(-10, 12)])
    levels = levels_dbfs(sounds)
    each = [normalise(sound, levels_dbfs(sound)) for sound in sounds]
    assert_close(normalise(sounds, levels), torch.stack(each))
