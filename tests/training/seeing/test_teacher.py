import numpy as np
import pytest
import torch

from milo_demo.errors import MiloError
from milo_demo.training import tflite
from milo_demo.training.seeing import teacher
from milo_demo.training.seeing.teacher import ROWS, load_teacher


def test_numbers_find_their_layers(tmp_path, monkeypatch):
    """Networks written out under TFLite's names and in its order of axes come back as they were."""
    rng = np.random.default_rng(0)
    convolutions = [module for module in teacher.Trunk().modules() if isinstance(module, torch.nn.Conv2d)]
    entries, written = [], []
    for module, layer in zip(convolutions, teacher._layers(), strict=True):
        kernel = rng.normal(size=module.weight.shape).astype(np.float32)
        bias = rng.normal(size=module.bias.shape).astype(np.float32)
        written += [kernel, bias]
        axes = (1, 2, 3, 0) if module.groups > 1 else (0, 2, 3, 1)
        entries.append((f"{layer}/Conv2D_Fold;{layer}/weights_quant/FakeQuant", kernel.transpose(axes)))
        entries.append((f"{layer}/BatchNorm_Fold/bias;merged", bias))
    weight, bias = (rng.normal(size=shape).astype(np.float32) for shape in ((ROWS, 1280), (ROWS,)))
    entries.append((f"{teacher.CLASSIFIER}/Conv2D;merged", weight[:, None, None]))
    entries.append((f"{teacher.CLASSIFIER}/BiasAdd", bias))
    monkeypatch.setattr(tflite, "constants", lambda path: iter(entries[::-1]))
    for name in (teacher.MODEL, teacher.CLASSES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("background\ntench, Tinca tinca\n")
    found = load_teacher(tmp_path)
    for value, one in zip(found.trunk.parameters(), written, strict=True):
        assert np.array_equal(value.numpy(), one)
    assert np.array_equal(found.weight.numpy(), weight) and np.array_equal(found.bias.numpy(), bias)
    assert found.names == ["background", "tench, Tinca tinca"]


def test_a_missing_teacher_is_said_so(tmp_path):
    with pytest.raises(MiloError, match=r"quant\.tflite is missing"):
        load_teacher(tmp_path)
