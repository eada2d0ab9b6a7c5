import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from milo_demo.instruments import LABELS
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training import object as recipe
from milo_demo.training import photos, teacher_image
from milo_demo.training.teacher_image import Teacher


@pytest.fixture
def teacher():
    torch.manual_seed(0)
    trunk = Trunk().eval().requires_grad_(False)
    for module in trunk.modules():
        if isinstance(module, torch.nn.Conv2d):  # torch's own initialisation fades out over 52 layers without training
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    names = ["background", *(f"thing {number}" for number in range(teacher_image.ROWS - 3))]
    return Teacher(
        trunk,
        torch.randn(teacher_image.ROWS, 1280) * 0.03,
        torch.zeros(teacher_image.ROWS),
        [*names, "grand piano, grand", "cello, violoncello"],
    )


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    for folder, hue in (("scenes", 0), ("kaggle30/train/tuba", 90), ("kaggle30/train/piano", 170), ("jray10/tuba", 90)):
        for number in range(8):
            path = tmp_path / "data" / "images" / folder / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(hue, hue + 80, (48, 48, 3), dtype=np.uint8)).save(path)
    return tmp_path / "data"


def test_the_teachers_rows_stay_and_new_ones_come_after(teacher, data):
    kinds = recipe.row_kinds(teacher, photos.find(data))
    assert kinds[999:] == ["piano", "cello", "tuba"]
    objects = recipe.object_map(teacher, kinds)
    assert torch.equal(objects.rows.weight[:1001, :, 0, 0], teacher.weight)
    assert objects.row_label[[0, 999, 1001]].tolist() == [-1, LABELS.index("piano"), LABELS.index("tuba")]


def test_new_rows_learn_their_photos_and_nothing_else_moves(teacher, data):
    album = [photo for photo in photos.find(data) if not photos.held_out(photo)]
    kinds = recipe.row_kinds(teacher, album)
    objects = recipe.object_map(teacher, kinds)
    recipe.fit_new_rows(teacher, objects, album, kinds, seed=0, steps=60)
    assert torch.equal(objects.rows.weight[:1001, :, 0, 0], teacher.weight)
    features = recipe.pooled_features(teacher.trunk, album, seed=1)
    strongest = objects.rows(features[..., None, None]).argmax(1).flatten()
    tuba = torch.tensor([photo.kind == "tuba" for photo in album])
    assert ((strongest == 1001) == tuba).float().mean() > 0.8


def test_a_lesson_is_a_function_of_its_index(teacher, data):
    album = [photo for photo in photos.find(data) if not photos.held_out(photo)]
    kinds = recipe.row_kinds(teacher, album)
    lesson = recipe.Lesson(album, kinds, seed=3)
    for index in (0, 7, 12345):
        (picture, shown), (again, _) = lesson[index], lesson[index]
        assert torch.equal(picture, again) and picture.dtype == torch.uint8
        assert all(kinds[row] in ("tuba", "piano") for row in shown.tolist() if row >= 0)
    sizes = {lesson[index][0].shape for index in range(recipe.BATCH)}
    assert len(sizes) == 1, "a batch has one size"


def test_training_moves_every_layer_and_leaves_two_checkpoints(teacher, data, tmp_path, monkeypatch):
    monkeypatch.setattr(teacher_image, "load", lambda data: teacher)
    monkeypatch.setattr(recipe, "BATCH", 4)
    monkeypatch.setattr(recipe, "SIDES_PX", (48, 64))
    monkeypatch.setattr(recipe, "RATE_TRUNK", 1e-2)  # so that one step shows in half precision
    before = {name: value.clone() for name, value in teacher.trunk.state_dict().items()}
    out = tmp_path / "out" / "object.safetensors"
    recipe.train(data, out, minutes=0.02, seed=0)

    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["labels"] == ["cello", "piano", "tuba"]
    objects, trunk = ObjectMap(**card["config"]), Trunk()
    objects.load_state_dict(load_file(out))
    trunk.load_state_dict(load_file(out.with_name("trunk.safetensors")))
    for name, value in trunk.state_dict().items():
        assert not torch.equal(value, before[name].half().float()), f"{name} was not trained"
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "object.json", "object.safetensors", "trunk.json", "trunk.safetensors",
    ]  # fmt: skip


def test_a_stopped_run_goes_on_where_it_was(teacher, data, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "BATCH", 2)
    monkeypatch.setattr(recipe, "SIDES_PX", (32,))
    monkeypatch.setattr(recipe, "SAVE_EVERY_S", 0)
    album = [photo for photo in photos.find(data) if not photos.held_out(photo)]
    kinds = recipe.row_kinds(teacher, album)
    lesson, memory = recipe.Lesson(album, kinds, seed=0), tmp_path / "object.training"

    def run(minutes, state):
        trunk, objects = Trunk(), recipe.object_map(teacher, kinds)
        recipe.fine_tune(teacher, trunk, objects, lesson, minutes, memory, state)
        return trunk, torch.load(memory)

    trunk, state = run(1e-6, None)
    assert state["step"] == 1
    resumed, after = run(1e-6, state)
    assert after["step"] == 2 and after["spent_s"] > state["spent_s"]
    # The time was up before the second run, so its one step had a learning rate of 0.
    assert all(torch.equal(a, b) for a, b in zip(trunk.parameters(), resumed.parameters(), strict=True))
