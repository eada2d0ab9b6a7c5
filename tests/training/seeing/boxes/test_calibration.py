import torch
from PIL import Image

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import Candidates
from milo_demo.training.seeing.boxes.calibration import WRONG, Picture, _judged

HARP, TUBA = LABELS.index("harp"), LABELS.index("tuba")
IMAGE = Image.new("RGB", (200, 100))


def candidates():
    """Two boxes of a harp at one place, the second a little off, one far away; a tuba at the first place."""
    edges = torch.tensor([[20.0, 20, 60, 80], [30, 20, 70, 80], [150, 10, 190, 40], [20, 20, 60, 80]])
    evidence = torch.tensor([[2.0, 1.0], [1.0, 1.0], [0.0, -1.0], [1.5, -2.0]])
    return Candidates(torch.tensor([HARP, HARP, HARP, TUBA]), evidence, edges)


def judged(boxes, kind):
    evidence, right = _judged(candidates(), Picture(IMAGE, boxes, kind))
    return {(tuple(row), bool(good)) for row, good in zip(evidence.tolist(), right, strict=True)}


def test_in_a_made_scene_the_best_fitting_box_is_right_and_strangers_are_wrong():
    truth = [Detection(HARP, 1.0, 0.1, 0.2, 0.3, 0.8)]
    assert judged(truth, None) == {((2.0, 1.0), True), ((1.5, -2.0), False), ((0.0, -1.0), False)}


def test_on_a_photo_the_best_box_of_its_label_is_right_and_other_names_are_wrong():
    assert judged(None, "harp") == {((2.0, 1.0), True), ((1.5, -2.0), False)}


def test_without_instruments_the_most_convincing_boxes_are_wrong():
    assert WRONG == 3
    for boxes in (None, []):
        assert judged(boxes, None) == {((2.0, 1.0), False), ((1.0, 1.0), False), ((1.5, -2.0), False)}
