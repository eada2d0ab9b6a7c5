import pytest
import torch

from milo_demo.errors import MiloError
from milo_demo.features.log_frequency import BINS
from milo_demo.separation.published import deep_prior
from tests.separation.published.tones import heard

NAMES = {"reconstruction", "exclusion", "consistency", "nonzero mask"}


def test_it_learns_to_add_up_to_the_mixture_and_says_how_far_it_is():
    mixture = heard()[:, :64]
    steps = list(deep_prior.learn(mixture, 2, 30))
    assert [step.iteration for step in steps] == list(range(1, 31))
    assert set(steps[0].losses) == NAMES and set(steps[-1].losses) == {*NAMES, "binary mask"}
    assert steps[-1].losses["reconstruction"] < steps[0].losses["reconstruction"]


@pytest.mark.parametrize("sources", deep_prior.SOURCES)
def test_every_step_can_be_listened_to(sources):
    step = next(deep_prior.learn(torch.rand(BINS, 75), sources, 3))
    masks = step.masks(BINS, 75)
    assert masks.shape == (sources + 1, BINS, 75) and masks.isfinite().all()
    assert masks.sum(dim=0).sub(1).abs().max() < 1e-4


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (next(deep_prior.learn(heard()[:, :40], 2, 1, seed)).parts for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_whoever_waits_no_longer_closes_it():
    steps = deep_prior.learn(heard()[:, :40], 2, 10_000)
    assert next(steps).iteration == 1
    steps.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(steps) == []


def test_silence_is_taken_apart_too():
    assert next(deep_prior.learn(torch.zeros(BINS, 40), 2, 1)).masks(BINS, 40).isfinite().all()


@pytest.mark.parametrize("sources, iterations", [(1, 9), (5, 9), (2, 0)])
def test_what_cannot_be_is_said(sources, iterations):
    with pytest.raises(MiloError, match="Deep Audio Prior"):
        deep_prior.learn(torch.rand(BINS, 40), sources, iterations)


def test_exclusion_is_low_where_two_change_in_different_places():
    rising = torch.zeros(1, 64, 32)
    rising[:, :20] = 5 * torch.rand(1, 20, 32)
    apart = rising.flip(1)
    assert deep_prior.exclusion(rising, apart) < 0.5 * deep_prior.exclusion(rising, rising)
