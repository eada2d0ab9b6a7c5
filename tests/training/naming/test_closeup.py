import numpy as np
import pytest
import torch
from PIL import Image

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.naming.closeup import NOTHING
from milo_demo.training.naming import closeup
from milo_demo.training.naming.closeup import Examples, askew, calibrate, learn, measured, names_of
from milo_demo.training.seeing.photos import Photo

KINDS = ["guitar", "cello", "lute", None]


def examples(each: int = 40) -> Examples:
    """A feature for each kind; the detector is as sure of all."""
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(len(KINDS) * each, 1280, generator=generator)
    kinds = [kind for kind in KINDS for _ in range(each)]
    for number, kind in enumerate(kinds):
        features[number, KINDS.index(kind)] += 12
    sure = torch.full((len(kinds),), 0.7)
    seen = torch.full((len(kinds), len(LABELS)), 0.2)
    return Examples(features, sure, seen, kinds)


@pytest.fixture(scope="module")
def learnt():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closeup, "STEPS", 200)
        network = learn(examples(), ["guitar", "cello", "lute", NOTHING], seed=1)
    calibrate(network, examples(), 40)
    return network


def test_it_learns_what_is_ours_and_what_is_not(learnt):
    said = measured(learnt, examples())
    assert said["named rightly"] == 1 and said["rightly and surely"] == 1 and said["wrongly and surely"] == 0
    assert said["others named surely"] <= 0.2 and said["boxes without an instrument named surely"] <= 0.03


def test_a_kind_needs_some_photos_to_have_a_name(tmp_path):
    def of(kind: str | None, count: int) -> list[Photo]:
        return [Photo(tmp_path / f"{kind}{number}.jpg", kind, "kaggle30/train") for number in range(count)]

    album = [*of("guitar", 1), *of("sitar", closeup.FEWEST), *of("veena", 1), *of(None, 9)]
    assert names_of(album) == ["guitar", "sitar", NOTHING]


def test_worn_cut_outs_show_the_same_place(tmp_path):
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[50:150, 100:200] = 255
    Image.fromarray(pixels).save(tmp_path / "white.jpg")
    photo, box = Photo(tmp_path / "white.jpg", "guitar", "kaggle30/train"), Detection(0, 0.5, 1 / 3, 0.25, 2 / 3, 0.75)
    rng = np.random.default_rng(0)
    for _ in range(8):
        picture, at = askew(photo, box, rng)
        left, top, right, bottom = (round(side * size) for side, size in zip(at.sides, 2 * picture.size, strict=True))
        assert np.array(picture)[top:bottom, left:right].mean() > 150
