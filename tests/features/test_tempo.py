import os
import subprocess
import sys

import numpy as np
import pytest

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.tempo import Onsets, overall_bpm, tempo_bpm

DURATION_S = 15


def clicks(bpm: float, duration_s: float = DURATION_S) -> np.ndarray:
    """A metronome."""
    sound = np.zeros(round(duration_s * RATE_HZ), np.float32)
    time_s = np.arange(800) / RATE_HZ
    click = np.sin(2 * np.pi * 1000 * time_s) * np.exp(-120 * time_s)
    for start_s in np.arange(0.1, duration_s - 0.1, 60 / bpm):
        start = round(start_s * RATE_HZ)
        sound[start : start + len(click)] += 0.5 * click
    return sound


def drums(bpm: float) -> np.ndarray:
    """Kick, snare and a hi-hat in eighths."""
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE_HZ // 4) / RATE_HZ
    kick = np.sin(2 * np.pi * 60 * time_s) * np.exp(-18 * time_s)
    snare = 0.5 * rng.standard_normal(len(time_s)) * np.exp(-25 * time_s)
    hat = np.diff(0.2 * rng.standard_normal(len(time_s)) * np.exp(-90 * time_s), prepend=0)
    sound = np.zeros(DURATION_S * RATE_HZ, np.float32)
    for eighth, start_s in enumerate(np.arange(0, DURATION_S - 0.3, 30 / bpm)):
        start = round(start_s * RATE_HZ)
        stroke = hat + (kick if eighth % 4 == 0 else snare if eighth % 4 == 2 else 0)
        sound[start : start + len(stroke)] += 0.4 * stroke
    return sound


def track(sound: np.ndarray, chunk: int = 10 * RATE_HZ) -> np.ndarray:
    onsets = Onsets()
    for _ in onsets.tap(sound[start : start + chunk] for start in range(0, len(sound), chunk)):
        pass
    return tempo_bpm(onsets.strength(), steps=-(-len(sound) // STEP))


@pytest.mark.parametrize("bpm", [60, 72, 90, 110, 132, 150, 180])
def test_a_metronome_is_followed_to_the_beat(bpm):
    found = track(clicks(bpm))
    np.testing.assert_allclose(found, bpm, rtol=0.03)
    assert np.median(found) == pytest.approx(bpm, rel=0.005)


@pytest.mark.parametrize("bpm", [60, 85, 110, 135, 160, 180])
def test_drums_are_followed_up_to_the_octave(bpm):
    octaves = np.log2(np.median(track(drums(bpm))) / bpm)
    assert octaves == pytest.approx(round(octaves), abs=0.01) and abs(octaves) < 1.5


def test_a_change_of_tempo_is_followed():
    found = track(np.concatenate([clicks(90), clicks(130)]))
    assert np.median(found[: len(found) // 2 - 8]) == pytest.approx(90, rel=0.01)
    assert np.median(found[len(found) // 2 + 8 :]) == pytest.approx(130, rel=0.01)


@pytest.mark.parametrize("sound", [
    np.zeros(5 * RATE_HZ),
    np.zeros(1),
    0.1 * np.random.default_rng(1).standard_normal(DURATION_S * RATE_HZ),
    0.3 * np.sin(0.1 * np.arange(DURATION_S * RATE_HZ)),
    clicks(100, duration_s=2),
], ids=["silence", "one sample", "noise", "a held tone", "too few beats to tell"])  # fmt: skip
def test_what_has_no_clear_beat_has_no_tempo(sound):
    assert np.isnan(track(sound.astype(np.float32))).all()


def test_music_that_stops_has_no_tempo_any_more():
    found = track(np.pad(clicks(120), (0, 15 * RATE_HZ)))
    assert not np.isnan(found[:25]).any() and np.isnan(found[-20:]).all()


def test_a_quiet_recording_has_the_same_tempo():
    assert np.median(track(0.02 * drums(110))) == pytest.approx(110, rel=0.01)


def test_how_the_sound_was_cut_makes_no_difference():
    sound = drums(110)
    whole, onsets = track(sound, len(sound)), Onsets()
    passed = list(onsets.tap([sound[:1], sound[1:1], sound[1:70_001], sound[None, 70_001:]]))
    assert sum(part.size for part in passed) == len(sound), "what was overheard is passed on as it was"
    np.testing.assert_allclose(tempo_bpm(onsets.strength(), len(whole)), whole, rtol=1e-6)


def test_no_sound_has_no_tempo():
    assert np.isnan(tempo_bpm(Onsets().strength(), steps=3)).all()


def test_the_clips_tempo_is_the_median_of_what_is_known():
    assert overall_bpm(np.array([np.nan, 90, 92, 120], np.float32)) == 92
    assert overall_bpm(np.array([np.nan] * 9 + [90], np.float32)) is None
    assert overall_bpm(np.zeros(0, np.float32)) is None


def test_programs_that_start_together_do_not_spoil_each_others_cache(tmp_path):
    program = "from milo_demo.features import tempo; tempo.warm()"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    started = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)]
    assert [each.wait() for each in started] == [0, 0]
    # What they left on disk is sound: a cache of two halves from two programs crashes whoever reads it.
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0
