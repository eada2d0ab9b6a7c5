import numpy as np
import pytest
import torch

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.patches import BANDS, FFT, FRAMES, HOP, OFFSET, PATCH, WINDOW, _mel_filters, patches

SILENCE = float(np.log(OFFSET))


def test_one_patch_for_every_step_begun():
    for samples, steps in ((1, 1), (STEP, 1), (STEP + 1, 2), (10 * STEP, 10)):
        assert patches(torch.zeros(3, samples)).shape == (3, steps, FRAMES, BANDS)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        patches(torch.zeros(1, 0))


def test_silence_is_the_offset():
    torch.testing.assert_close(patches(torch.zeros(1, STEP)), torch.full((1, 1, FRAMES, BANDS), SILENCE))


def test_a_patch_is_centred_on_its_step():
    sound = torch.zeros(1, 5 * STEP)
    sound[0, 2 * STEP + STEP // 2] = 1.0
    energy = (patches(sound)[0] - SILENCE).sum(dim=2)
    torch.testing.assert_close(energy[2], energy[2].flip(0), rtol=0.05, atol=0.1)
    assert energy[2].argmax() in (47, 48)
    assert not energy[[0, 1, 3, 4]].any()


def test_neighbours_overlap():
    sound = torch.zeros(1, 5 * STEP)
    sound[0, 2 * STEP] = 1.0
    seen = (patches(sound)[0] > SILENCE + 1e-3).any(dim=2).any(dim=1)
    assert seen.tolist() == [False, True, True, False, False]


def test_a_frame_is_the_spectrum_of_its_25_ms():
    sound = np.random.default_rng(0).normal(0, 0.1, 4 * STEP).astype(np.float32)
    step, frame = 1, 30
    start = step * STEP + STEP // 2 - PATCH // 2 + frame * HOP
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    magnitude = np.abs(np.fft.rfft(sound[start : start + WINDOW] * hann, FFT))
    expected = np.log(magnitude @ _mel_filters(torch.device("cpu")).numpy() + OFFSET)
    np.testing.assert_allclose(patches(torch.from_numpy(sound)[None])[0, step, frame], expected, atol=1e-4)


def test_bands_are_triangles_evenly_spaced_in_mel():
    filters = _mel_filters(torch.device("cpu"))
    mel = 1127 * np.log1p(np.arange(FFT // 2 + 1) * RATE_HZ / FFT / 700)
    edges = np.linspace(1127 * np.log1p(125 / 700), 1127 * np.log1p(7500 / 700), BANDS + 2)
    for band in (0, 31, 63):
        expected = np.interp(mel, edges[band : band + 3], [0, 1, 0])
        np.testing.assert_allclose(filters[:, band], expected, atol=1e-5)
