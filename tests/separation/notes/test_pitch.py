"""Following fundamentals: vibrato, chords, edges."""

import numpy as np
import pytest

from milo_demo.separation.notes.pitch import HOP, Note, follow, pitch_hz, voices
from tests.separation.notes.tones import magnitudes, tone

RATE_HZ = 22050


def cents(found_hz, true_hz):
    return 1200 * np.log2(found_hz / true_hz)


def test_a_vibrato_is_followed_within_ten_cents():
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    f0_hz = 440 * 2 ** ((20 + 30 * np.sin(2 * np.pi * 5 * time_s)) / 1200)
    spectra = magnitudes(tone(f0_hz) + tone(np.full_like(f0_hz, pitch_hz(62))))
    (found, _), deviation = follow([Note(4, 80, 69, 0), Note(4, 80, 62, 1)], spectra)
    assert np.abs(cents(found, f0_hz[np.arange(4, 80) * HOP])).mean() < 10
    assert deviation == pytest.approx([20, 0], abs=3)


def test_each_note_gets_its_own_curve_in_the_order_given():
    spectra = magnitudes(np.concatenate([tone(np.full(RATE_HZ, pitch_hz(pitch))) for pitch in (60.3, 67.0, 64.0)]))
    notes = [Note(90, 125, 64, 0), Note(3, 40, 60, 0), Note(47, 83, 67, 1)]
    found, deviation = follow(notes, spectra)
    assert [len(curve) for curve in found] == [35, 37, 36]
    assert deviation == pytest.approx([0, 30, 0], abs=3)


def test_what_belongs_to_others_does_not_mislead_a_second_pass():
    time_s = np.arange(RATE_HZ) / RATE_HZ
    quiet, loud = 0.05 * tone(np.full(len(time_s), pitch_hz(69.4))), tone(np.full(len(time_s), pitch_hz(68.8)))
    shares = np.stack([magnitudes(quiet), magnitudes(loud)])
    _, deviation = follow([Note(3, 40, 69, 0), Note(3, 40, 69, 1)], shares)
    assert deviation == pytest.approx([40, -20], abs=3)


def test_silence_and_a_single_frame_have_a_pitch_too():
    found, deviation = follow([Note(0, 1, 60, 0)], np.zeros((1, 2049), np.float32))
    assert np.isfinite(found[0]).all() and np.isfinite(deviation).all()
    assert follow([], np.zeros((1, 2049), np.float32))[0] == []


@pytest.mark.parametrize("note", [Note(3, 3, 60, 0), Note(0, 11, 60, 0), Note(-1, 2, 60, 0)])
def test_a_note_out_of_place_is_named(note):
    with pytest.raises(ValueError, match=f"start={note.start}"):
        follow([note], np.zeros((10, 2049), np.float32))


def test_the_highest_pitches_have_fewer_harmonics():
    spectra = magnitudes(tone(np.full(RATE_HZ, pitch_hz(108)), partials=2))
    assert follow([Note(3, 40, 108, 0)], spectra)[1] == pytest.approx([0], abs=3)


def test_chords_take_several_voices_and_a_tune_takes_one():
    notes = [Note(0, 4, 60, 0), Note(4, 8, 62, 0), Note(2, 6, 67, 0), Note(0, 8, 48, 1)]
    curves = [np.full(note.end - note.start, pitch_hz(note.pitch), np.float32) for note in notes]
    found = voices(notes, curves, frames=10)
    assert sorted(voice.owner for voice in found) == [0, 0, 1]
    assert all(len(voice.f0_hz) == 10 and voice.f0_hz[8:].max() == 0 for voice in found)
    sounding = sorted(int((voice.f0_hz > 0).sum()) for voice in found)
    assert sounding == [4, 8, 8]
