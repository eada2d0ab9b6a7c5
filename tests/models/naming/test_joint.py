import torch

from milo_demo.instruments import LABELS
from milo_demo.models.naming.joint import JointNet


def test_a_sound_and_k_pictures_become_one_name():
    torch.manual_seed(0)
    network = JointNet(pictures=3).eval()
    sound, pictures = torch.rand(2, 1024), torch.rand(2, 3, 1280)
    said = network(sound, pictures)
    assert said.shape == (2, len(LABELS))
    assert not torch.equal(said, network(sound, torch.zeros_like(pictures)))
    assert not torch.equal(said, network(torch.zeros_like(sound), pictures))
    assert sum(number.numel() for number in network.parameters()) < 3e6
