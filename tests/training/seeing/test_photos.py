import numpy as np
import pytest
from PIL import Image, ImageOps

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo


def picture(colour=(200, 30, 30), size=(60, 40)):
    return Image.new("RGB", size, colour)


@pytest.fixture
def data(tmp_path):
    names = ["scenes/a.jpg", "scenes/b.jpg", "kaggle30/train/grand_piano/1.jpg", "kaggle30/train/sitar/1.jpg"]
    names += ["kaggle30/train/marakas/1.jpg", "jray10/violin/1.jpg", "caltech101/background_google/1.jpg"]
    for name in names:
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture().save(path)
    return tmp_path


def test_folders_become_labels_kinds_or_nothing(data):
    kinds = {str(photo.path.relative_to(data / "images")): photo.kind for photo in photos.find(data)}
    assert kinds["kaggle30/train/grand_piano/1.jpg"] == "piano"
    assert kinds["kaggle30/train/sitar/1.jpg"] == "sitar"
    assert kinds["kaggle30/train/marakas/1.jpg"] == "maraca"
    assert kinds["jray10/violin/1.jpg"] == "violin"
    assert kinds["scenes/a.jpg"] is None and kinds["caltech101/background_google/1.jpg"] is None


def test_a_folder_without_photos_is_said_so(tmp_path):
    with pytest.raises(MiloError, match="holds no photos"):
        photos.find(tmp_path)
    with pytest.raises(MiloError, match="guitar_boxes holds no photos"):
        photos.boxed(tmp_path)


def noise(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize((40, 40), Image.Resampling.NEAREST).save(path)


def test_parts_are_split_by_name_and_empties_more_evenly(tmp_path):
    album = []
    for number in range(160):
        path = tmp_path / f"{number}.png"
        noise(path, number)
        album.append(Photo(path, "violin" if number < 80 else None, "jray10"))
    parts = photos.split(album)
    assert sum(map(len, parts.values())) == 160 and all(parts.values())
    shown = {part: sum(photo.kind is not None for photo in found) for part, found in parts.items()}
    assert shown["train"] > 3 * shown["report"] and photos.split(album) == parts
    assert len(parts["report"]) - shown["report"] > shown["report"]


def test_what_looks_the_same_stays_together_and_is_kept_with_the_reported(tmp_path):
    album = []
    for number in range(12):
        album.append(Photo(tmp_path / f"{number}.png", "violin", "jray10"))
        noise(album[-1].path, seed=0)
    assert sorted(map(len, photos.split(album).values())) == [0, 0, 12]
    album.append(Photo(tmp_path / "val.png", "violin", photos.REPORTED))
    noise(album[-1].path, seed=0)
    assert len(photos.split(album)["report"]) == 13


def test_nothing_is_trained_on_that_is_a_reported_photo_mirrored_or_trimmed(tmp_path):
    album = [Photo(tmp_path / f"{name}.png", "violin", "jray10") for name in ("mirror", "margin", "other")]
    album += [Photo(tmp_path / f"{number}.png", "violin", "jray10") for number in range(30)]
    album.append(Photo(tmp_path / "val.png", "violin", photos.REPORTED))
    for number, photo in enumerate(album):
        noise(photo.path, number)
    shown = Image.open(album[-1].path)
    ImageOps.mirror(shown).save(album[0].path)
    ImageOps.expand(shown, 25, "white").save(album[1].path)
    assert {photo.path.stem for photo in album[:3]} & {p.path.stem for p in photos.split(album)["train"]} == {"other"}


def test_reading_resizes_the_long_side(data):
    assert photos.read(data / "images/scenes/a.jpg", 384).size == (384, 256)


def test_boxes_drawn_by_hand_are_read(tmp_path):
    folder = tmp_path / "images" / "guitar_boxes"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for name, text in (("a", "0 0.5 0.4 0.2 0.6\n"), ("b", "")):
        picture().save(folder / "images" / f"{name}.jpg")
        (folder / "labels" / f"{name}.txt").write_text(text)
    with_guitar, without = photos.boxed(tmp_path)
    (box,) = with_guitar.boxes
    assert LABELS[box.label] == "guitar" and box[2:] == pytest.approx((0.4, 0.1, 0.6, 0.7))
    assert without.boxes == []


def test_a_crop_takes_its_boxes_along():
    image = picture((0, 0, 0), (80, 60))
    image.paste((255, 0, 0), (20, 15, 60, 45))
    box = Detection(0, 1.0, 0.25, 0.25, 0.75, 0.75)
    kept = 0
    for seed in range(20):
        made, boxes = photos.cropped(image, [box], (96, 64), np.random.default_rng(seed))
        assert made.size == (96, 64)
        for seen in boxes:
            kept += 1
            columns = np.flatnonzero((np.array(made)[..., 0] > 128).any(axis=0))
            assert (seen.x0, seen.x1) == pytest.approx((columns[0] / 96, (columns[-1] + 1) / 96), abs=0.03)
    assert kept >= 18


def test_a_crop_leaves_out_what_mostly_lies_outside():
    corner = Detection(0, 1.0, 0.0, 0.0, 0.05, 0.05)
    crops = (photos.cropped(picture(size=(80, 60)), [corner], (64, 64), np.random.default_rng(s)) for s in range(20))
    assert 0 < sum(len(boxes) for _, boxes in crops) < 15
