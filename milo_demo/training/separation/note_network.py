"""Where the note model comes from: basic-pitch's published network, its numbers put into ours. Nothing is trained."""

from pathlib import Path

import torch
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.models.notes import NoteNet
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.teacher_files import teacher_file
from milo_demo.training.tflite import constants, kernel

SOURCE = "weights/basic_pitch/nmp.tflite"
LICENCE = "weights/basic_pitch/LICENSE"

SCALE = "batch_normalization/FusedBatchNormV3"
LAYERS = {
    "contour.0": ("conv2d_1/Conv2D", "re_lu_1/Relu"),
    "contour.2": ("contours-reduced/Conv2D", "contours-reduced/BiasAdd/ReadVariableOp"),
    "note.0": ("conv2d_2/Conv2D", "conv2d_2/BiasAdd/ReadVariableOp"),
    "note.2": ("conv2d_3/Conv2D", "conv2d_3/BiasAdd/ReadVariableOp"),
    "attack.0": ("conv2d_4/Conv2D", "re_lu_3/Relu"),
    "onset.0": ("conv2d_5/Conv2D", "conv2d_5/BiasAdd/ReadVariableOp"),
}
"""Our layers -> the operations that their weights and biases are the constants of. Batch norms are folded in."""


def train(data: Path, out: Path) -> None:
    """Write the checkpoint, its card, and the licence beside them.

    data : the folder with `SOURCE` and `LICENCE`
    out  : ``notes.safetensors``

    Raises MiloError where a file is missing, or is of another network.
    """
    source, licence = (teacher_file(data, name) for name in (SOURCE, LICENCE))
    module = NoteNet()
    try:
        module.load_state_dict(read_network(source))
    except (KeyError, RuntimeError) as error:
        raise MiloError(f"{source} is not the network of basic-pitch's release of 2022 ({error}).") from error
    write_checkpoint(module, RECORD, out, exact=tuple(module.state_dict()))
    out.with_suffix(".LICENSE").write_bytes(licence.read_bytes())


def read_network(source: Path) -> dict[str, Tensor]:
    """The state of a `NoteNet` from the TensorFlow Lite file. Raises KeyError where some of it is missing."""
    found: dict[str, list[Tensor]] = {}
    for name, values in constants(source):
        operation = name.split(";")[0].removeprefix("model_1/")
        # Where one operation has two constants, a digit follows the second one's name.
        base = operation[:-1] if operation.endswith(("V31", "D1")) else operation
        convolution = values.ndim == 4 and values.dtype == "float32"
        found.setdefault(base, []).append(kernel(values, depthwise=False) if convolution else torch.tensor(values))
    gain, offset = found[SCALE]
    state = {"gain": gain, "offset": offset}
    for layer, (weight, bias) in LAYERS.items():
        # The last layer's operation also names a constant of zeros, the bias before its own.
        state |= {f"{layer}.weight": _largest(found[weight]), f"{layer}.bias": found[bias][0]}
    return state


def _largest(values: list[Tensor]) -> Tensor:
    return max(values, key=Tensor.numel)


RECORD = {
    "role": "notes",
    "name": "basic-pitch",
    "version": "icassp-2022",
    "labels": [],
    "config": {},
    "thresholds": {},
    "training_data": [
        "by its authors, not by this project: Slakh, MAESTRO, GuitarSet, iKala, MedleyDB-Pitch (see the paper)",
    ],
    "licence": "Apache-2.0: notes.LICENSE. Copyright 2022 Spotify AB, github.com/spotify/basic-pitch. Changed here: "
    "the same numbers in another file format; the constant-Q transform is computed from its formulas.",
    "paper": "Bittner, Bosch, Rubinstein, Meseguer-Brocal, Ewert: A lightweight instrument-agnostic model for "
    "polyphonic note transcription and multipitch estimation, ICASSP 2022",
    "measured": {
        "Bach10, 3 pieces of 5 s, frame F1 of exact semitones (truth: pyin on the stems; as many notes as players)": {
            "duets": 0.97,
            "trios": 0.96,
            "quartets": 0.94,
        },
        "the same, against the original": {"largest difference of any score": 0.0007},
    },
    "known_failures": [
        "It says which notes sound, not who plays them.",
        "Octaves and other strong harmonics pass for notes; of two players in unison it hears one note.",
        "Drums and noise leave short false notes.",
    ],
    "seed": 0,
    "recipe": "python -m milo_demo train notes --data DIR --out checkpoints/notes.safetensors",
}
