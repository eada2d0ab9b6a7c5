import torch

from milo_demo.features.log_mel import STEP, log_mel
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN


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
