import pytest
import torch

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.models.sound import Gaussian
from milo_demo.training.naming import everyday
from milo_demo.training.naming.everyday import Design


def clips(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two seconds each of a high tone, or of a low one, in noise."""
    random = torch.Generator().manual_seed(seed)
    classes = torch.arange(count) % 2
    time_s = torch.arange(2 * RATE_HZ) / RATE_HZ
    tones = torch.sin(2 * torch.pi * torch.where(classes == 0, 300.0, 2000.0)[:, None] * time_s)
    return 0.1 * tones + 0.01 * torch.randn(tones.shape, generator=random), classes


@pytest.mark.parametrize("design", [Design(), Design(scales=False, volumes=False, gaussian=False)])
def test_clips_with_one_word_each_are_learnt(design, monkeypatch):
    monkeypatch.setattr(everyday, "EPOCHS", 15)
    network = everyday.learn(*clips(16, 0), 2, design)
    assert len(network.windows) == (3 if design.scales else 1)
    assert isinstance(network.accumulate, Gaussian) == design.gaussian
    sounds, classes = clips(8, 1)
    assert everyday.classify(network, sounds).tolist() == classes.tolist()
