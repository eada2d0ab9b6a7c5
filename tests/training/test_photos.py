import numpy as np
import pytest
from PIL import Image

from milo_demo.errors import MiloError
from milo_demo.training import photos
from milo_demo.training.photos import Photo


def picture(colour=(200, 30, 30), size=(60, 40), paper=None):
    """A rectangle of one colour, on white paper if asked."""
    image = Image.new("RGB", size, colour)
    if paper:
        sheet = Image.new("RGB", paper, "white")
        sheet.paste(image, ((paper[0] - size[0]) // 2, (paper[1] - size[1]) // 2))
        return sheet
    return image


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


def test_a_whole_collection_is_held_out_and_half_of_the_scenes(tmp_path):
    assert photos.held_out(Photo(tmp_path / "1.jpg", "violin", "jray10"))
    assert not photos.held_out(Photo(tmp_path / "1.jpg", "violin", "kaggle30/train"))
    kept = [photos.held_out(Photo(tmp_path / f"{number}.jpg", None, "scenes")) for number in range(200)]
    assert 70 < sum(kept) < 130


def test_reading_resizes_the_long_side(data):
    assert photos.read(data / "images/scenes/a.jpg", 384).size == (384, 256)


def test_white_paper_is_transparent_but_not_white_inside_the_instrument():
    drum = picture(size=(30, 30), paper=(60, 60))
    drum.paste(Image.new("RGB", (10, 10), "white"), (25, 25))
    opacity = photos.opacity(np.array(drum))
    assert opacity[0, 0] == 0 and opacity[20, 20] == 255 and opacity[30, 30] == 255


def test_pictures_are_a_function_of_the_seed():
    one, same, other = (
        np.array(photos.augmented([picture()], picture((0, 0, 200)), 96, np.random.default_rng(seed)))
        for seed in (5, 5, 6)
    )
    assert one.shape == (96, 96, 3) and one.dtype == np.uint8
    assert (one == same).all() and (one != other).any()


def test_a_pasted_instrument_is_small():
    shares = []
    for seed in range(20):
        made = photos.augmented([picture(size=(40, 40))], picture((0, 0, 200)), 96, np.random.default_rng(seed))
        red, _, blue = np.array(made).astype(int).transpose(2, 0, 1)
        shares.append((red > blue).mean())
    assert 0.05 < np.mean(shares) < 0.6
