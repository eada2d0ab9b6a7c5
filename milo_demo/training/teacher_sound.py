"""The teacher of the ear: YAMNet (Plakal and Ellis 2020), 521 AudioSet classes, a TFLite file, read into our module.

The file keeps most weights in 8 bits with a scale per channel, and batch norm is folded into them. The interpreter also
rounds what flows between layers to 8 bits; here it stays exact. YAMNet starts and steers the spectrogram classifier's
training (`training.spectrogram`); it does not ship as it is.
"""

from pathlib import Path

import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import EMBEDDING, PatchNet
from milo_demo.training import tflite

MODEL = "weights/yamnet/yamnet.tflite"
CLASSES = 521
ROWS: dict[str, tuple[int, ...]] = {
    "accordion": (204,), "bagpipe": (205,), "banjo": (142,), "cello": (188,), "clarinet": (193,),
    "drum": (157, 158, 159, 160, 162, 163, 166, 167), "electric_bass": (137,), "flute": (191,), "french_horn": (181,),
    "guitar": (135, 136, 138, 139, 140), "guzheng": (145,), "harp": (194,), "piano": (148, 149), "saxophone": (192,),
    "trombone": (183,), "trumpet": (182,), "ukulele": (146,), "violin": (186,), "xylophone": (174, 175),
    "voice": (24, 25, 29),
}  # fmt: skip
"""Which of its classes mean a label of ours; the other labels it has no word for."""


def load(data: Path) -> PatchNet:
    """YAMNet from below the data folder, in eval mode: patches (n, 96, 64) -> logits (n, 521).

    Raises MiloError where the file is missing.
    """
    path = Path(data) / MODEL
    if not path.is_file():
        raise MiloError(f"The teacher's file {path} is missing: point --data at the training data.")
    kernels: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    for name, values in tflite.constants(path):
        # yamnet_frames/layer3/pointwise_conv/…: a layer's kernel and its bias share these parts of the name.
        layer = "/".join(name.split(";")[0].split("/")[1:3])
        if values.ndim == 4:
            kernels[layer] = _kernel(values, depthwise="depthwise" in layer)
        elif values.shape == (CLASSES, EMBEDDING):
            kernels["head"] = torch.from_numpy(values)
        elif values.shape == (CLASSES,):
            biases["head"] = torch.from_numpy(values.copy())
        elif layer.startswith("layer"):
            biases[layer] = torch.from_numpy(values.copy())
    network = PatchNet(CLASSES)
    names = ["layer1/conv"]
    names += [f"layer{number}/{part}wise_conv" for number in range(2, 15) for part in ("depth", "point")]
    with torch.no_grad():
        for module, layer in zip([*network.layers, network.head], [*names, "head"], strict=True):
            module.weight.copy_(kernels[layer])
            module.bias.copy_(biases[layer])
    return network.eval().requires_grad_(False)


def named(scores: Tensor) -> Tensor:
    """What the teacher says about our labels: the highest score of those that mean one. (n, 521) -> (n, label)

    NaN for the labels that it has no word for.
    """
    unnamed = scores.new_full(scores.shape[:1], torch.nan)
    return torch.stack([scores[:, ROWS[label]].amax(dim=1) if label in ROWS else unnamed for label in LABELS], dim=1)


def _kernel(values: NDArray, depthwise: bool) -> Tensor:
    """TFLite's (out, row, column, in), or (1, row, column, channel) of a depthwise layer, in torch's order."""
    return torch.from_numpy(values.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2)).copy())
