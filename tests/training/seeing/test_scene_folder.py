import numpy as np
import pytest
from PIL import Image, ImageDraw

from milo_demo.__main__ import main
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import scene_folder, voc


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Drawn instruments on white paper and coloured rooms, enough that every part of the split has some."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for kind, corners in (("harp", (20, 10, 60, 90)), ("flute", (5, 45, 95, 55))):
        (folder / "images" / "kaggle30" / "train" / kind).mkdir(parents=True)
        for k in range(24):
            photo = Image.new("RGB", (100, 100), "white")
            ImageDraw.Draw(photo).rectangle(corners, fill=tuple(rng.integers(0, 200, 3).tolist()))
            photo.save(folder / "images" / "kaggle30" / "train" / kind / f"{k}.jpg", quality=95)
    (folder / "images" / "scenes").mkdir()
    for k in range(24):
        Image.new("RGB", (80, 60), tuple(rng.integers(0, 256, 3).tolist())).save(folder / f"images/scenes/{k}.jpg")
    return folder


def test_made_scenes_are_a_voc_folder_with_statistics(data, tmp_path, capsys):
    out = tmp_path / "made"
    assert main(["scenes", "--data", str(data), "--out", str(out), "--count", "10", "--seed", "3"]) == 0
    assert "train: 8 scenes" in capsys.readouterr().out
    train, val = voc.read(out, "train"), voc.read(out, "val")
    assert len(train) == 8 and len(val) == 2
    assert not {path for path, _ in train} & {path for path, _ in val}
    labels = {LABELS[box.label] for _, boxes in train + val for box in boxes}
    assert set((out / "classes.txt").read_text().split()) == labels <= {"harp", "flute"} and labels
    for name in ("classes", "sizes", "places"):
        assert (out / f"{name}.svg").stat().st_size > 1000


def test_the_same_seed_makes_the_same_boxes(data, tmp_path):
    for name in ("one", "two"):
        scene_folder.write(data, tmp_path / name, count=4, seed=1)
    one, two = ([boxes for _, boxes in voc.read(tmp_path / name)] for name in ("one", "two"))
    assert one == two and any(one)


def test_a_folder_in_use_and_too_few_scenes_are_refused(data, tmp_path, capsys):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    for out, count in (("kept", "5"), ("new", "1")):
        assert main(["scenes", "--data", str(data), "--out", str(tmp_path / out), "--count", count]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not (tmp_path / "new").exists()


def test_coverage_counts_boxes_per_picture():
    left, whole = Detection(0, 1.0, 0.0, 0.0, 0.5, 1.0), Detection(0, 1.0, 0.0, 0.0, 1.0, 1.0)
    covered = scene_folder.coverage([[left, whole], []])
    assert covered[0, 0] == 1 and covered[-1, -1] == 0.5
