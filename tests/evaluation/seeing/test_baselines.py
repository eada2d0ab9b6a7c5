from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from milo_demo.errors import MiloError
from milo_demo.evaluation.seeing import baselines
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.naming.closeup import CloseUp
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import photos
from milo_demo.weights.card import Card
from milo_demo.weights.registry import sha256

HARP = LABELS.index("harp")


def test_the_guess_is_told_what_is_there():
    assert baselines.centred([Detection(HARP, 1, 0, 0, 0.1, 0.1)] * 2) == [Detection(HARP, 0.5, 0.25, 0.25, 0.75, 0.75)]


def test_the_ceiling_lies_on_cells_around_the_truth():
    (box,) = baselines.on_cells([Detection(HARP, 1, 0.11, 0.1, 0.4, 0.9)], (160, 96))
    assert box[2:] == pytest.approx((0.1, 0.0, 0.4, 1.0))


def test_each_photo_is_looked_at_by_the_head_that_does_not_know_it(data, tmp_path):
    ours = Eye(Trunk().eval(), ObjectMap(rows=30).eval(), baselines.NoBoxes())
    with pytest.raises(MiloError, match="train the eye"):
        baselines.by_folds(ours, [], [], tmp_path / "folds")
    for name, sure in (("first", 3.0), ("second", -1.0)):
        head = BoxHead(["harp"])
        head.offset.fill_(sure)
        head.gains.zero_()
        numbers = tmp_path / "folds" / f"boxes_{name}.safetensors"
        numbers.parent.mkdir(exist_ok=True)
        save_file({key: value.contiguous() for key, value in head.state_dict().items()}, numbers)
        config, thresholds = {"labels": ["harp"]}, {"harp": 0.5}
        card = Card("boxes", "box-head", "0", ("harp",), config, thresholds, ("none",), "none", sha256(numbers))
        card.write(numbers.with_suffix(".json"))
    with pytest.raises(MiloError, match="closeup_first"):
        baselines.by_folds(replace(ours, closeup=CloseUp(["harp"])), [], [], tmp_path / "folds")
    real = photos.boxed(data)
    assert {photos.fold(photo) for photo in real} == {"first", "second"}
    found = baselines.by_folds(ours, real, [photos.read(photo.path) for photo in real], tmp_path / "folds")
    for photo, seen in zip(real, found, strict=True):
        wanted = {"first": torch.tensor(3.0), "second": torch.tensor(-1.0)}[photos.fold(photo)].sigmoid().item()
        assert seen.boxes and seen.boxes[0].score == pytest.approx(wanted, abs=1e-3)
