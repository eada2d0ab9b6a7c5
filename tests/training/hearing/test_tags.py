import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from milo_demo.features.log_mel import ALL_WINDOWS, BANDS
from milo_demo.features.loudness import TARGET_DBFS, levels_dbfs
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training.hearing import tags
from milo_demo.training.hearing.tag_clips import CLIP, TagClips
from milo_demo.training.learner import Learner, TimeBudget
from tests.training.hearing import tones


def made_up_teacher() -> TagFCN:
    """A network of the published layout that has an opinion: half the tags on, half off, from sound to sound others."""
    torch.manual_seed(0)
    teacher = TagFCN().eval().requires_grad_(False)
    teacher.mean.fill_(5.0)
    teacher.std.fill_(3.0)
    teacher.late[-1].weight.mul_(20)
    return teacher


class MadeUpTeachers:
    """In place of both teachers, whose files are no part of the repository."""

    def __init__(self, data, device):
        self.tags = made_up_teacher()

    def __call__(self, sound, features):
        return self.tags(features).sigmoid()


def test_the_clips_vary_what_there_is_and_keep_to_their_split(tmp_path):
    library = tones.library(tmp_path)
    plain = TagClips(library, "calibration", 0).draw(8, varied=False)
    assert plain.shape == (8, CLIP) and torch.isfinite(plain).all()
    torch.testing.assert_close(levels_dbfs(plain).amax(dim=1), torch.full((8,), TARGET_DBFS), atol=4, rtol=0)
    varied, again = (TagClips(library, "train", 1).draw(8) for _ in range(2))
    assert torch.isfinite(varied).all() and varied.abs().amax(dim=1).min() > 0
    assert levels_dbfs(varied).amax(dim=1).std() > 1
    torch.testing.assert_close(varied[:3].square().mean(), again[:3].square().mean(), atol=0.01, rtol=0.5)
    library.takes = [take for take in library.takes if take.split == "train"]
    with pytest.raises((ValueError, KeyError, IndexError)):
        TagClips(library, "calibration", 0).draw(8)


def test_batch_norm_folds_into_the_published_layout():
    module = tags.with_norms(TagFCN(dropout=0.0))
    features = torch.randn(4, len(ALL_WINDOWS), BANDS, 40)
    for _ in range(5):
        module.train()(features * 2 + 1)
    kept = tags.folded(module)
    assert kept.state_dict().keys() == TagFCN().state_dict().keys()
    with torch.inference_mode():
        torch.testing.assert_close(kept(features), module.eval()(features), atol=1e-4, rtol=1e-4)


def test_the_loss_is_least_where_the_teacher_is_repeated_and_falls_towards_it():
    teacher, budget = made_up_teacher(), TimeBudget(1)
    features = 5 + 3 * torch.randn(4, len(ALL_WINDOWS), BANDS, 16)
    logits = teacher(features)
    said = logits.sigmoid()
    least = tags.loss(teacher, logits, teacher, said)
    assert least < tags.loss(teacher, logits + 1, teacher, said)
    assert least < tags.loss(teacher, logits.flip(1), teacher, said)
    learner = Learner(tags.with_norms(TagFCN(dropout=0.0)), 1e-2)
    values = []
    for _ in range(25):
        values.append(tags.loss(learner.module, learner.module(features), teacher, said))
        learner.step(values[-1], budget)
        budget.steps += 10
    assert values[-1] - least < 0.5 * (values[0] - least)


def test_a_teachers_positives_are_as_many_as_its_scores_add_up_to():
    scores = np.array([[0.9, 0.1, 0.8, 0.2], [0.02, 0.01, 0.03, 0.0]], np.float32)
    assert tags.positives(scores).tolist() == [[True, False, True, False], [False, False, True, False]]


def test_thresholds_are_the_candidates_of_the_best_f1():
    scores = np.array([[0.1005, 0.2005, 0.3005, 0.4005], [0.9, 0.9, 0.05, 0.9]])
    true = np.array([[False, False, True, True], [False, False, True, False]])
    best, f1 = tags.best_thresholds(scores, true)
    assert best.tolist() == [0.201, 0.0]
    np.testing.assert_allclose(f1, [1.0, 2 / 5])


def test_training_resumes_and_leaves_a_checkpoint_and_its_card(tmp_path, monkeypatch):
    monkeypatch.setattr(tags, "TagTeachers", MadeUpTeachers)
    monkeypatch.setattr(tags, "BATCH", 4)
    monkeypatch.setattr(tags, "CALIBRATION_BATCHES", 1)
    tones.library(tmp_path / "library")
    out = tmp_path / "tags.safetensors"
    tags.train(tmp_path, out, minutes=0.02)
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["labels"] == list(TAGS) == list(card["thresholds"]) == list(card["original_thresholds"])
    assert all(0 <= value < 1 for value in card["thresholds"].values())
    module = TagFCN(**card["config"])
    state = load_file(out)
    module.load_state_dict(state)
    assert state["mean"].dtype == torch.float32 and state["late.1.weight"].dtype == torch.float16
    assert out.stat().st_size < 10_000_000
    first = torch.load(tmp_path / "library" / "tags.pt", weights_only=True)["budget"]
    tags.train(tmp_path, out, minutes=first["trained_s"] / 60 + 0.01)
    second = torch.load(tmp_path / "library" / "tags.pt", weights_only=True)["budget"]
    assert second["steps"] > first["steps"] > 0
