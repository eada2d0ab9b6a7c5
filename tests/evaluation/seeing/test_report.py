import pytest
import torch

from milo_demo.evaluation import intervals
from milo_demo.evaluation.seeing import baselines, imagenet, report
from milo_demo.evaluation.seeing.predictions import Prediction
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import Found
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing.detect import Eye
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
def strangers(monkeypatch, tmp_path):
    """Random networks in the places of the bundled ones and of the teacher."""
    (tmp_path / "bundled" / "folds").mkdir(parents=True)
    monkeypatch.setattr(report, "BUNDLED", tmp_path / "bundled")
    torch.manual_seed(0)
    objects = ObjectMap(rows=ROWS)
    objects.row_label[0] = HARP
    ours = Eye(Trunk().eval(), objects.eval(), MiddleBoxes().eval())
    monkeypatch.setattr(report.detect, "load", lambda: ours)
    nothing = Prediction((96, 72), None, [])
    monkeypatch.setattr(baselines, "by_folds", lambda ours, real, pictures, folder: [nothing] * len(real))
    monkeypatch.setattr(report.frames, "measure", lambda ours, data, folds: {})
    monkeypatch.setattr(report.ghosts, "measure", lambda album: {})
    teacher = Teacher(Trunk().eval(), torch.zeros(ROWS, 1280), torch.zeros(ROWS), ["harp", *["thing"] * (ROWS - 1)])
    for module in (baselines, imagenet):
        monkeypatch.setattr(module, "load_teacher", lambda data: teacher)
    monkeypatch.setattr(intervals, "RESAMPLES", 5)
    monkeypatch.setattr(report, "SCENES", 6)
    for module in (report, imagenet):
        monkeypatch.setattr(module, "SIDE_PX", 96)
    monkeypatch.setattr(report, "SHAPES_PX", ((96, 64),))


def test_the_report_puts_boxes_beside_maps_teacher_guess_and_ceiling(data, strangers, tmp_path, capsys):
    table = report.evaluate(data, tmp_path / "drawn")
    values = {row: {who: figure.value for who, figure in figures.items()} for row, figures in table.items()}
    assert set(values["guitar_boxes: AP@0.5"]) == {"boxes", "folds", "maps", "teacher", "centre", "cells"}
    assert values["guitar_boxes: AP@0.5"]["folds"] == 0
    assert values["guitar_boxes: AP@0.5"]["boxes"] == values["guitar_boxes: AP@0.5"]["centre"]
    assert table["guitar_boxes: hit"]["boxes"].count == 2 and values["guitar_boxes: hit"]["boxes"] == 1
    assert values["guitar_boxes: IoU > 0.5"]["boxes"] == 0.5
    assert values["guitar_boxes: guitar at 0.5"] == {"boxes": 1, "folds": 0, "maps": 0, "teacher": 0}
    assert values["made scenes: AP@0.5 harp"].keys() >= {"boxes", "maps", "teacher", "centre", "cells"}
    assert values["kaggle30/val: top-1"]["boxes"] == 1
    assert values["omerdvi: score at 0.5"]["boxes"] == 0 and "omerdvi: mean cello score" in table
    assert values["false alarms: all"]["boxes"] == 1
    assert table["guitar_boxes: AP@0.5"]["boxes"].interval and not table["guitar_boxes: AP@0.5"]["maps"].interval
    assert "ImageNet: the teacher's class" in table
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:6] == list(report.WHO)
    assert len([line for line in printed if line.startswith("guitar_boxes: hit (2)")]) == 1
    assert (tmp_path / "drawn" / "precision.svg").stat().st_size > 1000


def test_without_heads_of_the_folds_it_is_said(data, strangers, tmp_path, capsys):
    (tmp_path / "bundled" / "folds").rmdir()
    table = report.evaluate(data)
    assert "no heads in" in capsys.readouterr().out
    assert "folds" not in table["guitar_boxes: AP@0.5"]
