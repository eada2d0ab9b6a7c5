import numpy as np
import torch
from torch import nn

from milo_demo.evaluation.hearing import upsampling
from milo_demo.features.log_mel import HOP, RATE_HZ
from milo_demo.instruments import LABELS


class Loudness(nn.Module):
    """Scores every label by how loud the 16 frames of a step are."""

    windows = (512,)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        level = features[:, 0].mean(dim=1, keepdim=True)
        return nn.functional.avg_pool1d(level, 16).expand(-1, len(LABELS), -1)


def test_patching_finds_what_falls_between_two_steps():
    sound = np.zeros(64 * HOP, np.float32)
    sound[24 * HOP : 40 * HOP] = np.sin(2 * np.pi * 440 * np.arange(16 * HOP) / RATE_HZ)
    scores = upsampling.frame_scores(Loudness(), sound)
    assert {way: values.shape for way, values in scores.items()} == dict.fromkeys(scores, (64, len(LABELS)))
    assert scores["patching"][:, 0].argmax() == 32
    upscaled = scores["upscaling"][:, 0].reshape(4, 16)
    assert (upscaled == upscaled[:, :1]).all() and np.isclose(upscaled[1, 0], upscaled[2, 0], rtol=0.02)


def test_both_ways_are_measured_on_the_stems(validation_data):
    found = upsampling.compare(Loudness(), validation_data)
    assert set(found) == {"upscaling", "patching"} and all(0 <= area <= 1 for area in found.values())
