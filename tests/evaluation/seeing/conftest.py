import numpy as np
import pytest
from PIL import Image, ImageDraw


@pytest.fixture
def data(tmp_path):
    """A photo or two in each folder, and a dozen drawn instruments on white paper."""
    images, rng = tmp_path / "images", np.random.default_rng(0)

    def room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 200, (12, 16, 3), np.uint8)).resize((64, 48)).save(path)

    for k in range(24):
        room(images / "scenes" / f"{k}.jpg")
        paper = Image.new("RGB", (64, 64), "white")
        ImageDraw.Draw(paper).rectangle((20, 10, 44, 54), fill=tuple(rng.integers(0, 200, 3).tolist()))
        (images / "kaggle30" / "train" / "harp").mkdir(parents=True, exist_ok=True)
        paper.save(images / "kaggle30" / "train" / "harp" / f"{k}.jpg")
    for name in ("kaggle30/val/guitar/1.jpg", "omerdvi/cello_played.jpg", "omerdvi/ukulele_played.jpg"):
        room(images / name)
    for k, text in enumerate(("0 0.5 0.5 0.5 0.5\n", "0 0.1 0.1 0.2 0.2\n0 0.5 0.4 0.2 0.4\n", "\n")):
        room(images / "guitar_boxes" / "images" / f"{k}.jpg")
        (images / "guitar_boxes" / "labels").mkdir(exist_ok=True)
        (images / "guitar_boxes" / "labels" / f"{k}.txt").write_text(text, encoding="utf-8")
    return tmp_path
