import copy
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from milo_demo.instruments import LABELS
from milo_demo.training.seeing import object_map as recipe
from milo_demo.training.seeing import photos


@pytest.fixture(autouse=True)
def _in_plain_light(monkeypatch):
    monkeypatch.setattr(recipe, "developed", lambda picture, rng: picture)
    monkeypatch.setattr(recipe, "VIEWS", 0)
    monkeypatch.setattr(recipe, "CROP_PX", 64)


@pytest.fixture
def album(tmp_path):
    rng = np.random.default_rng(0)
    colours = {"scenes": (60, 60, 60), "kaggle30/train/tuba": (190, 160, 20), "kaggle30/train/piano": (20, 20, 160)}
    for folder, colour in colours.items():
        for number in range(8):
            path = tmp_path / "images" / folder / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((rng.integers(0, 60, (48, 48, 3)) + colour).astype(np.uint8)).save(path)
    return photos.find(tmp_path)


def test_the_teachers_rows_stay_and_new_ones_come_after(teacher, album):
    kinds = recipe.row_kinds(teacher, album)
    assert kinds[998:] == ["piano", "cello", "tuba"]
    objects = recipe.object_map(teacher, kinds)
    assert torch.equal(objects.rows.weight[:1000, :, 0, 0], teacher.weight)
    assert objects.row_label[[0, 998, 1000]].tolist() == [-1, LABELS.index("piano"), LABELS.index("tuba")]


def test_new_rows_learn_their_photos_and_nothing_else_moves(teacher, album):
    kinds = recipe.row_kinds(teacher, album)
    objects = recipe.object_map(teacher, kinds)
    recipe.fit_new_rows(teacher, objects, album, kinds, seed=0, steps=60)
    assert torch.equal(objects.rows.weight[:1000, :, 0, 0], teacher.weight)
    features = recipe.pooled_features(teacher.trunk, album, seed=1)
    strongest = objects.rows(features[..., None, None]).argmax(1).flatten()
    tuba = torch.tensor([photo.kind == "tuba" for photo in album])
    assert ((strongest == 1000) == tuba).float().mean() > 0.8


def test_calibration_sets_the_score_at_which_empty_pictures_are_silent(teacher, album, monkeypatch):
    monkeypatch.setattr(recipe, "SIDE_PX", 48)
    monkeypatch.setattr(recipe, "half", lambda device: nullcontext())  # so that scores here are those there
    album = [photo for photo in album if photo.kind != "piano"]  # of which this teacher knows nothing
    kinds = recipe.row_kinds(teacher, album)
    objects = recipe.object_map(teacher, kinds)
    recipe.fit_new_rows(teacher, objects, album, kinds, seed=0, steps=60)
    measured = recipe.calibrate(teacher.trunk, objects, album)
    assert set(measured) == {"held_out_recall", "held_out_top1", "held_out_wrong_label", "held_out_false_alarms"}
    frames = torch.stack([photos.tensor(photos.read(photo.path)) for photo in album])
    with torch.no_grad():
        scores = objects(teacher.trunk(frames).coarse)[1]
    surest = scores[[photo.kind is None for photo in album]].amax(1)
    assert (surest > 0.5).sum() == 1, "one in eight is not less than one in a hundred"
    recall = [float(scores[k, LABELS.index(photo.kind)]) > 0.5 for k, photo in enumerate(album) if photo.kind]
    assert measured["held_out_recall"] == pytest.approx(np.mean(recall), abs=0.07)


def test_the_teachers_answers_come_back_on_a_trunk_that_has_moved(teacher, album, monkeypatch):
    monkeypatch.setattr(recipe, "RESTORING_RATE", 1e-3)
    kinds = recipe.row_kinds(teacher, album)
    objects = recipe.object_map(teacher, kinds)
    moved = copy.deepcopy(teacher.trunk)
    moved.layers[-2].bias.data += 0.3
    theirs = recipe.pooled_features(teacher.trunk, album, seed=5)
    answers = functional.linear(theirs, teacher.weight, teacher.bias).log_softmax(1)

    def apart():
        rows = objects.rows(recipe.pooled_features(moved, album, seed=5)[..., None, None])[:, :1000, 0, 0]
        return functional.kl_div(rows.log_softmax(1), answers, reduction="batchmean", log_target=True)

    before, new = apart(), objects.rows.weight[1000:].clone()
    recipe.restore(teacher, moved, objects, album, seed=5, steps=50)
    assert apart() < 0.5 * before
    assert torch.equal(objects.rows.weight[1000:], new)
