"""The teacher of the eye: MobileNetV2 1.0 224 trained on ImageNet, an 8-bit TFLite file, read into our own modules.

Its weights only start and steer our training (`training.seeing.eye`); none of them ships as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.models.trunk import Trunk
from milo_demo.training import tflite
from milo_demo.training.teacher_files import teacher_file

MODEL = "weights/mobilenet_v2/mobilenet_v2_1.0_224_quant.tflite"
CLASSES = "weights/mobilenet_v2/imagenet_labels.txt"
CLASSIFIER = "MobilenetV2/Logits/Conv2d_1c_1x1"
ROWS = 1001
"""ImageNet's thousand classes after a row 0 for background."""


@dataclass(frozen=True)
class Teacher:
    """trunk : features of any frame; weight (1001, 1280), bias (1001,) : its classifier;
    names : per row, the class's ImageNet names, separated by commas."""

    trunk: Trunk
    weight: Tensor
    bias: Tensor
    names: list[str]

    def logits(self, features: Tensor) -> Tensor:
        """(batch, 1280, h, w) -> (batch, 1001), the teacher's own spatial mean."""
        return features.mean((2, 3)) @ self.weight.T.to(features) + self.bias.to(features)


def load_teacher(data: Path) -> Teacher:
    """Read the teacher below the data folder. Raises MiloError where it is missing."""
    model, names = teacher_file(data, MODEL), teacher_file(data, CLASSES)
    kernels: dict[str, NDArray[np.float32]] = {}
    biases: dict[str, NDArray[np.float32]] = {}
    for name, values in tflite.constants(model):
        # The converter joined the names of merged operations with ";"; the first one names the layer.
        layer = name.split(";")[0].rpartition("/")[0]
        if values.ndim == 4:
            kernels[layer] = values
        else:
            biases[layer.removesuffix("/BatchNorm_Fold")] = values
    trunk = Trunk()
    convolutions = [module for module in trunk.modules() if isinstance(module, torch.nn.Conv2d)]
    with torch.no_grad():
        for module, layer in zip(convolutions, _layers(), strict=True):
            weight, bias = module.parameters()
            weight.copy_(tflite.kernel(kernels[layer], depthwise=module.groups > 1))
            bias.copy_(torch.from_numpy(biases[layer]))
    return Teacher(
        trunk.eval().requires_grad_(False),
        torch.from_numpy(kernels[CLASSIFIER][:, 0, 0].copy()),
        torch.from_numpy(biases[CLASSIFIER].copy()),
        names.read_text(encoding="utf-8").splitlines(),
    )


def _layers() -> Iterator[str]:
    """Names of the 52 convolutions before the classifier, in the order they are applied."""
    yield "MobilenetV2/Conv"
    for block in range(17):
        name = "MobilenetV2/expanded_conv" + (f"_{block}" if block else "")
        yield from (f"{name}/{part}" for part in ("expand", "depthwise", "project") if block or part != "expand")
    yield "MobilenetV2/Conv_1"
