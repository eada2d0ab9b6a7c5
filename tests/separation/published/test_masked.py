import numpy as np
import torch
from numpy.testing import assert_allclose

from milo_demo.features.log_frequency import BINS
from milo_demo.separation.published.masked import cut, magnitudes
from tests.separation.published.tones import HIGH, LOW, MIXTURE, decibels


def test_tracks_sum_to_the_mixture_in_all_its_channels_and_keep_its_rate():
    stereo = np.stack([MIXTURE, np.roll(MIXTURE, 9)])
    masks = torch.rand(3, *magnitudes(MIXTURE).shape)
    tracks = cut(stereo, masks / masks.sum(dim=0))
    assert tracks.shape == (3, *stereo.shape)
    assert_allclose(tracks.sum(axis=0), stereo, atol=1e-5)


def test_masks_at_the_right_place_give_the_right_sounds():
    low, high = magnitudes(LOW), magnitudes(HIGH)
    masks = torch.stack([(low > high).float(), (low <= high).float(), torch.zeros_like(low)])
    tracks = cut(MIXTURE[None], masks)[:, 0]
    assert decibels(LOW, tracks[0]) > 15 and decibels(HIGH, tracks[1]) > 15


def test_above_what_was_looked_at_goes_to_whoever_has_what_is_just_below():
    time_s = np.arange(44_100) / 44_100
    hiss = 0.05 * np.sin(2 * np.pi * 4500 * time_s) + 0.05 * np.sin(2 * np.pi * 9000 * time_s)
    sound = (hiss + 0.1 * np.sin(2 * np.pi * 300 * time_s)).astype(np.float32)
    masks = torch.zeros(2, *magnitudes(sound).shape)
    masks[0, BINS // 2 :], masks[1, : BINS // 2] = 1, 1
    tracks = cut(sound[None], masks)[:, 0]
    assert decibels(hiss, tracks[0]) > 20
