import torch

from milo_demo.instruments import LABELS
from milo_demo.models.naming.company import Company


def test_it_moves_each_name_by_its_own_odds():
    network = Company()
    heard = torch.randn(2, 3, len(LABELS))
    assert torch.equal(network(heard), heard)
    network.odds.data[5] = -0.5
    moved = network(heard) - heard
    torch.testing.assert_close(moved[..., 5], torch.full((2, 3), -0.5))
    assert not moved[..., :5].any() and not moved[..., 6:].any()
