import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training import cutouts, eye, photos, teacher_image
from milo_demo.training import object as map_recipe
from milo_demo.training.scenes import Maker


@pytest.fixture
def data(tmp_path):
    """Drawn instruments on paper and in coloured rooms, empty rooms, and rooms with boxes drawn by hand."""
    rng = np.random.default_rng(0)
    images = tmp_path / "data" / "images"

    def room(shape=None, paper=False):
        image = Image.new("RGB", (64, 64), "white" if paper else tuple(rng.integers(0, 256, 3).tolist()))
        if shape:
            left, top = rng.integers(5, 25, 2).tolist()
            ImageDraw.Draw(image).rectangle((left, top, left + shape[0], top + shape[1]), fill=(150, 80, 20))
        return image

    for kind, shape in (("tuba", (30, 30)), ("guitar", (34, 9))):
        for number in range(24):
            path = images / "kaggle30" / "train" / kind / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            room(shape, paper=number % 2 == 0).save(path, quality=95)
    for folder in ("scenes", "guitar_boxes/images", "guitar_boxes/labels"):
        (images / folder).mkdir(parents=True)
    for number in range(16):
        room().save(images / "scenes" / f"{number}.jpg")
        room((34, 9)).save(images / "guitar_boxes" / "images" / f"{number}.jpg")
        (images / "guitar_boxes" / "labels" / f"{number}.txt").write_text("0 0.5 0.4 0.5 0.2\n")
    return tmp_path / "data"


@pytest.fixture
def small(monkeypatch, teacher):
    monkeypatch.setattr(teacher_image, "load", lambda data: teacher)
    monkeypatch.setattr(eye, "BATCH", 4)
    monkeypatch.setattr(eye, "SIZES_PX", ((64, 48), (48, 64)))
    monkeypatch.setattr(eye, "SCENES", 8)
    monkeypatch.setattr(eye, "SIDE_PX", 96)
    monkeypatch.setattr(eye, "RATE_TRUNK", 1e-2)  # so that a few steps show in half precision


def lesson(data, first=None):
    album = photos.split(photos.find(data))["train"]
    rows = {LABELS.index(label): row for row, label in enumerate(eye.box_labels(album))}
    return eye.Lesson(album, Maker(cutouts.find(album), album, 3), first or {}, rows, seed=3)


def test_a_lesson_is_a_function_of_its_index(data, small):
    one, two = lesson(data), lesson(data)
    for index in (0, 7, 12345):
        for part, again in zip(one[index], two[index], strict=True):
            assert all(torch.equal(a, b) for a, b in zip(part, again, strict=True))
    assert len({one[index][0].shape for index in range(eye.BATCH)}) == 1, "a batch has one size"


def test_a_photo_teaches_no_place_but_that_other_labels_are_not_there(data, small, monkeypatch):
    monkeypatch.setattr(eye, "MADE", 0.0)
    pictures = lesson(data)
    rows = {LABELS[label]: row for label, row in pictures.rows.items()}
    assert set(rows) == {"guitar", "tuba"}
    for index in range(20):
        _, wanted, asked = pictures[index]
        shown = [LABELS[label] for label in torch.nonzero(asked > 0).flatten().tolist()]
        for label, row in rows.items():
            assert (wanted.middle[row] == (-1 if label in shown else 0)).all()


def test_first_boxes_are_asked_only_of_photos_with_a_room(data, teacher):
    album = photos.find(data)
    kinds = map_recipe.row_kinds(teacher, album)
    objects = map_recipe.object_map(teacher, kinds)
    found = eye.first_boxes(teacher, objects, album)
    assert all(int(path.stem) % 2 == 1 and path.parent.name in ("tuba", "guitar") for path in found)
    for path, region in found.items():
        assert LABELS[region.label] == path.parent.name


def test_training_leaves_three_checkpoints_and_the_heads_of_the_folds(data, small, teacher, tmp_path):
    before = {name: value.clone() for name, value in teacher.trunk.state_dict().items()}
    out = tmp_path / "out" / "boxes.safetensors"
    eye.train(data, out, minutes=0.03, rehearsal_minutes=0.01)

    assert sorted(str(path.relative_to(out.parent)) for path in out.parent.rglob("*.*")) == [
        "boxes.json", "boxes.safetensors", "folds/boxes_first.json", "folds/boxes_first.safetensors",
        "folds/boxes_second.json", "folds/boxes_second.safetensors", "object.json", "object.safetensors",
        "trunk.json", "trunk.safetensors",
    ]  # fmt: skip
    for role, network in (("boxes", BoxHead), ("object", ObjectMap), ("trunk", Trunk)):
        card = json.loads((out.parent / f"{role}.json").read_text(encoding="utf-8"))
        module = network(**card["config"])
        module.load_state_dict(load_file(out.parent / f"{role}.safetensors"))
    trunk = module.state_dict()
    assert json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["labels"] == ["guitar", "tuba"]
    for name, value in before.items():
        late = int(name.split(".")[1]) >= Trunk().fine_layers
        assert torch.equal(trunk[name], value.half().float()) != late, f"{name}: only what is late learns"


def test_a_stopped_run_goes_on_where_it_was(data, small, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(eye, "SAVE_EVERY", 1)
    pictures, memory = lesson(data), tmp_path / "boxes.training"
    kinds = map_recipe.row_kinds(teacher, pictures.shown)

    def run(minutes, state):
        modules = eye.EyeModules(Trunk(), map_recipe.object_map(teacher, kinds), BoxHead(["guitar", "tuba"]))
        modules.trunk.load_state_dict(teacher.trunk.state_dict())
        return eye.learn(modules, teacher, pictures, minutes, memory, state)

    averaged = run(1e-6, None)
    state = torch.load(memory)
    assert state["clock"]["steps"] >= 1
    resumed = run(1e-6, state)  # the time was up: nothing is left to learn
    assert all(torch.equal(a, b) for a, b in zip(averaged.parameters(), resumed.parameters(), strict=True))
    assert torch.load(memory)["clock"] == state["clock"]
    run(0.02, state)
    assert torch.load(memory)["clock"]["steps"] > state["clock"]["steps"]
