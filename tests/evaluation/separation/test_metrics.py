import numpy as np
import pytest

from milo_demo.evaluation.separation import metrics
from milo_demo.separation.quality import si_sdr

RATE_HZ = 8_000
RNG = np.random.default_rng(1)
TIME_S = np.arange(2 * RATE_HZ) / RATE_HZ
TONE = np.sin(2 * np.pi * 200 * TIME_S).astype(np.float32)
NOISE = RNG.standard_normal(len(TONE)).astype(np.float32)


def orthogonal(sound: np.ndarray, to: np.ndarray) -> np.ndarray:
    """What of a sound has nothing of another, as loud as that."""
    rest = sound - sound.mean()
    rest = rest - (rest @ to) / (to @ to) * to
    return rest * np.linalg.norm(to) / np.linalg.norm(rest)


def test_si_sdr_forgives_any_level_and_an_offset():
    assert si_sdr(TONE, 0.01 * TONE) > 90
    assert si_sdr(TONE, 3 * TONE + 0.5) > 90


@pytest.mark.parametrize("decibels", [-20, 0, 10])
def test_si_sdr_is_the_ratio_to_orthogonal_noise(decibels):
    noise = orthogonal(NOISE, TONE) * 10 ** (-decibels / 20)
    assert si_sdr(TONE, 0.5 * (TONE + noise)) == pytest.approx(decibels, abs=0.01)


def test_si_sdr_of_silence_and_of_something_else_has_a_floor():
    assert si_sdr(TONE, np.zeros_like(TONE)) == metrics.LOWEST_DB
    assert si_sdr(TONE, orthogonal(NOISE, TONE)) == metrics.LOWEST_DB


def test_bss_eval_tells_the_others_from_artefacts():
    other, third = RNG.standard_normal((2, len(TONE))).astype(np.float32)
    leaked = metrics.bss_eval([NOISE, other], [NOISE + 0.1 * other, other])
    assert leaked.sir[0] == pytest.approx(20, abs=1) and leaked.sar[0] > 40
    distorted = metrics.bss_eval([NOISE, other], [NOISE + 0.1 * third, other])
    assert distorted.sar[0] == pytest.approx(20, abs=1) and distorted.sir[0] > 25
    assert leaked.sdr[0] == pytest.approx(20, abs=1)


def test_bss_eval_bears_a_silent_estimate():
    figures = metrics.bss_eval([NOISE, TONE], [np.zeros_like(NOISE), TONE])
    assert all(np.isfinite(values).all() for values in figures) and figures.sdr[0] < 0


def test_level_is_relative_to_the_mixture():
    assert metrics.level_db(0.1 * NOISE, NOISE) == pytest.approx(-20)
    assert metrics.level_db(np.zeros_like(NOISE), NOISE) == metrics.SILENT_DB


def test_a_leak_is_what_sounds_while_the_player_rests():
    plays_late = TONE * (TIME_S > 1)
    mixture = plays_late + NOISE
    assert metrics.leak_db(plays_late, plays_late + 0.01 * NOISE, mixture, RATE_HZ) == pytest.approx(-40, abs=0.1)
    assert metrics.leak_db(plays_late, plays_late, mixture, RATE_HZ) == metrics.SILENT_DB


def test_of_those_who_never_rest_and_of_general_rests_no_leak_is_told():
    assert metrics.leak_db(NOISE, TONE, NOISE, RATE_HZ) is None
    together = NOISE * (TIME_S > 1)
    assert metrics.leak_db(together, together, together, RATE_HZ) is None
