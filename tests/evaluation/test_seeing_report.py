import numpy as np
import pytest
from PIL import Image

from milo_demo.evaluation import seeing
from milo_demo.seeing import Region
from milo_demo.instruments import LABELS


def test_yolo_boxes_are_read_as_sides(tmp_path):
    folder = tmp_path / "images" / "guitar_boxes"
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for name, text in (("a", "0 0.5 0.4 0.2 0.4\n0 0.1 0.1 0.2 0.2\n"), ("b", "\n")):
        Image.new("RGB", (20, 20)).save(folder / "images" / f"{name}.jpg")
        (folder / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
    (_, two), (_, none) = seeing.guitar_boxes(tmp_path)
    guitar = LABELS.index("guitar")
    assert two[0] == pytest.approx((guitar, 1.0, 0.4, 0.2, 0.6, 0.6))
    assert len(two) == 2 and none == []


def test_a_hit_is_inside_any_box():
    boxes = [Region(0, 1, 0.0, 0.0, 0.2, 0.2), Region(0, 1, 0.5, 0.5, 1.0, 1.0)]
    assert seeing.inside(0.7, 0.9, boxes) and seeing.inside(0.1, 0.2, boxes)
    assert not seeing.inside(0.3, 0.3, boxes)
    assert seeing.best(Region(0, 1, 0.5, 0.5, 1.0, 0.75), boxes) == pytest.approx(0.5)


def test_an_eye_looks_at_a_file(tmp_path):
    eye = seeing.Eye(seeing.Trunk().eval(), seeing.ObjectMap(rows=1018).eval())
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / "dark.png")
    maps, scores, row = eye.look(tmp_path / "dark.png", side_px=96)
    assert maps.shape == (len(LABELS), 4, 6) and scores.shape == (len(LABELS),) and 0 <= row < 1001
