from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training import learner
from milo_demo.training.seeing import batches, eye, photos
from milo_demo.training.seeing import object_map as map_recipe
from milo_demo.training.seeing.boxes.recipe import box_labels
from milo_demo.training.seeing.scenes import maker_of
from milo_demo.weights.card import Card


@pytest.fixture
def small(monkeypatch, teacher):
    monkeypatch.setattr(eye, "load_teacher", lambda data: teacher)
    monkeypatch.setattr(batches, "BATCH", 4)
    monkeypatch.setattr(batches, "SIZES_PX", {(64, 48): 0.5, (48, 64): 0.5})
    monkeypatch.setattr(eye, "SIDE_PX", 96)
    monkeypatch.setattr(map_recipe, "CROP_PX", 64)
    monkeypatch.setattr(eye, "learn_boxes", lambda seen, *_: dict.fromkeys((None, *photos.FOLDS), seen.boxes))
    monkeypatch.setattr(eye, "RATE_TRUNK", 1e-2)  # so that a few steps show in half precision


def pretraining_set(data):
    album = photos.split(photos.find(data))["train"]
    rows = {LABELS.index(label): row for row, label in enumerate(box_labels(album, []))}
    return batches.PretrainingSet(album, maker_of(album, 3), {}, rows, seed=3)


def test_first_boxes_are_asked_only_of_photos_with_a_room(drawn_photos, teacher):
    album = photos.find(drawn_photos)
    kinds = map_recipe.row_kinds(teacher, album)
    objects = map_recipe.object_map(teacher, kinds)
    found = eye.first_boxes(teacher.trunk, objects, album)
    assert all(int(path.stem) % 2 == 1 and path.parent.name in ("tuba", "guitar") for path in found)
    for path, [region] in found.items():
        assert LABELS[region.label] == path.parent.name


def numbers(out):
    return {path.stem: load_file(path) for path in out.parent.rglob("*.safetensors")}


def test_training_leaves_three_checkpoints_and_the_heads_of_the_folds(
    drawn_photos, small, teacher, tmp_path, monkeypatch
):
    monkeypatch.setattr(eye, "TOGETHER", 0.0)
    before = {name: value.clone() for name, value in teacher.trunk.state_dict().items()}
    out = tmp_path / "out" / "boxes.safetensors"
    eye.train(drawn_photos, out, minutes=0.03)

    assert sorted(str(path.relative_to(out.parent)) for path in out.parent.rglob("*.*")) == [
        "boxes.json", "boxes.safetensors", "folds/boxes_first.json", "folds/boxes_first.safetensors",
        "folds/boxes_second.json", "folds/boxes_second.safetensors", "object.json", "object.safetensors",
        "trunk.json", "trunk.safetensors",
    ]  # fmt: skip
    for role, network in (("boxes", BoxHead), ("object", ObjectMap), ("trunk", Trunk)):
        card = Card.read(out.parent / f"{role}.json")
        assert card.role == role and card.notes["seed"] == 0
        module = network(**card.config)
        module.load_state_dict(load_file(out.parent / f"{role}.safetensors"))
    trunk = module.state_dict()
    boxes, objects = (Card.read(out.parent / name) for name in ("boxes.json", "object.json"))
    assert boxes.labels == ("guitar", "tuba") and set(objects.labels) > set(boxes.labels)
    for name, value in before.items():
        late = int(name.split(".")[1]) >= Trunk().fine_layers
        assert torch.equal(trunk[name], value.half().float()) != late, f"{name}: only what is late learns"


def test_a_second_round_begins_from_the_first_and_ends_at_the_mean_of_both(
    drawn_photos, small, teacher, tmp_path, monkeypatch
):
    monkeypatch.setattr(eye, "TOGETHER", 0.0)
    monkeypatch.setattr(map_recipe, "restore", lambda *arguments: None)
    album = photos.split(photos.find(drawn_photos))["train"]
    kinds = map_recipe.row_kinds(teacher, album)
    learned = []

    def learn(modules, *arguments):
        began = {name: value.clone() for name, value in modules.state_dict().items()}
        with torch.no_grad():
            for value in modules.parameters():
                value += 0.5
        learned.append((began, modules.state_dict()))
        return modules

    monkeypatch.setattr(eye, "learn", learn)
    first, second = tmp_path / "first" / "boxes.safetensors", tmp_path / "second" / "boxes.safetensors"
    eye.train(drawn_photos, first)
    eye.train(drawn_photos, second, begin=first.parent)
    left, (began, came) = numbers(first), learned[1]
    for network, name in (("trunk", "trunk"), ("objects", "object")):
        for key, value in numbers(second)[name].items():
            if key in ("gain", "offset", "row_label"):
                continue  # fitted anew, or no numbers
            assert torch.equal(began[f"{network}.{key}"], left[name][key].float())
            between = (began[f"{network}.{key}"] + came[f"{network}.{key}"]) / 2
            assert torch.allclose(value.float(), between, atol=2e-3, rtol=2e-3)
    assert Card.read(second.with_suffix(".json")).notes["recipe"].endswith("--begin DIR")

    monkeypatch.setattr(map_recipe, "row_kinds", lambda teacher, album: [*kinds, "theremin"])
    with pytest.raises(MiloError, match="other things"):
        eye.train(drawn_photos, second, begin=first.parent)


def test_a_stopped_run_goes_on_where_it_was(drawn_photos, small, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(eye, "SAVE_EVERY", 1)
    pictures, resume_file = pretraining_set(drawn_photos), tmp_path / "boxes.training"
    pictures.first = {pictures.shown[0].path: [Detection(3, 1.0, 0.1, 0.2, 0.3, 0.4)]}
    kinds = map_recipe.row_kinds(teacher, pictures.shown)

    def run(minutes, resume=True):
        modules = eye.EyeModules(Trunk(), map_recipe.object_map(teacher, kinds), BoxHead(["guitar", "tuba"]))
        modules.trunk.load_state_dict(teacher.trunk.state_dict())
        return eye.learn(modules, teacher, pictures, minutes, resume_file, resume)

    averaged = run(1e-6, resume=False)
    state = learner.read_state(resume_file)
    assert state["budget"]["steps"] >= 1
    first = {Path(path): [Detection(*box) for box in boxes] for path, boxes in state["notes"]["first"].items()}
    assert first == pictures.first
    resumed = run(1e-6)  # the time was up: nothing is left to learn
    assert all(torch.equal(a, b) for a, b in zip(averaged.parameters(), resumed.parameters(), strict=True))
    assert learner.read_state(resume_file)["budget"] == state["budget"]
    run(state["budget"]["trained_s"] / 60 + 1e-6)  # more than was spent, however slow the machine
    assert learner.read_state(resume_file)["budget"]["steps"] > state["budget"]["steps"]
