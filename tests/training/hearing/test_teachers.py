import os
from pathlib import Path

import numpy as np
import pytest
import torch

from milo_demo.errors import MiloError
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.patches import FFT, HOP, OFFSET, PATCH, WINDOW, _mel_filters, patches
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import PatchNet
from milo_demo.training import tflite
from milo_demo.training.hearing import teachers

DATA = Path(os.environ.get("MILO_DATA", "data"))


def test_a_missing_teacher_is_said_so(tmp_path):
    with pytest.raises(MiloError, match=r"yamnet\.tflite is missing"):
        teachers.load_yamnet(tmp_path)


def test_numbers_find_their_layers(tmp_path, monkeypatch):
    """A network written out under TFLite's names and in its order of axes comes back as it was."""
    torch.manual_seed(0)
    network = PatchNet(teachers.CLASSES).eval()
    entries = []
    for index, layer in enumerate(network.layers):
        kind = "depthwise_conv" if layer.groups > 1 else "pointwise_conv" if index else "conv"
        name = f"yamnet_frames/layer{(index + 1) // 2 + 1}/{kind}/bn/FusedBatchNormV3;merged/{index}"
        axes = (1, 2, 3, 0) if layer.groups > 1 else (0, 2, 3, 1)
        entries.append((name, layer.weight.detach().permute(axes).numpy()))
        entries.append((name, layer.bias.detach().numpy()))
    entries.append(("yamnet_frames/dense/MatMul", network.head.weight.detach().numpy()))
    entries.append(("15480", network.head.bias.detach().numpy()))
    entries.append(("yamnet_frames/tf_op_layer_MatMul/MatMul", np.zeros((64, 257), np.float32)))
    monkeypatch.setattr(tflite, "constants", lambda path: iter(entries[::-1]))
    (tmp_path / teachers.YAMNET).parent.mkdir(parents=True)
    (tmp_path / teachers.YAMNET).touch()
    pictures = torch.randn(2, 96, 64)
    torch.testing.assert_close(teachers.load_yamnet(tmp_path)(pictures), network(pictures))


def test_a_label_is_as_sure_as_the_surest_of_its_classes():
    scores = torch.zeros(1, teachers.CLASSES)
    scores[0, [136, 140, 186]] = torch.tensor([0.3, 0.7, 0.4])
    named = dict(zip(LABELS, teachers.named(scores)[0].tolist(), strict=True))
    assert named["guitar"] == pytest.approx(0.7) and named["violin"] == pytest.approx(0.4) and named["flute"] == 0
    assert np.isnan(named["bassoon"])


@pytest.fixture(scope="module")
def interpreter():
    """The published file in TensorFlow Lite's own interpreter."""
    interpreter_of = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    if not (DATA / teachers.YAMNET).is_file():
        pytest.skip(f"{DATA / teachers.YAMNET} is missing: set MILO_DATA to the folder of the training data")
    network = interpreter_of(str(DATA / teachers.YAMNET), num_threads=1)
    network.allocate_tensors()
    return network


def test_our_yamnet_gives_the_published_scores(interpreter):
    """TensorFlow Lite rounds the magnitudes of each frame's spectrum to 255 levels before the mel filters. With that
    rounding done here too, what remains is its rounding of what flows between layers."""
    rng = np.random.default_rng(0)
    time_s = np.arange(20 * STEP) / RATE_HZ
    sound = 0.1 * np.sin(2 * np.pi * np.cumsum(np.geomspace(80, 3000, len(time_s))) / RATE_HZ)
    sound = (sound * (1 + np.sin(2 * np.pi * 3 * time_s)) + rng.normal(0, 0.002, len(time_s))).astype(np.float32)
    network = teachers.load_yamnet(DATA)
    differences = []
    for step in range(1, 19):
        start = step * STEP + STEP // 2 - PATCH // 2
        window = sound[start : start + PATCH]
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], window)
        interpreter.invoke()
        published = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        ours = network(_rounded_patch(torch.from_numpy(window))[None])[0].sigmoid().numpy()
        differences.append(np.abs(ours - published).max())
    assert np.mean(differences) < 0.04 and max(differences) < 0.2


def test_patches_differ_from_the_published_ones_by_that_rounding_alone():
    sound = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, 3 * STEP).astype(np.float32))
    start = STEP + STEP // 2 - PATCH // 2
    difference = _rounded_patch(sound[start : start + PATCH]) - patches(sound[None])[0, 1]
    assert difference.abs().max() < 0.1  # of noise, whose spectrum has no quiet places to round away


def _rounded_patch(window: torch.Tensor) -> torch.Tensor:
    magnitude = torch.fft.rfft(window.unfold(-1, WINDOW, HOP) * torch.hann_window(WINDOW), FFT).abs()
    level = magnitude.amax(dim=1, keepdim=True).clamp(min=1e-12) / 255
    return torch.log((magnitude / level).round() * level @ _mel_filters(window.device) + OFFSET)
