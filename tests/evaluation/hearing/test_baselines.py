import numpy as np
import pytest
import torch

from milo_demo.evaluation.hearing import baselines
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.models.spectrogram import PatchNet
from milo_demo.tags import TAGS
from milo_demo.training.hearing import teachers
from tests.evaluation.hearing import orchestra


def test_a_tag_is_heard_as_the_label_that_it_means():
    def fiddle(sound):
        scores = np.zeros((3, len(TAGS)), np.float32)
        scores[1, TAGS.index("fiddle")] = 0.7
        scores[1, TAGS.index("violin")] = 0.2
        return scores

    heard = baselines.by_tags(fiddle)(orchestra.tone("violin"))
    assert heard[1, LABELS.index("violin")] == pytest.approx(0.7)
    assert heard.sum() == pytest.approx(0.7)


def test_every_name_is_a_label():
    assert {*teachers.ROWS, *baselines.MAGNATAGATUNE} <= set(LABELS)


def test_a_sound_model_alone_hears_what_the_program_accumulates(monkeypatch):
    torch.manual_seed(0)
    module = SoundFCN(filters=8, late=8).eval()
    sound = np.concatenate([orchestra.tone("violin"), np.zeros(16_000, np.float32)])
    monkeypatch.setattr(classify, "accumulate", lambda logits, sigma: logits)
    expected = baselines.whole(sound, classify.Ear(module)).instruments
    assert expected.any()
    np.testing.assert_allclose(baselines.sound_alone(module)(sound), expected, atol=1e-6)


def test_silence_is_nothing_to_the_spectrogram_classifier():
    sound = np.concatenate([orchestra.tone("violin", 1.024), np.zeros(16_384, np.float32)])
    heard = baselines.spectrogram_alone(PatchNet().eval())(sound)
    assert heard.shape == (4, len(LABELS))
    assert heard[:2].all() and not heard[2:].any()
