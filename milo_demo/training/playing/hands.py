"""Where the models of hands and faces come from: MediaPipe's published networks, their numbers put into ours. Nothing
is trained."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from milo_demo.errors import MiloError
from milo_demo.models.blaze import FaceDetector
from milo_demo.models.hand import Hands
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.teacher_files import teacher_file
from milo_demo.training.tflite import Layer, kernel, layers

FOLDER = "weights/mediapipe"
PALMS, LANDMARKS, FACES = "palm_detection_full", "hand_landmark_full", "face_detection_short_range"
LICENCE = "LICENSE"

NOT_OURS = ("conv_handedness", "conv_world_landmarks")
"""Outputs of the hand network that nobody here asks for: left or right, and places in metres."""


def train(data: Path, out: Path) -> None:
    """Write both checkpoints, their cards, and the licence beside them.

    data : the folder with `FOLDER`
    out  : ``hands.safetensors``; ``faces.safetensors`` lies beside it

    Raises MiloError where a file is missing, or is of another network.
    """
    palms, landmarks, faces = (teacher_file(data, f"{FOLDER}/{name}.tflite") for name in (PALMS, LANDMARKS, FACES))
    licence = teacher_file(data, f"{FOLDER}/{LICENCE}")
    hands, face = Hands(), FaceDetector()
    fill(hands.palms, layers(palms), palms)
    wanted = [layer for layer in layers(landmarks) if not any(name in layer.name for name in NOT_OURS)]
    fill(hands.landmarks, wanted, landmarks)
    fill(face, layers(faces), faces)
    write_checkpoint(hands, HANDS, out)
    write_checkpoint(face, FACE, out.with_name("faces.safetensors"))
    out.with_suffix(".LICENSE").write_bytes(licence.read_bytes())


def fill(module: nn.Module, found: Sequence[Layer], source: Path) -> None:
    """Put the numbers of a file's layers into those of a network that has the same ones in the same order.

    Raises MiloError where it has others.
    """
    kinds = nn.Conv2d, nn.PReLU, nn.Linear
    own = [part for part in module.modules() if isinstance(part, kinds)]
    try:
        for part, layer in zip(own, found, strict=True):
            weight, *biases = layer.constants
            convolution = layer.kind in ("convolution", "depthwise")
            ordered = kernel(weight, layer.kind == "depthwise") if convolution else torch.tensor(weight)
            state = {"weight": ordered.reshape(part.weight.shape) if ordered.ndim < 4 else ordered}
            if part.state_dict().keys() >= {"bias"}:
                state["bias"] = torch.tensor(biases[0])
            elif any(np.any(bias) for bias in biases):
                raise ValueError(f"{layer.name} has a bias")
            part.load_state_dict(state)
    except (ValueError, RuntimeError, IndexError) as error:
        raise MiloError(f"{source} is not the network of MediaPipe 0.10.21 ({error}).") from error


COMMON = {
    "labels": [],
    "config": {},
    "thresholds": {},
    "licence": "Apache-2.0: hands.LICENSE. Copyright The MediaPipe Authors, github.com/google-ai-edge/mediapipe. "
    "Changed here: the same numbers in another file format.",
    "training_data": ["by its authors, not by this project: see the paper"],
    "seed": 0,
    "recipe": "python -m milo_demo train hands --data DIR --out checkpoints/hands.safetensors",
}
HANDS = COMMON | {
    "role": "hands",
    "name": "mediapipe-hands-full",
    "version": "0.10.21",
    "paper": "Zhang, Bazarevsky, Vakunov, Tkachenka, Sung, Chang, Grundmann: MediaPipe Hands: on-device real-time hand "
    "tracking, 2020",
    "measured": {
        "against the originals in TensorFlow Lite": {
            "palms, largest difference of any score": 0.000001,
            "landmarks, largest difference of any coordinate, in sides of the picture": 0.000001,
        },
    },
    "known_failures": [
        "Hands of people less than about 40 px high, hands that are cut by the frame, hands blurred by a drum stroke.",
        "Painted and photographed hands are found as well; only their movement tells them apart.",
    ],
}
FACE = COMMON | {
    "role": "faces",
    "name": "mediapipe-faces-short-range",
    "version": "0.10.21",
    "paper": "Bazarevsky, Kartynnik, Vakunov, Raveendran, Grundmann: BlazeFace: sub-millisecond neural face detection "
    "on mobile GPUs, 2019",
    "measured": {"against the original in TensorFlow Lite": {"largest difference of any score": 0.000001}},
    "known_failures": ["Faces smaller than about a tenth of what is looked at, and faces seen from behind or above."],
}
