import numpy as np
import torch

from milo_demo.features.log_mel import STEP, log_mel
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.training.hearing import calibration
from milo_demo.training.hearing.mixtures import UNKNOWN
from tests.training.hearing import tones


def test_the_threshold_of_the_best_f1_lies_between_the_classes():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (50, 10)).astype(np.uint8)
    logits = np.where(truth == 1, -1.0, -3.0) + rng.normal(0, 0.1, truth.shape)
    assert -2.8 < calibration._best_f1(logits, truth) < -1.2


def test_what_is_unknown_does_not_count():
    truth = np.array([[1, 1, 0, 0, UNKNOWN, UNKNOWN]], np.uint8)
    logits = np.array([[2.0, 2.0, -2.0, -2.0, 4.0, 4.0]])
    assert -2 <= calibration._best_f1(logits, truth) < 2


def test_thresholds_rise_until_noise_is_quiet_and_no_further():
    logits = np.random.default_rng(0).normal(0, 1, (400, len(LABELS), 10)).astype(np.float32)
    logits[:, 5] += 3
    thresholds = calibration._quieten(np.full(len(LABELS), 1.5), logits)
    alarms = calibration._pooled(calibration._scores(logits - thresholds[:, None])) > 0.5
    assert alarms.any(axis=1).mean() <= calibration.FALSE_ALARMS
    assert thresholds[5] > np.delete(thresholds, 5).max() + 1
    assert alarms.any()


def test_labels_without_a_sound_to_learn_from_are_never_heard(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "MIXTURES", 64)
    monkeypatch.setattr(calibration, "NOTHINGS", 32)
    torch.manual_seed(0)
    module = SoundFCN().eval()
    labels, thresholds, figures = calibration.calibrate(
        lambda sound: module(log_mel(sound)), tones.library(tmp_path), seed=0
    )
    assert set(labels) == set(tones.TONES_HZ)
    assert thresholds[LABELS.index("erhu")] == calibration.UNREACHABLE
    assert thresholds[LABELS.index("violin")] < calibration.UNREACHABLE
    assert figures["seconds each"] == 10 * STEP / 16_000
