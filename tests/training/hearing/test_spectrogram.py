import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from milo_demo.features.patches import patches
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import PatchNet
from milo_demo.training.hearing import calibration, mixtures, spectrogram, teachers
from milo_demo.training.hearing.mixtures import UNKNOWN
from milo_demo.training.learner import TimeBudget
from tests.training.hearing import tones

N = len(LABELS)


@pytest.fixture
def teacher():
    torch.manual_seed(0)
    network = PatchNet(teachers.CLASSES).eval().requires_grad_(False)
    for layer in network.layers:  # torch's own initialisation fades out over 27 layers without training
        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return network


class Dice:
    """A random generator that mixes every sound into its neighbour, at its own level."""

    def random(self, size: int) -> np.ndarray:
        return np.zeros(size)

    def uniform(self, low: float, high: float, size: int) -> np.ndarray:
        return np.zeros(size)


def test_mixing_two_patches_is_adding_their_sounds():
    low, high = (torch.from_numpy(np.sin(2 * np.pi * f * np.arange(81_920) / 16_000)).float() for f in (220, 2000))
    truth = torch.zeros(2, N, 10, dtype=torch.uint8)
    truth[0, 0], truth[1, 1], truth[1, 2] = 1, 1, UNKNOWN
    pictures, both = spectrogram.mixed(patches(torch.stack([low, high])), truth, Dice())
    assert (pictures[0] - patches((low + high)[None])[0]).abs().mean() < 0.1
    assert (both[:, :2] == 1).all() and (both[:, 2] == UNKNOWN).all() and not both[:, 3:].any()


def test_a_student_starts_as_its_teacher(teacher):
    student = spectrogram.Student(teacher).eval()
    pictures = torch.randn(2, 96, 64)
    logits, memory = student(pictures)
    torch.testing.assert_close(memory, teacher(pictures))
    violin, flute, bassoon = (LABELS.index(label) for label in ("violin", "flute", "bassoon"))
    torch.testing.assert_close(logits[:, [violin, flute]], spectrogram.DAMPED * teacher(pictures)[:, [186, 191]])
    assert (logits[:, bassoon] == logits[0, bassoon]).all(), "the teacher has no word for it"


def test_early_layers_learn_slowest(teacher):
    student = spectrogram.Student(teacher)
    rates = [rate for _, rate in student.rates()]
    assert rates[:27] == sorted(rates[:27]) and rates[0] < rates[26] < rates[-1]
    trained = {id(parameter) for parameters, _ in student.rates() for parameter in parameters}
    assert trained == {id(parameter) for parameter in student.parameters()}


def test_masks_paint_bars_with_the_mean():
    torch.manual_seed(0)
    pictures = torch.randn(64, 96, 64)
    painted = spectrogram.masked(pictures) != pictures
    assert 0.05 < painted.float().mean() < 0.5
    whole_bands, whole_frames = painted.all(dim=1), painted.all(dim=2)
    assert torch.equal(painted, whole_bands[:, None] | whole_frames[:, :, None])
    assert whole_bands.sum(dim=1).max() <= 24 and whole_frames.sum(dim=1).max() <= 24


def test_the_teacher_answers_for_unlabelled_sounds_only():
    scores = torch.full((2, teachers.CLASSES), 0.001)
    scores[:, 186], scores[:, 191] = 0.9, 0.2  # violin, flute
    truth = torch.full((2, N), UNKNOWN, dtype=torch.uint8)
    truth[1, LABELS.index("piano")] = 1
    answers = spectrogram.answered(truth, scores)
    said = dict(zip(LABELS, answers[0].tolist(), strict=True))
    assert said["violin"] == 1 and said["flute"] == UNKNOWN and said["harp"] == 0
    assert said["bassoon"] == UNKNOWN, "the teacher has no word for it"
    assert torch.equal(answers[1], truth[1])


def test_the_unknown_and_what_is_remembered_cost_nothing():
    scores = torch.rand(1, teachers.CLASSES) * 0.98 + 0.01
    truth = torch.zeros(1, N, dtype=torch.uint8)
    logits = torch.full((1, N), -20.0)
    assert spectrogram.loss(logits, truth, scores.logit(), scores) == pytest.approx(0, abs=1e-3)
    assert spectrogram.loss(logits, truth, torch.zeros_like(scores), scores) > 10
    logits[0, 3] = 9.0
    assert spectrogram.loss(logits, truth, scores.logit(), scores) == pytest.approx(9, abs=0.01)
    truth[0, 3] = UNKNOWN
    assert spectrogram.loss(logits, truth, scores.logit(), scores) == pytest.approx(0, abs=1e-3)


