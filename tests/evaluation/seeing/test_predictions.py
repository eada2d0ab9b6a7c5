from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from milo_demo.evaluation.seeing import baselines, predictions
from milo_demo.evaluation.seeing.predictions import Place, Prediction
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.object_map import NO_LABEL
from milo_demo.models.trunk import Trunk
from milo_demo.outside import LOOKS
from milo_demo.seeing import closer
from milo_demo.seeing.detect import Eye, Sight

GUITAR, HARP = LABELS.index("guitar"), LABELS.index("harp")


def seen(label=GUITAR, rows=slice(2, 4), columns=slice(4, 8), boxes=()):
    """What an eye says that sees one thing at some of 6 x 10 cells."""
    maps = np.zeros((len(LABELS), 6, 10), np.float32)
    maps[label, rows, columns] = 0.8
    return Prediction((160, 96), maps, list(boxes))


def test_a_map_points_at_its_peak_and_its_region_is_around_it():
    place = predictions.by_maps(seen(), [GUITAR])[GUITAR]
    assert 0.4 < place.x < 0.8 and 1 / 3 < place.y < 2 / 3
    assert place.region[2:] == pytest.approx((0.4, 1 / 3, 0.8, 2 / 3))
    assert predictions.by_maps(seen(), [HARP]) == {}


def test_a_name_is_asked_for_even_where_another_is_stronger():
    both = seen()
    both.maps[HARP] = both.maps[GUITAR] / 2
    assert [region.label for region in both.regions] == [GUITAR]
    assert set(predictions.by_maps(both, [GUITAR, HARP])) == {GUITAR, HARP}


def test_of_boxes_the_surest_counts():
    boxes = [Detection(GUITAR, 0.3, 0.0, 0.0, 0.2, 0.2), Detection(GUITAR, 0.9, 0.5, 0.5, 0.9, 0.7)]
    places = predictions.by_boxes(boxes, [GUITAR, HARP])
    assert set(places) == {GUITAR} and places[GUITAR][:2] == pytest.approx((0.7, 0.6))


def test_what_the_head_has_no_name_for_is_boxed_by_its_map():
    cello = LABELS.index("cello")

    class Maps(torch.nn.Module):
        row_label = torch.tensor([cello, GUITAR, NO_LABEL])

        def rows(self, features):
            return features

        def others(self, rows):
            return torch.zeros(1, 0)

        def maps(self, rows):
            maps = torch.zeros(1, len(LABELS), 6, 10)
            maps[0, cello, 2:4, 4:8], maps[0, GUITAR, :2, :3] = 0.9, 0.8
            return maps, maps.amax((2, 3))

    class GuitarsOnly(baselines.NoBoxes):
        def __init__(self):
            super().__init__()
            self.row_label = [GUITAR]

    (found,) = predictions.predict(Eye(Trunk(), Maps(), GuitarsOnly()), [Image.new("RGB", (160, 96))])
    assert found.size == (160, 96) and found.map_scores[GUITAR] == pytest.approx(0.8)
    assert [(box.label, pytest.approx(box.score)) for box in found.boxes] == [(cello, 0.9)]
    assert found.box_scores[cello] == pytest.approx(0.9) and found.box_scores[GUITAR] == 0


def test_every_label_that_is_there_is_asked_once():
    truth = [
        Detection(GUITAR, 1, 0.0, 0.0, 0.2, 0.2),
        Detection(GUITAR, 1, 0.5, 0.5, 1.0, 1.0),
        Detection(HARP, 1, 0, 0, 1, 1),
    ]
    in_second = Place(0.7, 0.9, Detection(GUITAR, 1, 0.5, 0.5, 1.0, 0.7))
    assert predictions.located(truth, {GUITAR: in_second}) == ([True, False], [False, False])
    beside = Place(0.3, 0.3, Detection(GUITAR, 1, 0.5, 0.5, 1.0, 0.9))
    assert predictions.located(truth, {GUITAR: beside}) == ([False, False], [True, False])


def test_a_second_look_sees_what_is_small(monkeypatch):
    """An eye that finds what fills a tenth of its frame's width surely, and less so what is smaller."""

    def detect(frames, eye):
        for frame in frames:
            columns = np.flatnonzero(frame[..., 0].max(axis=0) > 128)
            maps, boxes = np.zeros((1, len(LABELS), 6, 10), np.float32), []
            if len(columns):
                x0, x1 = columns[0] / frame.shape[1], (columns[-1] + 1) / frame.shape[1]
                boxes.append(Detection(GUITAR, 0.9 if x1 - x0 >= 0.1 else 0.3, x0, 0.4, x1, 0.6))
            yield Sight(maps, [boxes], others=np.zeros((1, len(LOOKS)), np.float32))

    monkeypatch.setattr(predictions, "detect", detect)
    monkeypatch.setattr(closer, "detect", detect)
    picture = Image.new("RGB", (768, 480))
    picture.paste((255, 0, 0), (400, 200, 450, 280))
    [found] = predictions.predict_twice(SimpleNamespace(unboxed=set(), closeup=None), [picture])
    assert [box.score for box in found.boxes] == [0.9] and found.boxes[0].x0 == pytest.approx(400 / 768, abs=0.01)
