import torch
from torch.testing import assert_close

from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, spectrum
from milo_demo.models.masks import BINS
from milo_demo.separation.shares import on_long, raised, size


def test_above_what_is_known_the_mean_of_the_highest_goes_on():
    known = torch.stack([torch.full((BINS, 4), 0.25), torch.full((BINS, 4), 0.75)])
    whole = raised(known, torch.rand(BINS, 4), size(SHORT))
    assert whole.shape == (2, size(SHORT), 4)
    assert_close(whole[0], torch.full((size(SHORT), 4), 0.25))
    silent = raised(known, torch.zeros(BINS, 4), size(SHORT))
    assert_close(silent.sum(dim=0), torch.ones(size(SHORT), 4))


def test_a_share_keeps_its_place_on_the_other_grid():
    """A tone at 3 kHz that begins after a second: a share where it is on one grid is where it is on the other."""
    tone = torch.sin(2 * torch.pi * 3000 * torch.arange(2 * TRACK_HZ) / TRACK_HZ)
    tone[:TRACK_HZ] = 0
    coarse, fine = (spectrum(tone, window).abs() for window in (SHORT, LONG))
    share = (coarse[:BINS] > 0.2 * coarse.max()).float()[None]
    moved = on_long(share, fine.shape[1], size(LONG) // 2)
    loud = fine[: size(LONG) // 2] > 0.5 * fine.max()
    assert moved[0][loud].mean() > 0.9
    assert moved[0].mean() < 0.02
