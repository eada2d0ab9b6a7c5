import torch

from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import PatchNet, _Convolution


def test_one_logit_per_label_from_an_embedding():
    torch.manual_seed(0)
    network = PatchNet().eval()
    pictures = torch.randn(3, 96, 64)
    embedding = network.embed(pictures)
    assert embedding.shape == (3, 1024) and (embedding >= 0).all()
    assert network(pictures).shape == (3, len(LABELS))
    torch.testing.assert_close(network(pictures), network.head(embedding))


def test_a_patch_is_judged_by_itself():
    torch.manual_seed(0)
    network = PatchNet().eval()
    pictures = torch.randn(3, 96, 64)
    torch.testing.assert_close(network(pictures)[1:2], network(pictures[1:2]))


def test_layers_are_mobilenets():
    network = PatchNet()
    assert len(network.layers) == 1 + 2 * 13
    assert network.layers(torch.zeros(1, 1, 96, 64)).shape == (1, 1024, 3, 2)
    assert sum(layer.groups > 1 for layer in network.layers) == 13


def test_half_precision_stays_below_ten_megabytes():
    assert sum(2 * number.numel() for number in PatchNet().state_dict().values()) < 10e6


def test_padding_is_tensorflows():
    """At stride 2 the first window begins at the picture's first point, at stride 1 one before it."""
    picture = torch.rand(1, 1, 6, 4)
    for stride, place in ((2, 0), (1, 1)):
        convolution = _Convolution(1, 1, 3, stride)
        torch.nn.init.zeros_(convolution.weight)
        torch.nn.init.zeros_(convolution.bias)
        convolution.weight.data[0, 0, place, place] = 1.0
        torch.testing.assert_close(convolution(picture), picture[..., ::stride, ::stride])
