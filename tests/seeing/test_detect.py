from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from milo_demo import weights
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.outside import LOOKS
from milo_demo.seeing import detect
from milo_demo.seeing.detect import Eye, Sight, load, look, named, see
from milo_demo.seeing.regions import join


@pytest.fixture(scope="module")
def eye():
    torch.manual_seed(0)
    objects, boxes = ObjectMap(rows=30).eval(), BoxHead(["guitar", "harp"]).eval()
    objects.row_label[: len(LABELS)] = torch.arange(len(LABELS))
    boxes.offset.fill_(4.0)  # so that an untrained head finds something
    return Eye(Trunk().eval(), objects, boxes)


def test_a_clip_is_seen_batch_by_batch(eye):
    clip = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)
    asked = []

    def frames():
        for number, frame in enumerate(clip):
            asked.append(number)
            yield frame

    seen = see(frames(), eye, batch=2)
    maps, found, _, others, *_ = next(seen)
    assert asked == [0, 1], "only the frames of the first batch may have been decoded"
    assert maps.shape == (2, len(LABELS), 3, 4) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() <= 1
    assert others.shape == (2, len(LOOKS)) and others.max() < 1e-3, "this eye has no rows for them"
    assert [len(found)] + [len(later.found) for later in seen] == [2, 2, 1]


def test_boxes_are_parts_of_the_frame_surest_first(eye):
    frame = np.random.default_rng(1).integers(0, 256, (40, 72, 3), dtype=np.uint8)
    ((_, (found,), known, *_),) = see([frame], eye)
    assert known.shape == (1, 1280)
    assert found and {LABELS[region.label] for region in found} <= {"guitar", "harp"}
    assert [region.score for region in found] == sorted((region.score for region in found), reverse=True)
    for region in found:
        assert 0 <= region.x0 < region.x1 <= 1 and 0 <= region.y0 < region.y1 <= 1


def test_what_is_known_of_one_view_stays_there(eye, monkeypatch):
    class Counting:
        """Says of every box how many pictures it has named so far."""

        def __init__(self, *_) -> None:
            self.count = 0

        def name(self, *_) -> list[int]:
            self.count += 1
            return [self.count]

    monkeypatch.setattr(detect, "Namer", Counting)
    frames = [np.zeros((1, 1, 3), np.uint8)] * 3
    pair = Sight(np.zeros((3, 1, 1, 1), np.float32), [[], [], []], frames=frames)
    views = named([pair, pair], replace(eye, closeup=nn.Identity()), turns=3)
    assert [sight.found for sight in views] == [[[1]] * 3, [[2]] * 3]


def test_no_frames_no_result(eye):
    assert list(see([], eye)) == []


def test_one_look_has_the_maps_stand_in_for_what_the_head_has_no_name_for(eye):
    frame = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    cello = LABELS.index("cello")
    assert cello in eye.unboxed and LABELS.index("harp") not in eye.unboxed
    [seen] = see([frame], eye)
    sight = look(frame, eye)
    assert sight.found == [join(seen.found[0], seen.maps[0], eye.unboxed)]


def test_the_bundled_eye_finds_what_its_cards_say():
    eye = load()
    cards = weights.cards()
    assert {LABELS[label] for label in eye.mapped} == set(cards["object"][0].labels)
    assert {LABELS[label] for label in eye.unboxed} == set(cards["object"][0].labels) - set(cards["boxes"][0].labels)
    assert [used.role for used in eye.used] == ["trunk", "object", "boxes", "closeup"]
