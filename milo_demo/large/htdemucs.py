"""HTDemucs (Rouard, Massa and Défossez 2023): drums, bass and voice out of anything, and the rest.

The network is that of the demucs package; its numbers and what it is built with are read from one safetensors file,
whose description may name this class and plain values only.
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from milo_demo.features.stft import TRACK_HZ
from milo_demo.large.models import Larger
from milo_demo.machine import gpu

ROWS: dict[str, str] = {"drums": "drum", "bass": "electric_bass", "vocals": "voice"}
"""Its source -> our label; what is left of the sound is nobody's."""
DESCRIBED = {"klass", "args", "kwargs"}
EARS = 2


def open_model(model: Larger, folder: Path) -> Any:
    """Raises ValueError, TypeError, KeyError, RuntimeError or OSError where the file is not such a network."""
    from demucs.htdemucs import HTDemucs

    with safe_open(folder / model.numbers, framework="pt") as file:
        told: Mapping[str, str] = file.metadata() or {}
        if set(told) != DESCRIBED or told["klass"] != model.architecture:
            raise ValueError(f"it is no {model.architecture}")
        network = HTDemucs(*_plain(json.loads(told["args"])), **_plain(json.loads(told["kwargs"])))
        network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118, no mapping
    if not set(ROWS) <= set(network.sources) or network.samplerate != TRACK_HZ or network.audio_channels != EARS:
        raise ValueError("it separates something else")
    return network.float().eval().requires_grad_(False).to(gpu.device())


@torch.inference_mode()
def separate(sound: NDArray[np.float32], network: Any) -> NDArray[np.float32]:
    """Take a sound apart, (channel, sample) at 44.1 kHz; one that is not in stereo channel by channel.

    Returns (row of ROWS … and the rest, channel, sample), which sum to the sound.
    """
    from demucs.apply import apply_model

    mixture = torch.from_numpy(sound)
    mono = mixture.mean(dim=0)
    level = mono.std() + 1e-8
    levelled = (mixture - mono.mean()) / level
    pairs = levelled[None] if len(sound) == EARS else levelled[:, None].repeat(1, EARS, 1)
    device = next(network.parameters()).device
    found = apply_model(network, pairs, shifts=0, device=device).cpu()  # shifts would be drawn by lot
    rows = found[:, [network.sources.index(source) for source in ROWS]] * level
    rows = rows[0] if len(sound) == EARS else rows.mean(dim=2).transpose(0, 1)
    return torch.cat([rows, (mixture - rows.sum(dim=0))[None]]).numpy()


def _plain(value: Any) -> Any:
    """What the description says as values; fractions are written as objects. Raises ValueError at any other object."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "_type" not in value:
        return {name: _plain(item) for name, item in value.items()}
    if set(value) != {"_type", "numerator", "denominator"} or value["_type"] != "fraction":
        raise ValueError("it is described with an object that is no fraction")
    return Fraction(int(value["numerator"]), int(value["denominator"]))
