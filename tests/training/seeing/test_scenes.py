import numpy as np
import pytest
from PIL import Image

from milo_demo.instruments import LABELS
from milo_demo.training.seeing import scenes
from milo_demo.training.seeing.cutouts import Cutout
from milo_demo.training.seeing.photos import Photo

RED, BLUE = (250, 10, 10), (10, 10, 250)


def cutout(kind, colour, height=40, width=60):
    return Cutout(kind, np.full((height, width, 4), (*colour, 255), np.uint8), 0.5)


@pytest.fixture
def empties(tmp_path):
    (tmp_path / "person").mkdir()
    Image.new("RGB", (120, 90), (60, 120, 60)).save(tmp_path / "room.png")
    Image.new("RGB", (50, 50), (200, 180, 160)).save(tmp_path / "person" / "1.png")
    return [Photo(tmp_path / "room.png", None, "scenes"), Photo(tmp_path / "person" / "1.png", None, "pacs")]


@pytest.fixture
def maker(empties):
    kinds = [cutout("harp", RED), cutout("violin", BLUE), cutout("sitar", (200, 200, 0))]
    return scenes.Maker(kinds, empties, seed=5)


def test_a_scene_is_a_function_of_its_number(maker, empties):
    again = scenes.Maker(maker.cutouts, empties, seed=5)
    one, two = maker.scene(7, 128, 72), again.scene(7, 128, 72)
    assert np.array_equal(np.array(one.picture), np.array(two.picture)) and one.boxes == two.boxes
    assert one.picture.size == (128, 72)
    assert not np.array_equal(np.array(one.picture), np.array(maker.scene(8, 128, 72).picture))


def test_boxes_fit_what_is_seen(empties, monkeypatch):
    """Red things on green: without light and people, the box is where the red is."""
    monkeypatch.setattr(scenes, "developed", lambda picture, rng: picture)
    monkeypatch.setattr(scenes, "_occlude", lambda *_: None)
    monkeypatch.setattr(scenes, "NUMBERS", (0.0, 1.0, 0.0, 0.0, 0.0, 0.0))
    maker = scenes.Maker([cutout("harp", RED)], empties[:1])
    seen = 0
    for number in range(30):
        made = maker.scene(number, 160, 120)
        picture = np.array(made.picture).astype(int)
        red = (picture[..., 0] > 90) & (picture[..., 1] < 0.4 * picture[..., 0]) & (picture[..., 2] < 40)
        for box in made.boxes:
            rows, columns = np.nonzero(red)
            if not len(rows):
                continue
            seen += 1
            assert LABELS[box.label] == "harp"
            expected = columns.min() / 160, rows.min() / 120, (columns.max() + 1) / 160, (rows.max() + 1) / 120
            assert box[2:] == pytest.approx(expected, abs=0.03)
    assert seen > 20


def test_outsiders_are_pasted_but_get_no_box(maker):
    made = [maker.scene(number, 96, 96) for number in range(60)]
    assert any("sitar" in scene.kinds for scene in made)
    assert {LABELS[box.label] for scene in made for box in scene.boxes} == {"harp", "violin"}
    assert any(not scene.kinds for scene in made), "some scenes hold nothing"
    assert any(len({box.label for box in scene.boxes}) < len(scene.boxes) for scene in made), "duets"
    for scene in made:
        for box in scene.boxes:
            assert 0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1


def test_what_is_covered_loses_its_box(empties, monkeypatch):
    def cover(picture, covered, mask, place, rng):
        covered[:] = -1

    monkeypatch.setattr(scenes, "_occlude", cover)
    monkeypatch.setattr(scenes, "NUMBERS", (0.0, 1.0, 0.0, 0.0, 0.0, 0.0))
    maker = scenes.Maker([cutout("harp", RED)], empties)
    numbers = [len(maker.scene(number, 96, 96).boxes) for number in range(30)]
    assert 0 in numbers and 1 in numbers


def test_developing_keeps_size_and_place():
    picture = Image.new("RGB", (90, 60))
    picture.paste((255, 255, 255), (30, 20, 60, 40))
    for seed in range(30):
        made = np.array(scenes.developed(picture, np.random.default_rng(seed))).mean(axis=2)
        assert made.shape == (60, 90)
        assert made[25:35, 35:55].mean() > made[:10].mean() + 10
