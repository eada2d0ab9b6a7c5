from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from milo_demo.errors import MiloError
from milo_demo.evaluation.seeing import predictions, report
from milo_demo.evaluation.seeing.predictions import Look
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Found
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing.detect import Eye
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.seeing import eye, photos
from milo_demo.training.seeing.teacher import ROWS, Teacher

GUITAR, HARP = LABELS.index("guitar"), LABELS.index("harp")


class MiddleBoxes(torch.nn.Module):
    """Always a sure guitar in the middle half of the picture, and a doubtful harp."""

    row_label = (GUITAR, HARP)

    def find(self, features, maps, size):
        height, width = size
        sides = torch.tensor([[width / 4, height / 4, 3 * width / 4, 3 * height / 4]] * 2)
        return [Found(torch.tensor([GUITAR, HARP]), torch.tensor([0.9, 0.2]), sides)] * len(maps)


@pytest.fixture
def data(tmp_path):
    """A photo or two in each folder, and a dozen drawn instruments on white paper."""
    images, rng = tmp_path / "images", np.random.default_rng(0)

    def room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 200, (12, 16, 3), np.uint8)).resize((64, 48)).save(path)

    for k in range(24):
        room(images / "scenes" / f"{k}.jpg")
        paper = Image.new("RGB", (64, 64), "white")
        ImageDraw.Draw(paper).rectangle((20, 10, 44, 54), fill=tuple(rng.integers(0, 200, 3).tolist()))
        (images / "kaggle30" / "train" / "harp").mkdir(parents=True, exist_ok=True)
        paper.save(images / "kaggle30" / "train" / "harp" / f"{k}.jpg")
    for name in ("kaggle30/val/guitar/1.jpg", "omerdvi/cello_played.jpg", "omerdvi/ukulele_played.jpg"):
        room(images / name)
    for k, text in enumerate(("0 0.5 0.5 0.5 0.5\n", "0 0.1 0.1 0.2 0.2\n0 0.5 0.4 0.2 0.4\n", "\n")):
        room(images / "guitar_boxes" / "images" / f"{k}.jpg")
        (images / "guitar_boxes" / "labels").mkdir(exist_ok=True)
        (images / "guitar_boxes" / "labels" / f"{k}.txt").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def strangers(monkeypatch, tmp_path):
    """Random networks in the places of the bundled ones and of the teacher."""
    (tmp_path / "bundled" / "folds").mkdir(parents=True)
    monkeypatch.setattr(report, "BUNDLED", tmp_path / "bundled")
    torch.manual_seed(0)
    objects = ObjectMap(rows=ROWS)
    objects.row_label[0] = HARP
    modules = {"trunk": Trunk(), "object": objects, "boxes": MiddleBoxes()}
    monkeypatch.setattr(report.weights, "load", lambda role: SimpleNamespace(module=modules[role].eval()))
    monkeypatch.setattr(report, "by_folds", lambda ours, real, folder: [Look((96, 72), None, [])] * len(real))
    teacher = Teacher(Trunk().eval(), torch.zeros(ROWS, 1280), torch.zeros(ROWS), ["harp", *["thing"] * (ROWS - 1)])
    monkeypatch.setattr(report.teacher_image, "load", lambda data: teacher)
    monkeypatch.setattr("milo_demo.evaluation.seeing.coco.RESAMPLES", 5)
    monkeypatch.setattr(report, "SCENES", 6)
    monkeypatch.setattr(report, "SIDE_PX", 96)
    monkeypatch.setattr(report, "SHAPES_PX", ((96, 64),))


def test_the_report_puts_boxes_beside_maps_teacher_guess_and_ceiling(data, strangers, tmp_path, capsys):
    table = report.evaluate(data, tmp_path / "drawn")
    assert set(table["guitar_boxes: AP@0.5"]) == {"boxes", "folds", "maps", "teacher", "centre", "cells"}
    assert table["guitar_boxes: AP@0.5"]["folds"] == 0
    assert table["guitar_boxes: AP@0.5"]["boxes"] == table["guitar_boxes: AP@0.5"]["centre"]
    assert table["guitar_boxes: hit (2)"]["boxes"] == 1
    assert table["guitar_boxes: IoU > 0.5 (2)"]["boxes"] == 0.5
    assert table["guitar_boxes: guitar at 0.5 (2)"] == {"boxes": 1, "folds": 0, "maps": 0, "teacher": 0}
    assert table["made scenes: AP@0.5 harp"].keys() >= {"boxes", "maps", "teacher", "centre", "cells"}
    assert table["kaggle30/val: top-1 (1)"]["boxes"] == 1
    assert table["omerdvi: score at 0.5 (1)"]["boxes"] == 0 and "omerdvi: mean cello score (1)" in table
    alarms = next(row for name, row in table.items() if name.startswith("false alarms: all"))
    assert alarms["boxes"] == 1
    assert any(name.startswith("ImageNet: the teacher's class") for name in table)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:6] == list(report.WHO)
    assert len([line for line in printed if line.startswith("guitar_boxes: hit (2)")]) == 1
    assert (tmp_path / "drawn" / "precision.svg").stat().st_size > 1000


def test_what_the_eye_cannot_know_is_not_asked(data):
    assert [label for _, label in report.omerdvi(data)] == ["cello"]
    assert [label for _, label in report.kaggle_val(data)] == ["guitar"]


def test_missing_photos_are_said_so(tmp_path):
    with pytest.raises(MiloError, match="no photos in"):
        report.kaggle_val(tmp_path)


def test_each_photo_is_looked_at_by_the_head_that_does_not_know_it(data, tmp_path):
    ours = Eye(Trunk().eval(), ObjectMap(rows=30).eval(), predictions.NoBoxes())
    with pytest.raises(MiloError, match="train the eye first"):
        report.by_folds(ours, [], tmp_path / "folds")
    for name, sure in (("first", 3.0), ("second", -1.0)):
        head = BoxHead(["harp"])
        head.offset.fill_(sure)
        head.gains.zero_()
        card = {"role": "boxes", "config": {"labels": ["harp"]}}
        write_checkpoint(head, card, tmp_path / "folds" / f"boxes_{name}.safetensors")
    real = photos.boxed(data)
    assert {eye.fold(photo) for photo in real} == {"first", "second"}
    found = report.by_folds(ours, real, tmp_path / "folds")
    for photo, look in zip(real, found, strict=True):
        wanted = {"first": torch.tensor(3.0), "second": torch.tensor(-1.0)}[eye.fold(photo)].sigmoid().item()
        assert look.boxes and look.boxes[0].score == pytest.approx(wanted, abs=1e-3)


def test_a_count_has_wilsons_interval():
    table = report.Table()
    table.count("seen", "boxes", [True] * 8 + [False] * 2)
    assert table.values == {"seen (10)": {"boxes": 0.8}}
    low, high = table.bounds["seen (10)", "boxes"]
    assert 0.5 < low < 0.6 and 0.9 < high < 0.95
