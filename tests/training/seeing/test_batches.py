import numpy as np
import pytest
import torch

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import batches, cutouts, photos
from milo_demo.training.seeing.batches import BoxedSet, PretrainingSet
from milo_demo.training.seeing.scenes import Maker

ROWS = {LABELS.index("guitar"): 0, LABELS.index("tuba"): 1}


@pytest.fixture
def pretraining(drawn_photos, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 4)
    monkeypatch.setattr(batches, "SIZES_PX", {(64, 48): 0.5, (48, 64): 0.5})
    album = photos.split(photos.find(drawn_photos))["train"]
    return PretrainingSet(album, Maker(cutouts.find(album), album, 3), {}, ROWS, seed=3)


def test_a_picture_is_a_function_of_its_index(pretraining, drawn_photos):
    for pictures in (pretraining, BoxedSet(photos.boxed(drawn_photos), ROWS, seed=3)):
        for index in (0, 7, 12345):
            for part, again in zip(pictures[index], pictures[index], strict=True):
                assert all(torch.equal(a, b) for a, b in zip(part, again, strict=True))
        assert len({pictures[index][0].shape for index in range(batches.BATCH)}) == 1, "a batch has one size"


def test_a_photo_teaches_no_place_but_that_other_labels_are_not_there(pretraining, monkeypatch):
    monkeypatch.setattr(batches, "MADE", 0.0)
    for index in range(20):
        _, wanted, asked = pretraining[index]
        for label, row in ROWS.items():
            assert (wanted.middle[row] == (-1 if asked[label] > 0 else 0)).all()


def test_only_what_is_large_in_a_scene_is_asked_of_the_map(pretraining, monkeypatch):
    monkeypatch.setattr(batches, "MADE", 1.0)
    answers = set()
    for index in range(60):
        _, wanted, asked = pretraining[index]
        for label, row in ROWS.items():
            boxed = bool((wanted.middle[row] == 1).any())
            answers.add((boxed, int(asked[label])))
    # A box too small, or an instrument whose box did not stand, is left open.
    assert answers == {(True, 1), (True, -1), (False, 0), (False, -1)}


def test_a_photo_whose_boxes_are_known_teaches_that_its_instrument_is_nowhere_else(pretraining, monkeypatch):
    monkeypatch.setattr(batches, "MADE", 0.0)
    monkeypatch.setattr(batches, "EMPTY", 0.0)
    for score, unknown in ((1.0, {False}), (0.9, {True})):
        pretraining.first = {
            photo.path: [Detection(LABELS.index(photo.kind), score, 0.3, 0.3, 0.7, 0.7)]
            for photo in pretraining.shown
            if photo.kind in ("guitar", "tuba")
        }
        seen = set()
        for index in range(40):
            _, wanted, asked = pretraining[index]
            for label, row in ROWS.items():
                own = wanted.middle[row]
                if asked[label] > 0 and (own == 1).any():
                    seen.add(bool((own < 0).any()))
        assert seen == unknown


def test_boxes_drawn_by_hand_are_shown(drawn_photos, pretraining):
    pictures = BoxedSet(photos.boxed(drawn_photos), ROWS, seed=3)
    seen = [pictures[index] for index in range(12)]
    assert sum(bool((wanted.middle[0] == 1).any()) for _, wanted, _ in seen) > 6
    assert all(np.all(asked.numpy() == -1) for _, _, asked in seen), "the map is asked nothing"


def test_some_batches_have_been_through_a_video_codec(pretraining, monkeypatch):
    items = [pretraining[index] for index in range(batches.BATCH)]
    plain = torch.stack([picture for picture, _, _ in items])
    for coded in (0.0, 1.0):
        monkeypatch.setattr(batches, "CODED", coded)
        pictures, wanted, asked = batches.collated(items)
        assert pictures.shape == plain.shape and pictures.dtype == torch.uint8
        assert torch.equal(pictures, plain) == (coded == 0.0)
        assert len(wanted.middle) == len(asked) == batches.BATCH
