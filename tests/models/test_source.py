import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.source import NAMES, SourceLocaliser, heat


@pytest.fixture
def localiser():
    torch.manual_seed(0)
    return SourceLocaliser().eval()


def test_heatmaps_have_the_trunk_s_cells(localiser):
    lit = localiser(torch.rand(2, 1280, 14, 24), torch.randn(2, 96, 64))
    assert lit.shape == (2, 14, 24) and lit.min() >= 0 and lit.max() <= 1
    assert localiser(torch.rand(1, 1280, 3, 2), torch.randn(1, 96, 64)).shape == (1, 3, 2), "smaller than its pyramid"


def test_names_are_probabilities(localiser):
    pixels, sound = localiser.pixels(torch.rand(1, 1280, 7, 9)), localiser.sound(torch.randn(3, 96, 64))
    assert pixels.shape == (1, NAMES, 7, 9) and sound.shape == (3, NAMES)
    assert torch.allclose(pixels.sum(1), torch.ones(1, 7, 9)) and torch.allclose(sound.sum(1), torch.ones(3))


def test_only_what_is_both_seen_and_heard_is_bright():
    violin, drum, background = LABELS.index("violin"), LABELS.index("drum"), NAMES - 1
    pixels = torch.zeros(1, NAMES, 1, 3)
    pixels[0, violin, 0, 0] = pixels[0, drum, 0, 1] = pixels[0, background, 0, 2] = 1

    def lit(name):
        return heat(pixels, torch.eye(NAMES)[name][None])[0, 0].tolist()

    assert lit(violin) == [1, 0, 0] and lit(drum) == [0, 1, 0]
    assert lit(background) == [0, 0, 0], "silence before a wall is no source"
