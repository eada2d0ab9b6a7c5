import time

import numpy as np
import pytest

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.tempo import Onsets, Tempo, follow, overall_bpm
from milo_demo.training.tempo import patterns

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


def drums(bpm: float, kicks: tuple[float, ...] = (0, 2), hats_per_beat: int = 2) -> np.ndarray:
    """Kick, snare on two and four, and a hi-hat, in eighths if not said otherwise; `kicks` are beats of the bar."""
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE_HZ // 4) / RATE_HZ
    kick = np.sin(2 * np.pi * 60 * time_s) * np.exp(-18 * time_s)
    snare = 0.5 * rng.standard_normal(len(time_s)) * np.exp(-25 * time_s)
    hat = np.diff(0.2 * rng.standard_normal(len(time_s)) * np.exp(-90 * time_s), prepend=0)
    sound = np.zeros(DURATION_S * RATE_HZ, np.float32)
    for bar in np.arange(0, DURATION_S * bpm / 60, 4):
        hats = np.arange(4 * hats_per_beat) / hats_per_beat
        for stroke, beats in ((kick, kicks), (snare, (1, 3)), (hat, hats)):
            for beat in beats:
                start = round((bar + beat) * 60 / bpm * RATE_HZ)
                if start < len(sound) - RATE_HZ // 3:
                    sound[start : start + len(stroke)] += 0.4 * stroke
    return sound


def told(sound: np.ndarray, chunk: int = 10 * RATE_HZ) -> Tempo:
    onsets = Onsets()
    for _ in onsets.tap(sound[start : start + chunk] for start in range(0, len(sound), chunk)):
        pass
    return follow(onsets, steps=-(-len(sound) // STEP))


def track(sound: np.ndarray, chunk: int = 10 * RATE_HZ) -> np.ndarray:
    return told(sound, chunk).bpm


@pytest.mark.parametrize("bpm", [60, 72, 90, 110, 132, 150, 180])
def test_a_metronome_is_followed_to_the_beat(bpm):
    found = track(clicks(bpm))
    np.testing.assert_allclose(found, bpm, rtol=0.03)
    assert np.median(found) == pytest.approx(bpm, rel=0.005)


@pytest.mark.parametrize("bpm", [50, 60, 75, 85, 90, 100, 110, 120, 135, 150, 160, 174, 180])
def test_kick_and_snare_in_turn_tell_the_beat(bpm):
    found = told(drums(bpm))
    assert overall_bpm(found.bpm) == pytest.approx(bpm, rel=0.02)
    np.testing.assert_allclose(found.bpm, bpm, rtol=0.04)


@pytest.mark.parametrize("bpm", [160, 174, 186])
def test_a_breakbeat_is_not_taken_at_half_its_tempo(bpm):
    assert overall_bpm(track(drums(bpm, kicks=(0, 2.5)))) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("name", patterns.STYLES)
def test_the_tempo_of_a_style_is_among_the_two_candidates(name):
    style = patterns.STYLES[name]
    bpm = float(np.mean(style.common))
    sounds = [patterns.play(style, bpm, np.random.default_rng([44, number])) for number in range(2)]
    answers = [candidates for candidates in (told(sound).candidates for sound in sounds) if candidates]
    assert answers, "faint clicks in noise may have no tempo, but not all"
    for candidates in answers:
        assert any(each == pytest.approx(bpm, rel=0.04) for each, _ in candidates), candidates


def test_the_candidates_are_the_tempo_and_a_relative_of_it():
    found = told(drums(90, hats_per_beat=4))
    (bpm, strength), (other, less) = found.candidates
    assert bpm == overall_bpm(found.bpm) and 0 < less < strength < 1
    assert strength + less == pytest.approx(1) and other / bpm in (2, 0.5, 3, 1 / 3)
    assert told(np.zeros(5 * RATE_HZ, np.float32)).candidates == ()


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
    np.testing.assert_allclose(follow(onsets, len(whole)).bpm, whole, rtol=1e-6)


def test_no_sound_has_no_tempo():
    assert np.isnan(follow(Onsets(), steps=3).bpm).all()


def test_twenty_minutes_take_seconds():
    onsets, steps = Onsets(), 2344
    for _ in onsets.tap(np.tile(drums(96), 80).reshape(80, -1)):
        pass
    follow(Onsets(), steps=3)
    began = time.process_time()
    assert overall_bpm(follow(onsets, steps).bpm) == pytest.approx(96, rel=0.02)
    assert time.process_time() - began < 8


def test_the_clips_tempo_is_the_median_of_what_is_known():
    assert overall_bpm(np.array([np.nan, 90, 92, 120], np.float32)) == 92
    assert overall_bpm(np.array([np.nan] * 9 + [90], np.float32)) is None
    assert overall_bpm(np.zeros(0, np.float32)) is None
