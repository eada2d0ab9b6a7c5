"""A violin on the left and a tuba on the right, as tones, and a classifier that tells them apart by their pitches."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import torch
from torch import nn

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.sound_field import plane_wave, unit_vector
from milo_demo.instruments import LABELS
from milo_demo.media.probe import Probe, probe

TONES_HZ = {"violin": 400, "tuba": 1500}
LEFT, RIGHT = unit_vector(-90, 0), unit_vector(90, 0)


class TwoTones(nn.Module):
    """Knows the violin and the tuba by their pitches; is equally unsure of all others everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        levels = patches.mean(dim=1)
        logits = torch.zeros(len(patches), len(LABELS))
        for label, low, high in (("violin", 8, 20), ("tuba", 30, 42)):
            logits[:, LABELS.index(label)] = levels[:, low:high].amax(dim=1)
        return logits


def tone(label: str, steps: int = 12) -> np.ndarray:
    return 0.1 * np.sin(2 * np.pi * TONES_HZ[label] * np.arange(steps * STEP) / RATE_HZ)


def duet() -> np.ndarray:
    """The violin on the left, the tuba on the right."""
    left, right = plane_wave(LEFT)[:, None], plane_wave(RIGHT)[:, None]
    return (left * tone("violin") + right * tone("tuba")).astype(np.float32)


def written(path: Path, sound: np.ndarray, *options: object, layout: str = "4.0") -> Probe:
    """A file of these channels."""
    (sound.T * 32_767).astype("<i2").tofile(path.with_suffix(".pcm"))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", "s16le", "-ar", RATE_HZ]
    command += ["-ch_layout", layout, "-i", path.with_suffix(".pcm"), *options, path]
    subprocess.run(list(map(str, command)), check=True)
    return probe(path)
