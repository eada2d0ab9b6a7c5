import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from milo_demo.errors import MiloError
from milo_demo.models.trunk import SameConv2d
from milo_demo.training.seeing import teacher
from milo_demo.training.seeing.teacher import EPSILON, ROWS, load_teacher


def test_numbers_find_their_layers_with_their_normalisation(tmp_path):
    """A network written out under the package's names comes back as convolutions that do what both did."""
    torch.manual_seed(0)
    convolutions = [module for module in teacher.Trunk().modules() if isinstance(module, SameConv2d)]
    written, numbers = [], {"_fc.weight": torch.randn(ROWS, 1280), "_fc.bias": torch.randn(ROWS)}
    for module, (layer, norm) in zip(convolutions, names(), strict=True):
        kernel = numbers[f"{layer}.weight"] = torch.randn(module.weight.shape)
        parts = [torch.rand(len(kernel)) + 0.5 for _ in range(4)]
        numbers |= {f"{norm}.{part}": value for part, value in zip(PARTS, parts, strict=True)}
        written.append((kernel, parts))
    numbers = {name: values.half() for name, values in numbers.items()}
    for name in (teacher.MODEL, teacher.CLASSES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    save_file(numbers, tmp_path / teacher.MODEL)
    classes = ["background", *(f"thing {number}" for number in range(ROWS))]
    (tmp_path / teacher.CLASSES).write_text("\n".join(classes), encoding="utf-8")

    found = load_teacher(tmp_path)
    assert found.names == classes[1:], "the network has no class for background"
    assert torch.equal(found.weight, numbers["_fc.weight"].float())
    read = [module for module in found.trunk.modules() if isinstance(module, SameConv2d)]
    for module, (kernel, (mean, variance, weight, bias)) in zip(read, written, strict=True):
        picture = torch.rand(1, kernel.shape[1] * module.groups, 5, 5)
        bare = functional.conv2d(picture, kernel.half().float(), groups=module.groups)
        norm = [part.half().float() for part in (mean, variance, weight, bias)]
        expected = functional.batch_norm(bare, *norm, eps=EPSILON)
        said = functional.conv2d(picture, module.weight, module.bias, groups=module.groups)
        assert torch.allclose(said, expected, atol=1e-3 * float(expected.abs().max()))


PARTS = ("running_mean", "running_var", "weight", "bias")


def names():
    """Convolutions of the package and what follows each: 16 blocks, the first of which does not expand."""
    yield "_conv_stem", "_bn0"
    for block in range(16):
        for number, part in enumerate(("expand", "depthwise", "project")):
            if block or part != "expand":
                yield f"_blocks.{block}._{part}_conv", f"_blocks.{block}._bn{number}"
    yield "_conv_head", "_bn1"


def test_a_missing_teacher_is_said_so(tmp_path):
    with pytest.raises(MiloError, match=r"imagenet\.safetensors is missing"):
        load_teacher(tmp_path)
