import pytest
import torch
from torch.nn import functional

from milo_demo.models.trunk import CHANNELS, FINE_CHANNELS, SameConv2d, Trunk


@pytest.fixture(scope="module")
def trunk():
    torch.manual_seed(0)
    return Trunk().eval()


@pytest.mark.parametrize("height, width", [(16, 16), (17, 40), (216, 384), (100, 33)])
def test_one_cell_per_16_px_and_a_fine_one_per_8(trunk, height, width):
    with torch.inference_mode():
        fine, coarse = trunk(torch.zeros(2, 3, height, width, dtype=torch.uint8))
    assert coarse.shape == (2, CHANNELS, -(-height // 16), -(-width // 16))
    assert coarse.min() >= 0 and coarse.max() <= 6
    assert fine.shape == (2, FINE_CHANNELS, -(-height // 8), -(-width // 8))


def test_bytes_and_fractions_mean_the_same(trunk):
    frame = torch.randint(0, 256, (1, 3, 32, 48), dtype=torch.uint8)
    with torch.inference_mode():
        assert torch.allclose(trunk(frame).coarse, trunk(frame / 255).coarse, atol=1e-5)


def test_too_small_a_frame_is_refused(trunk):
    with pytest.raises(ValueError, match="12x20 px"):
        trunk(torch.zeros(1, 3, 20, 12))


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("side", [6, 7])
def test_padding_is_tensorflows(side, kernel):
    """SAME at stride 2: an even side gets one pixel less than an odd one, and that at its beginning."""
    convolution = SameConv2d(1, 1, kernel, stride=2)
    picture = torch.rand(1, 1, side, side)
    outputs = -(-side // 2)
    total = (outputs - 1) * 2 + kernel - side
    padded = functional.pad(picture, (total // 2, total - total // 2) * 2)
    expected = functional.conv2d(padded, convolution.weight, convolution.bias, stride=2)
    torch.testing.assert_close(convolution(picture), expected)


def test_dilation_gives_what_downsampling_gave():
    """Every second cell of the dilated last stage is the cell that a trunk of output stride 32 would have had."""
    torch.manual_seed(0)
    dilated, strided = Trunk().eval(), Trunk().eval()
    strided.load_state_dict(dilated.state_dict())
    depthwise = [module for module in strided.modules() if isinstance(module, SameConv2d) and module.groups == 1152]
    for module in depthwise:
        across = module.kernel_size[0] // 2
        module.dilation, module.padding = (1, 1), (across, across)
    downsampling = [module for module in strided.modules() if isinstance(module, SameConv2d) and module.groups == 672]
    downsampling[-1].stride = (2, 2)
    frame = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.allclose(dilated(frame).coarse[..., 1::2, 1::2], strided(frame).coarse, atol=1e-5)
