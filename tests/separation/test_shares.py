import torch
from torch.testing import assert_close

from milo_demo.features.stft import LONG, SHORT, TRACK_HZ, spectrum
from milo_demo.models.masks import BINS
from milo_demo.separation.shares import FROM_190_HZ, on_long, raised, size, with_rest


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


def test_the_rest_has_at_least_what_is_asked_for_and_basses_keep_theirs():
    torch.manual_seed(0)
    known, energies = torch.randn(3, BINS, 40).softmax(dim=0), torch.rand(BINS, 40)
    before = float((known[-1] * energies).sum() / energies.sum())
    shared = with_rest(known, energies, 0.6)
    assert before < 0.4 and abs(float((shared[-1] * energies).sum() / energies.sum()) - 0.6) < 0.03
    assert_close(shared.sum(dim=0), torch.ones(BINS, 40))
    assert_close(shared[:, : FROM_190_HZ.start], known[:, : FROM_190_HZ.start])
    assert with_rest(known, energies, before - 0.1) is known
    silent = with_rest(known, torch.zeros(BINS, 40), 0.6)
    assert_close(silent.sum(dim=0), torch.ones(BINS, 40))
