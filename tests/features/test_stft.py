import numpy as np
import pytest
import torch
from torch.testing import assert_close

from milo_demo.features.stft import LEARNT, LONG, NETWORK_HZ, SHORT, TRACK_HZ, sound, spectrum


def test_sound_comes_back_as_it_was():
    made = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 20_001)).astype(np.float32))
    for window in (LEARNT, SHORT, LONG):
        assert_close(sound(spectrum(made, window), window, 20_001), made, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("window", [LEARNT, SHORT, LONG])
@pytest.mark.parametrize("left_over", [0, 1, 0.5, 0.95, -1])
def test_however_long_a_sound_is_its_end_is_not_louder_than_it_when_some_of_it_is_taken(window, left_over):
    samples = 12 * window.hop + (left_over if isinstance(left_over, int) else int(left_over * window.hop))
    rng = np.random.default_rng(0)
    made = torch.from_numpy(rng.uniform(-1, 1, samples).astype(np.float32))
    spectra = spectrum(made, window)
    share = torch.from_numpy(rng.uniform(0, 1, (1, spectra.shape[-1])).astype(np.float32))
    taken = sound(share * spectra, window, samples)
    assert taken.abs().max() < 1.2
    assert_close(taken + sound((1 - share) * spectra, window, samples), made, atol=1e-4, rtol=1e-4)


def test_at_both_rates_a_tone_lies_in_the_same_bin_and_a_click_in_the_same_frame():
    for hertz in (100.0, 1000.0, 7000.0):
        bins = []
        for rate_hz, window in ((NETWORK_HZ, LEARNT), (TRACK_HZ, SHORT)):
            tone = torch.sin(2 * torch.pi * hertz * torch.arange(rate_hz) / rate_hz)
            bins.append(int(spectrum(tone, window).abs().mean(dim=1).argmax()))
        assert abs(bins[0] - bins[1]) <= 1
    for second in (0.3, 5.0):
        frames = []
        for rate_hz, window in ((NETWORK_HZ, LEARNT), (TRACK_HZ, SHORT)):
            click = torch.zeros(6 * rate_hz)
            click[int(second * rate_hz)] = 1
            frames.append(int(spectrum(click, window).abs().sum(dim=0).argmax()))
        assert abs(frames[0] - frames[1]) <= 1
