import torch

from milo_demo.features.log_mel import ALL_WINDOWS, STEP, log_mel
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN, accumulate


def test_one_logit_per_label_and_step():
    module = SoundFCN().eval()
    for samples in (1, STEP, 5 * STEP + 1):
        logits = module(log_mel(torch.zeros(2, samples)))
        assert logits.shape == (2, len(LABELS), -(-samples // STEP))


def test_layers_are_those_of_table_4_1():
    convolutions = [m for m in SoundFCN().modules() if isinstance(m, torch.nn.Conv1d)]
    shapes = [(c.in_channels, c.out_channels, c.kernel_size[0]) for c in convolutions]
    assert shapes == [(128, 256, 5), (256, 256, 5)] * 3 + [(768, 512, 1), (512, 512, 1), (512, 26, 1)]


def test_a_step_hears_no_farther_than_two_steps():
    torch.manual_seed(0)
    module = SoundFCN().eval()
    features = torch.zeros(1, 3, 128, 16 * 9)
    changed = features.clone()
    changed[..., 4 * 16 : 5 * 16] = torch.randn(1, 3, 128, 16)
    moved = (module(changed) - module(features)).abs().amax(dim=(0, 1)) > 0
    assert moved[4]
    assert not moved[:2].any()
    assert not moved[7:].any()


def test_a_variant_has_a_stack_for_each_of_its_windows():
    module = SoundFCN(windows=ALL_WINDOWS).eval()
    assert len(module.early) == 6
    assert module(log_mel(torch.zeros(1, STEP), ALL_WINDOWS)).shape == (1, len(LABELS), 1)


def test_accumulation_averages_over_the_steps_there_are():
    sigma = torch.tensor([0.1, 1.0, 16.0])
    steady = torch.full((1, 3, 30), 2.0)
    torch.testing.assert_close(accumulate(steady, sigma), steady)
    click = torch.zeros(1, 3, 30)
    click[..., 15] = 1.0
    heard = accumulate(click, sigma)[0]
    torch.testing.assert_close(heard[0], click[0, 0])
    assert heard[1].argmax() == 15 and 0.39 < heard[1, 15] < 0.41  # a Gaussian's peak: 1 / sqrt(2 pi)
    torch.testing.assert_close(heard[:, 14], heard[:, 16])
    assert heard[2, 15] < 0.07


def test_only_a_learned_gaussian_learns():
    for gaussian, learns in (("fixed", False), ("learned", True)):
        module = SoundFCN(gaussian=gaussian)
        module(torch.randn(2, 3, 128, 32)).sum().backward()
        assert (module.accumulate.log_sigma.grad is not None) == learns
        torch.testing.assert_close(module.accumulate.sigma, torch.full((len(LABELS),), 16.0))
