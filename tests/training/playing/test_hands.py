"""The import of hands and faces: whole, with its licence, or a sentence."""

import numpy as np
import pytest
from torch import nn

from milo_demo.errors import MiloError
from milo_demo.models.trunk import SameConv2d
from milo_demo.training.playing import hands
from milo_demo.training.tflite import Layer
from milo_demo.weights.registry import BUNDLED


def small() -> nn.Sequential:
    return nn.Sequential(SameConv2d(2, 2, 3, groups=2, bias=False), nn.Conv2d(2, 3, 1), nn.PReLU(3), nn.Linear(3, 1))


def layers(bias: float = 0.0) -> list[Layer]:
    rng = np.random.default_rng(0)
    return [
        Layer("depthwise", "filter", [rng.random((1, 3, 3, 2), np.float32), np.full(2, bias, np.float32)]),
        Layer("convolution", "mix", [rng.random((3, 1, 1, 2), np.float32), rng.random(3, np.float32)]),
        Layer("slopes", "slope", [rng.random((1, 1, 3), np.float32)]),
        Layer("dense", "out", [rng.random((1, 3), np.float32), rng.random(1, np.float32)]),
    ]


def test_numbers_go_where_the_layers_are(tmp_path):
    network, given = small(), layers()
    hands.fill(network, given, tmp_path)
    filter_, mix, slopes, out = network
    assert (filter_.weight[1, 0].detach().numpy() == given[0].constants[0][0, :, :, 1]).all()
    assert (mix.weight[:, 1, 0, 0].detach().numpy() == given[1].constants[0][:, 0, 0, 1]).all()
    assert (slopes.weight.detach().numpy() == given[2].constants[0].ravel()).all()
    assert (out.bias.detach().numpy() == given[3].constants[1]).all()


@pytest.mark.parametrize("given", [layers()[:3], layers()[::-1], layers(bias=1.0)], ids=["fewer", "others", "a bias"])
def test_another_network_is_none(tmp_path, given):
    with pytest.raises(MiloError, match="not the network of MediaPipe"):
        hands.fill(small(), given, tmp_path / "other.tflite")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MiloError, match=r"palm_detection_full\.tflite is missing"):
        hands.train(tmp_path, tmp_path / "hands.safetensors")


def test_the_licence_lies_beside_the_numbers():
    assert "Apache License" in (BUNDLED / "hands.LICENSE").read_text(encoding="utf-8")
