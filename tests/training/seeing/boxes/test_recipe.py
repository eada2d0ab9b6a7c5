from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from milo_demo import weights
from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import Tighter
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import batches, photos, voc
from milo_demo.training.seeing.boxes import calibration, recipe
from milo_demo.training.seeing.photos import BoxedPhoto, Photo
from milo_demo.weights.card import Card


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(batches, "SIZES_PX", {(64, 48): 0.5, (48, 64): 0.5})
    monkeypatch.setattr(calibration, "SCENES", 8)
    for module in (recipe, calibration):
        monkeypatch.setattr(module, "SIDE_PX", 96)
    monkeypatch.setattr(recipe, "PICTURES", 3 * recipe.GROUP)
    monkeypatch.setattr(recipe, "OF_PEOPLE", 2 * recipe.GROUP)


def test_training_leaves_a_head_and_those_of_the_folds(drawn_photos, small, tmp_path, monkeypatch):
    out = tmp_path / "out" / "boxes.safetensors"
    cello = Detection(LABELS.index("cello"), 1.0, 0.2, 0.2, 0.6, 0.9)
    voc.save(tmp_path / "more", "train", "cello", Image.new("RGB", (64, 64)), [cello])
    recipe.train(drawn_photos, out, minutes=0.02, boxes=tmp_path / "more", workdir=tmp_path / "work")
    assert sorted(str(path.relative_to(out.parent)) for path in out.parent.rglob("*.*")) == [
        "boxes.json", "boxes.safetensors", "folds/boxes_first.json", "folds/boxes_first.safetensors",
        "folds/boxes_second.json", "folds/boxes_second.safetensors",
    ]  # fmt: skip
    heads = {path.stem: load_file(path) for path in out.parent.rglob("*.safetensors")}
    assert Card.read(out.with_suffix(".json")).labels == ("cello", "guitar", "tuba")
    for name in photos.FOLDS:
        assert f"the {name} half" in Card.read(out.parent / "folds" / f"boxes_{name}.json").notes["note"]
    for key, value in heads["boxes"].items():
        if key not in ("gains", "offset") and not key.startswith("tighter.") and value.is_floating_point():
            mean = (heads["boxes_first"][key].float() + heads["boxes_second"][key].float()) / 2
            assert torch.allclose(value.float(), mean, atol=2e-3, rtol=2e-3), "what ships has learnt from both halves"

    offs = {name: numbers["tighter.off.weight"] for name, numbers in heads.items()}
    assert all(off.abs().max() > 0 for off in offs.values()), "each has a second stage that has learnt"

    def again(*arguments):
        raise AssertionError("the trunk looked at the pictures again")

    monkeypatch.setattr(recipe, "located", again)
    begun = []
    monkeypatch.setattr(recipe, "_fit", lambda head, *_: begun.append(head) or head.eval())
    monkeypatch.setattr(recipe, "fit_tighter", lambda *_: Tighter().eval())
    recipe.train(drawn_photos, out, boxes=tmp_path / "more", workdir=tmp_path / "work", begin=out.parent / "folds")
    for name, head in zip(photos.FOLDS, begun, strict=True):
        assert torch.equal(head.reach.weight, heads[f"boxes_{name}"]["reach.weight"].float()), "each goes on by itself"
    assert Card.read(out.with_suffix(".json")).notes["recipe"].endswith("--begin DIR")
    with pytest.raises(MiloError, match="other things"):
        recipe.train(drawn_photos, out, workdir=tmp_path / "work", begin=out.parent / "folds")
    with pytest.raises(AssertionError, match="looked at the pictures again"):  # kept ones are of other boxes
        recipe.train(drawn_photos, out, workdir=tmp_path / "work")


def test_a_photo_gets_the_box_that_was_drawn_or_its_outline_or_what_the_eye_sees(drawn_photos, monkeypatch):
    monkeypatch.setattr(recipe, "guessed", lambda eye, photo, kind: [Detection(0, 0.6, 0.1, 0.1, 0.9, 0.9)])
    album = [photo for photo in photos.find(drawn_photos) if photo.collection == "kaggle30/train"]
    drawn = {album[0].path: [Detection(1, 1.0, 0.4, 0.4, 0.5, 0.5)]}
    found = recipe.located(Eye(*[None] * 3), [*album, Photo(Path("empty.jpg"), None, "scenes")], drawn)
    assert found.pop(album[0].path) == drawn[album[0].path]
    for path, boxes in found.items():
        on_paper = int(path.stem) % 2 == 0
        assert [box.score for box in boxes] == [1.0 if on_paper else 0.6], path
    assert len(found) > len(album) / 2


def test_what_a_photo_is_known_to_show_is_looked_for(monkeypatch):
    """Of a guess, only the photo's own name counts, and it is never as good as knowing."""
    guitar, banjo = LABELS.index("guitar"), LABELS.index("banjo")
    eye = Eye(*(weights.load(role).module for role in ("trunk", "object", "boxes")))
    boxes = [
        Detection(label, score, 0.1, 0.1, 0.5, 0.5) for label, score in ((banjo, 1.0), (guitar, 0.995), (guitar, 0.3))
    ]
    monkeypatch.setattr(recipe, "look", lambda frame, eye, likely: type("Sight", (), {"found": [boxes]}))
    monkeypatch.setattr(photos, "read", lambda path, side_px: Image.new("RGB", (64, 48)))
    assert recipe.guessed(eye, Path("a.jpg"), "guitar") == [boxes[1]._replace(score=recipe.BELIEVED)]
    boxes[1:] = [boxes[2]._replace(score=0.1)]
    assert recipe.guessed(eye, Path("a.jpg"), "guitar") == []


def test_the_folds_part_the_photos_by_name():
    folds = [photos.fold(BoxedPhoto(Path(folder) / f"{k}.jpg", [])) for folder in "ab" for k in range(20)]
    assert set(folds) == set(photos.FOLDS) and folds[:20] == folds[20:]
