import json

import numpy as np
import tones
import torch
from safetensors.torch import load_file

from milo_demo.features.log_mel import log_mel
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.training import calibration, sound
from milo_demo.training.concerts import UNKNOWN


class Dice:
    """A random generator that changes no gain, and joins concerts or not as it is told."""

    def __init__(self, lands_on: float) -> None:
        self.lands_on = lands_on

    def normal(self, mean: float, width: float, size: tuple[int, ...]) -> np.ndarray:
        return np.zeros(size)

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> np.ndarray:
        return np.zeros(size)

    def random(self, size: int) -> np.ndarray:
        return np.full(size, self.lands_on)


def test_joining_two_concerts_in_mel_power_is_adding_their_sounds():
    low, high = (torch.from_numpy(np.sin(2 * np.pi * f * np.arange(81_920) / 16_000)).float() for f in (220, 2000))
    features = log_mel(torch.stack([low, high]) * 0.1)
    truth = torch.zeros(2, len(LABELS), 10, dtype=torch.uint8)
    truth[0, 0], truth[1, 1], truth[1, 2] = 1, 1, UNKNOWN
    joined, both = sound.augment(features, truth, Dice(lands_on=0.0))
    difference = (joined[0] - log_mel((low + high)[None] * 0.1)[0]).abs()
    assert difference[..., 16:-16].mean() < 0.05
    assert (both[:, :2] == 1).all() and (both[:, 2] == UNKNOWN).all() and not both[:, 3:].any()
    alone, same = sound.augment(features, truth, Dice(lands_on=1.0))
    torch.testing.assert_close(alone, features, atol=1e-3, rtol=1e-3)
    assert torch.equal(same, truth)


def test_the_unknown_costs_nothing():
    truth = torch.zeros(1, len(LABELS), 10, dtype=torch.uint8)
    logits = torch.full((1, len(LABELS), 10), -9.0)
    quiet = sound.loss(logits, truth)
    logits[0, 3] = 9.0
    assert sound.loss(logits, truth) > quiet + 5
    truth[0, 3] = UNKNOWN
    assert sound.loss(logits, truth) <= quiet


def test_training_learns_resumes_and_leaves_a_checkpoint_and_its_card(tmp_path, monkeypatch):
    monkeypatch.setattr(sound, "START_AFTER", 64)
    monkeypatch.setattr(sound, "BUFFER", 128)
    monkeypatch.setattr(calibration, "CONCERTS", 64)
    monkeypatch.setattr(calibration, "NOTHINGS", 32)
    tones.library(tmp_path / "work")
    out = tmp_path / "sound.safetensors"
    sound.train(tmp_path, out, minutes=0.05, seed=0, workdir=tmp_path / "work")
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["role"] == "sound" and set(card["labels"]) == set(tones.TONES_HZ)
    module = SoundFCN(**card["config"])
    module.load_state_dict(load_file(out))
    state = torch.load(tmp_path / "work" / "sound.pt", weights_only=True)
    sound.train(tmp_path, out, minutes=state["trained_s"] / 60 + 0.03, seed=0, workdir=tmp_path / "work")
    again = torch.load(tmp_path / "work" / "sound.pt", weights_only=True)
    assert again["steps"] > state["steps"] and again["trained_s"] > state["trained_s"]
