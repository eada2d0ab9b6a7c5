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

from milo_demo.errors import MiloError
from milo_demo.models.trunk import Trunk

MODEL = "weights/mobilenet_v2/mobilenet_v2_1.0_224_quant.tflite"
CLASSES = "weights/mobilenet_v2/imagenet_labels.txt"
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
    model, classes = Path(data) / MODEL, Path(data) / CLASSES
    for path in (model, classes):
        if not path.is_file():
            raise MiloError(f"The teacher's file {path} is missing: point --data at the training data.")
    from ai_edge_litert.interpreter import Interpreter  # a training-only dependency

    interpreter = Interpreter(str(model))
    kernels: dict[str, NDArray] = {}
    biases: dict[str, NDArray] = {}
    for detail in interpreter.get_tensor_details():
        # The converter joined the names of merged operations with ";"; the first one names the layer.
        layer = detail["name"].split(";")[0].rpartition("/")[0]
        scale, zero_point = detail["quantization"]
        if "weights_quant" in detail["name"]:
            kernels[layer] = dequantised(interpreter.get_tensor(detail["index"]), scale, zero_point)
        elif detail["dtype"] is np.int32 and scale > 0:  # int32 is kept for biases
            biases[layer.removesuffix("/BatchNorm_Fold")] = dequantised(
                interpreter.get_tensor(detail["index"]), scale, zero_point
            )
    trunk = Trunk()
    convolutions = [module for module in trunk.modules() if isinstance(module, torch.nn.Conv2d)]
    with torch.no_grad():
        for module, layer in zip(convolutions, _layers(), strict=True):
            module.weight.copy_(kernel(kernels[layer], depthwise=module.groups > 1))
            module.bias.copy_(torch.from_numpy(biases[layer]))
    classifier = "MobilenetV2/Logits/Conv2d_1c_1x1"
    return Teacher(
        trunk.eval().requires_grad_(False),
        torch.from_numpy(kernels[classifier][:, 0, 0]),
        torch.from_numpy(biases[classifier]),
        classes.read_text(encoding="utf-8").splitlines(),
    )


def dequantised(values: NDArray, scale: float, zero_point: int) -> NDArray[np.float32]:
    """TFLite's affine quantisation undone: scale · (value − zero point)."""
    return (scale * (values.astype(np.float64) - zero_point)).astype(np.float32)


def kernel(weight: NDArray[np.float32], depthwise: bool) -> Tensor:
    """TFLite's (out, row, column, in), or (1, row, column, channel) of a depthwise layer, in torch's order."""
    return torch.from_numpy(np.ascontiguousarray(weight.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))))


def _layers() -> Iterator[str]:
    """Names of the 52 convolutions before the classifier, in the order they are applied."""
    yield "MobilenetV2/Conv"
    for block in range(17):
        name = "MobilenetV2/expanded_conv" + (f"_{block}" if block else "")
        yield from (f"{name}/{part}" for part in ("expand", "depthwise", "project") if block or part != "expand")
    yield "MobilenetV2/Conv_1"
