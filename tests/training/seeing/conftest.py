import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from milo_demo.models.trunk import Trunk
from milo_demo.training.seeing.teacher import ROWS, Teacher


@pytest.fixture
def teacher():
    torch.manual_seed(0)
    trunk = Trunk().eval().requires_grad_(False)
    for module in trunk.modules():
        if isinstance(module, torch.nn.Conv2d):  # torch's own initialisation fades out over 49 layers without training
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    names = [f"thing {number}" for number in range(ROWS - 2)]
    return Teacher(
        trunk,
        torch.randn(ROWS, 1280) * 0.03,
        torch.zeros(ROWS),
        [*names, "grand piano, grand", "cello, violoncello"],
    )


@pytest.fixture
def drawn_photos(tmp_path):
    """Drawn instruments on paper and in coloured rooms, empty rooms, and rooms with boxes drawn by hand."""
    rng = np.random.default_rng(0)
    images = tmp_path / "data" / "images"

    def room(shape=None, paper=False):
        image = Image.new("RGB", (64, 64), "white" if paper else tuple(rng.integers(0, 256, 3).tolist()))
        if shape:
            left, top = rng.integers(5, 25, 2).tolist()
            colour = tuple(rng.integers(0, 160, 3).tolist())
            ImageDraw.Draw(image).rectangle((left, top, left + shape[0], top + shape[1]), fill=colour)
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
