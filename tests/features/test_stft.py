import numpy as np
import torch
from torch.testing import assert_close

from milo_demo.features.stft import LEARNT, LONG, NETWORK_HZ, SHORT, TRACK_HZ, sound, spectrum


def test_sound_comes_back_as_it_was():
    made = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 20_001)).astype(np.float32))
    for window in (LEARNT, SHORT, LONG):
        assert_close(sound(spectrum(made, window), window, 20_001), made, atol=1e-4, rtol=1e-4)


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