def test_the_new_layer_learns_alone_at_first(teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(mixtures, "ROOMS", 4)
    monkeypatch.setattr(spectrogram, "BATCH", {"cpu": 2})
    monkeypatch.setattr(spectrogram, "HEAD_ALONE", 2.0)
    library = tones.library(tmp_path)
    budget = TimeBudget(1e-4)
    network = spectrogram.learn(library, teacher, budget, seed=0, resume_file=tmp_path / "state.pt")
    assert budget.steps > 0 and network.head.weight.any()
    for name, value in network.layers.state_dict().items():
        assert torch.equal(value, teacher.layers.state_dict()[name])


def test_training_moves_every_layer_resumes_and_leaves_a_checkpoint(teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(teachers, "load_yamnet", lambda data: teacher)
    monkeypatch.setattr(mixtures, "ROOMS", 4)
    monkeypatch.setattr(spectrogram, "BATCH", {"cpu": 2})
    monkeypatch.setattr(spectrogram, "HEAD_ALONE", 0.0)
    monkeypatch.setattr(spectrogram, "RATE_FIRST", 2e-2)  # so that a few steps show in half precision
    monkeypatch.setattr(spectrogram, "RATE_LAST", 2e-2)
    monkeypatch.setattr(calibration, "BATCH", 8)
    monkeypatch.setattr(calibration, "MIXTURES", 24)
    monkeypatch.setattr(calibration, "NOTHINGS", 8)
    tones.library(tmp_path / "work")
    out = tmp_path / "spectrogram.safetensors"
    spectrogram.train(tmp_path, out, minutes=1e-4, seed=0, workdir=tmp_path / "work")

    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["role"] == "spectrogram" and set(card["labels"]) == set(tones.TONES_HZ)
    network = PatchNet(**card["config"])
    network.load_state_dict(load_file(out))
    for name, value in network.layers.state_dict().items():
        assert not torch.equal(value, teacher.layers.state_dict()[name].half().float()), f"{name} was not trained"

    state = torch.load(tmp_path / "work" / "spectrogram.pt", weights_only=True)["budget"]
    spectrogram.train(tmp_path, out, minutes=state["trained_s"] / 60 + 1e-4, seed=0, workdir=tmp_path / "work")
    again = torch.load(tmp_path / "work" / "spectrogram.pt", weights_only=True)["budget"]
    assert again["steps"] > state["steps"] and again["trained_s"] > state["trained_s"]


def test_patches_and_truth_stay_side_by_side():
    sound, step = torch.arange(2.0)[:, None], torch.arange(3.0)
    number = 10 * sound + step  # of a sound's step
    pictures, truth = spectrogram.by_patch(
        number[..., None, None].expand(-1, -1, 96, 64), number[:, None].expand(-1, N, -1)
    )
    assert pictures.shape == (6, 96, 64) and truth.shape == (6, N)
    assert pictures[:, 0, 0].tolist() == truth[:, 0].tolist() == [0, 1, 2, 10, 11, 12]


def test_hearing_is_the_network_on_patches(teacher):
    sound = torch.randn(2, 3 * 8192) * 0.1
    logits = spectrogram.hear(teacher, sound)
    assert logits.shape == (2, teachers.CLASSES, 3)
    torch.testing.assert_close(logits[1, :, 2], teacher(patches(sound)[1, 2:3])[0])


def test_of_unlabelled_music_nothing_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(mixtures, "ROOMS", 4)
    monkeypatch.setattr(spectrogram, "BATCH", {"cpu": 4})
    monkeypatch.setattr(spectrogram, "MIXED", 0.0)
    library = tones.library(tmp_path)
    library.takes.append(replace(library.takes[0], label=None, kind="music"))
    pictures, truth = spectrogram.PatchBatches(library, 0).draw(0.5)
    assert pictures.shape == (4, 10, 96, 64)
    assert (truth[3:] == UNKNOWN).all() and not (truth[:3] == UNKNOWN).all()
