"""The teacher of the eye: EfficientNet-Lite0 trained on ImageNet, read into our own modules.

Its weights start and steer our training (`training.seeing.eye`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from milo_demo.models.trunk import Trunk
from milo_demo.training.teacher_files import teacher_file

MODEL = "weights/efficientnet_lite0/efficientnet_lite0_imagenet.safetensors"
CLASSES = "weights/mobilenet_v2/imagenet_labels.txt"
ROWS = 1000
"""ImageNet's classes."""
EPSILON = 1e-3
"""Of the teacher's batch normalisation."""


@dataclass(frozen=True)
class Teacher:
    """trunk : features of any frame; weight (1000, 1280), bias (1000,) : its classifier;
    names : per row, the class's ImageNet names, separated by commas."""

    trunk: Trunk
    weight: Tensor
    bias: Tensor
    names: list[str]

    def logits(self, features: Tensor) -> Tensor:
        """(batch, 1280, h, w) -> (batch, 1000), the teacher's own spatial mean."""
        return features.mean((2, 3)) @ self.weight.T.to(features) + self.bias.to(features)


def load_teacher(data: Path) -> Teacher:
    """Read the teacher below the data folder. Raises MiloError where it is missing."""
    numbers = {name: values.float() for name, values in load_file(teacher_file(data, MODEL)).items()}
    # The list begins with a class for background, which this network does not have.
    names = teacher_file(data, CLASSES).read_text(encoding="utf-8").splitlines()[-ROWS:]
    trunk = Trunk()
    convolutions = [module for module in trunk.modules() if isinstance(module, torch.nn.Conv2d)]
    with torch.no_grad():
        for module, (layer, norm) in zip(convolutions, _layers(numbers), strict=True):
            weight, bias = module.parameters()
            scale = numbers[f"{norm}.weight"] / (numbers[f"{norm}.running_var"] + EPSILON).sqrt()
            weight.copy_(numbers[f"{layer}.weight"] * scale[:, None, None, None])
            bias.copy_(numbers[f"{norm}.bias"] - numbers[f"{norm}.running_mean"] * scale)
    return Teacher(trunk.eval().requires_grad_(False), numbers["_fc.weight"], numbers["_fc.bias"], names)


def _layers(numbers: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    """Names of the convolutions before the classifier and of what normalises each, in the order they are applied."""
    yield "_conv_stem", "_bn0"
    block = 0
    while f"_blocks.{block}._project_conv.weight" in numbers:
        for index, part in enumerate(("expand", "depthwise", "project")):
            layer = f"_blocks.{block}._{part}_conv"
            if f"{layer}.weight" in numbers:
                yield layer, f"_blocks.{block}._bn{index}"
        block += 1
    yield "_conv_head", "_bn1"
