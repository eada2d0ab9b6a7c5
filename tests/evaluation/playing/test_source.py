from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from milo_demo.evaluation.playing import source
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.playing.source import Heard, Shown
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.source import NAMES

VIOLIN, DRUM = LABELS.index("violin"), LABELS.index("drum")


def shown(label):
    """An instrument at the left, as the localiser knows; the object map sees it there and, fainter, everywhere."""
    pixels = torch.zeros(1, NAMES, 4, 8)
    pixels[0, label, :, :4] = 1
    pixels[0, NAMES - 1, :, 4:] = 1
    objects = np.zeros((len(LABELS), 4, 8), np.float32)
    objects[label] = 0.6
    objects[label, 0, 0] = 0.9
    return Shown([Detection(label, 1.0, 0.0, 0.0, 0.5, 1.0)], pixels, objects)


def heard(label):
    """The localiser's ear is right, the other one hears violins in everything."""
    scores = np.zeros(len(LABELS), np.float32)
    scores[VIOLIN] = 0.9
    return Heard(label, torch.eye(NAMES)[NAMES - 1 if label is None else label], scores)


def test_both_methods_are_asked_the_same():
    pictures = [shown(VIOLIN), shown(VIOLIN)]
    sounds = [heard(VIOLIN), heard(DRUM)]
    table = source._compared("p", pictures, sounds, [heard(None)], [heard(None)], np.random.default_rng(0))
    assert table["p: IoU"]["localiser"].value == 1 and table["p: IoU"]["sound × object"].value == pytest.approx(0.5)
    assert table["p: pointing"]["localiser"].value == table["p: pointing"]["sound × object"].value == 1
    for kind, lit in (("matching", 1), ("another instrument", 0), ("silence", 0), ("noise", 0)):
        assert table[f"p: lit, {kind}"]["localiser"].value == lit
        assert table[f"p: lit, {kind}"]["sound × object"].value == 1, "it hears violins in everything"
    assert table["p: AUC of matching pairs"]["localiser"].value == 1
    assert table["p: AUC of matching pairs"]["sound × object"].value == 0.5


def test_real_clips_are_asked_at_the_steps_that_somebody_has_marked(monkeypatch):
    """The localiser points at the mark and hears who plays; the object map points elsewhere, heard or not."""
    one = shown(VIOLIN)
    one.objects[VIOLIN] = 0
    one.objects[VIOLIN, 3, 7] = 0.9
    silent = torch.eye(NAMES)[[VIOLIN, NAMES - 1]]
    pixels = torch.zeros(1, NAMES, 4, 8)
    pixels[0, VIOLIN, 1, 2] = 1
    monkeypatch.setattr(source.weights, "load", lambda role: SimpleNamespace(module=role))
    monkeypatch.setattr(source.detect, "load", lambda: None)
    monkeypatch.setattr(
        source.decode, "audio", lambda path, rate_hz, duration_s: [np.zeros((1, 2 * source.STEP), np.float32)]
    )
    monkeypatch.setattr(source, "called", lambda sound, localiser: silent)
    monkeypatch.setattr(source, "pixels", lambda frame, localiser, eye: pixels)
    marked = Marked("violin.mp4", "violin", (128, 256), {0: np.array([[48.0, 80.0]]), 1: np.zeros((0, 2))})
    clip = Clip(
        media=SimpleNamespace(width=256, height=128, duration_s=1.0),  # pyright: ignore[reportArgumentType]
        heard=SimpleNamespace(instruments=np.stack([heard(VIOLIN).scores] * 2)),  # pyright: ignore[reportArgumentType]
        seen=SimpleNamespace(maps=np.stack([one.objects] * 2)),  # pyright: ignore[reportArgumentType]
        witness=None,  # pyright: ignore[reportArgumentType]
        played=None,  # pyright: ignore[reportArgumentType]
        frames=dict.fromkeys((0, 1), np.zeros((4, 8, 3), np.uint8)),
    )
    table = source.on_clips(Path(), [(marked, clip)])
    assert [figure.value for figure in table["clips: px"].values()] == [0, 0, pytest.approx(np.hypot(64, 160))]
    assert [figure.value for figure in table["clips: AUC of played steps"].values()] == [1, 0.5, 0.5]
