import json

import pytest
import torch
from safetensors.torch import load_file

from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.training.hearing import calibration, mixtures, sound
from milo_demo.training.hearing.mixtures import UNKNOWN
from tests.training.hearing import tones


def test_the_unknown_costs_nothing():
    truth = torch.zeros(1, len(LABELS), 10, dtype=torch.uint8)
    logits = torch.full((1, len(LABELS), 10), -9.0)
    quiet = sound.loss(logits, truth, 0.6)
    logits[0, 3] = 9.0
    assert sound.loss(logits, truth, 0.6) > quiet + 5
    truth[0, 3] = UNKNOWN
    assert sound.loss(logits, truth, 0.6) <= quiet


def test_supervision_is_by_clip_by_frame_or_both():
    truth = torch.zeros(1, len(LABELS), 10, dtype=torch.uint8)
    truth[0, 3, :5] = 1
    late, early = torch.full((2, 1, len(LABELS), 10), -9.0)
    late[0, 3, 5:], early[0, 3, :5] = 9.0, 9.0
    by_clip, by_frame = (lambda logits, share=share: sound.loss(logits, truth, share) for share in (0.0, 1.0))
    torch.testing.assert_close(by_clip(late), by_clip(early))
    assert by_frame(late) > by_frame(early) + 1


@pytest.fixture
def quick(monkeypatch):
    for name in ("BATCH", "MIXTURES", "NOTHINGS"):
        monkeypatch.setattr(calibration, name, 8)
    monkeypatch.setattr(mixtures, "ROOMS", 8)
    monkeypatch.setattr(sound, "BATCH", {"cpu": 4, "cuda": 4})


def test_training_learns_resumes_and_leaves_a_checkpoint_and_its_card(tmp_path, quick):
    tones.library(tmp_path / "library")
    out = tmp_path / "sound.safetensors"
    sound.train(tmp_path, out, minutes=0.02, seed=0)
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["role"] == "sound" and set(card["labels"]) == set(tones.TONES_HZ)
    module = SoundFCN(**card["config"])
    module.load_state_dict(load_file(out))
    state = torch.load(tmp_path / "library" / "sound.pt", weights_only=True)["budget"]
    sound.train(tmp_path, out, minutes=state["trained_s"] / 60 + 0.01, seed=0)
    again = torch.load(tmp_path / "library" / "sound.pt", weights_only=True)["budget"]
    assert again["steps"] > state["steps"] and again["trained_s"] > state["trained_s"]


def test_the_variants_train_side_by_side(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(sound, "VARIANTS", {name: sound.VARIANTS[name] for name in (sound.SHIPPED, "the document's")})
    tones.library(tmp_path / "library")
    sound.train(tmp_path, tmp_path / "sound.safetensors", minutes=0.02, seed=0, ablation=True)
    for name, variant in sound.VARIANTS.items():
        record = json.loads((tmp_path / "library" / "ablation" / f"{name}.json").read_text(encoding="utf-8"))
        assert SoundFCN(**record["config"]).windows == SoundFCN(**variant.config).windows
        assert record["frame_share"] == variant.frame_share
        module = SoundFCN(**variant.config)
        module.load_state_dict(load_file(tmp_path / "library" / "ablation" / f"{name}.safetensors"))
