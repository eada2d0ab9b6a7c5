"""The harmonic model: what was played together comes apart; nothing, and next to nothing, is no trouble."""

import librosa
import numpy as np
import pytest

from milo_demo.separation.harmonic import fit, lobe, semitones
from milo_demo.separation.notes.pitch import HOP, WINDOW, Voice, pitch_hz
from tests.separation.notes.tones import RATE_HZ, magnitudes, spectra, tone


def held(pitches, frames_each=43):
    """(frame,) Hz: one pitch after the other."""
    return np.repeat([pitch_hz(pitch) for pitch in pitches], frames_each).astype(np.float32)


def played(f0_hz, **timbre):
    """(sample,) of the same tune."""
    return tone(np.repeat(f0_hz, HOP), **timbre)


def separate(mixture, found):
    """One sound per owner, by Wiener masks of exponent 2."""
    power = (found + 1e-6) ** 2
    return [librosa.istft((spectra(mixture) * mask).T, n_fft=WINDOW, hop_length=HOP) for mask in power / power.sum(0)]


def snr(true, found):
    length = min(len(true), len(found))
    true, found = true[WINDOW : length - WINDOW], found[WINDOW : length - WINDOW]
    return 10 * np.log10((true**2).sum() / ((true - found) ** 2).sum())


def test_two_tunes_with_other_spectra_come_apart():
    high, low = held([72, 74, 76, 72]), held([62, 65, 60, 58])
    sounds = played(high, odd_only=True), played(low, slope=0.7)
    mixture = sounds[0] + sounds[1]
    model = fit(magnitudes(mixture)[:-1], [Voice(0, high), Voice(1, low)], owners=2)
    found = separate(mixture, np.pad(model.magnitudes(), ((0, 0), (0, 1), (0, 0))))
    assert all(snr(true, part) > 15 for true, part in zip(sounds, found, strict=True))


def test_an_octave_is_shared_by_what_is_heard_of_it_elsewhere():
    upper, lower = held([72, 0, 72]), held([60, 60, 0])
    upper[43:86] = lower[86:] = 0
    sounds = played(np.maximum(upper, 1e-3)), played(np.maximum(lower, 1e-3))
    model = fit(magnitudes(sounds[0] + sounds[1])[:-1], [Voice(0, upper), Voice(1, lower)], owners=2)
    together = slice(10, 33)
    octave = round(2 * pitch_hz(60) / RATE_HZ * WINDOW)
    share = model.magnitudes()[:, together, octave].mean(axis=1)
    assert share[0] / share.sum() == pytest.approx(2 / 3, abs=0.12), "partial 1 of the upper, partial 2 of the lower"


def test_a_chord_is_one_owners():
    chord = [held([pitch]) for pitch in (60, 64, 67)]
    sound = sum(played(f0_hz) for f0_hz in chord)
    model = fit(magnitudes(sound)[:-1], [Voice(0, f0_hz) for f0_hz in chord], owners=1)
    true = magnitudes(sound)[10:33]
    assert np.abs(model.magnitudes(10, 33)[0] - true).sum() < 0.2 * true.sum()


def test_noise_goes_to_the_floor():
    rng = np.random.default_rng(0)
    tune = held([69, 0])
    tune[43:] = 0
    noise = 0.01 * rng.standard_normal(len(tune) * HOP).astype(np.float32)
    spectrum = magnitudes(played(np.maximum(tune, 1e-3)) + noise)[:-1]
    model = fit(spectrum, [Voice(0, tune)], owners=1)
    assert model.floor(50, 80).mean() == pytest.approx(magnitudes(noise).mean(), rel=0.3)
    assert model.magnitudes(50, 80).max() == 0


@pytest.mark.parametrize("frames", [1, 2, 30])
def test_silence_is_silence(frames):
    nothing = np.zeros((frames, 2049), np.float32)
    for voices in ([], [Voice(0, held([60], frames))], [Voice(1, np.zeros(frames, np.float32))]):
        model = fit(nothing, voices, owners=2)
        assert model.magnitudes().shape == (2, frames, 2049) and model.floor().shape == (frames, 2049)
        assert np.isfinite(model.magnitudes()).all() and np.isfinite(model.floor()).all()
        assert model.magnitudes().max() < 1e-3


def test_a_single_frame_and_extreme_pitches():
    rng = np.random.default_rng(0)
    spectrum = np.abs(rng.standard_normal((1, 2049))).astype(np.float32)
    for pitch in (12, 60, 120, 140):
        model = fit(spectrum, [Voice(0, held([pitch], 1))], owners=1)
        assert np.isfinite(model.magnitudes()).all() and np.isfinite(model.floor()).all()


def test_parts_of_a_model_are_parts_of_the_whole():
    tune = held([60, 65])
    model = fit(magnitudes(played(tune))[:-1], [Voice(0, tune)], owners=1)
    np.testing.assert_array_equal(model.magnitudes(20, 50), model.magnitudes()[:, 20:50])
    np.testing.assert_array_equal(model.floor(20, 50), model.floor()[20:50])


def test_loudness_scales_the_model():
    tune = held([60, 65])
    spectrum = magnitudes(played(tune))[:-1]
    soft, loud = (fit(gain * spectrum, [Voice(0, tune)], owners=1).magnitudes() for gain in (1e-4, 1))
    np.testing.assert_allclose(soft * 1e4, loud, rtol=1e-2, atol=1e-2 * loud.max())


def test_the_lobe_is_that_of_the_window():
    window = np.fft.rfft(np.sin(np.pi * np.arange(64) / 64) ** 2, 64 * 16)
    np.testing.assert_allclose(lobe(np.arange(65) / 16), np.abs(window[:65]) / abs(window[0]), atol=1e-6)


def test_a_note_between_semitones_stays_whole():
    vibrato = pitch_hz(60.5) * 2 ** (0.4 * np.sin(np.arange(100)) / 12)
    found = semitones(np.concatenate([[0, 0], vibrato, held([62], 10), [0], held([65], 1)]))
    assert found[:2].tolist() == [0, 0] and len(set(found[2:102])) == 1
    assert set(found[102:112]) == {62} and found[-2:].tolist() == [0, 65]
    assert semitones(np.zeros(3)).tolist() == [0, 0, 0]
