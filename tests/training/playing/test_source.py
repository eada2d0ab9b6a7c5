import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.source import NAMES, SourceLocaliser
from milo_demo.training.hearing.mixtures import UNKNOWN
from milo_demo.training.playing import source
from milo_demo.training.playing.source import BACKGROUND, Pairs, Picture, losses, names_of, shares
from milo_demo.weights.card import Card
from tests.training.hearing import tones

VIOLIN, TUBA = LABELS.index("violin"), LABELS.index("tuba")


def test_cells_have_the_name_of_the_smallest_box():
    boxes = [Detection(VIOLIN, 1.0, 0.25, 0.25, 0.75, 0.75), Detection(TUBA, 1.0, 0.0, 0.0, 1.0, 0.75)]
    names = names_of(boxes, (4, 4))
    assert names.tolist() == [[TUBA] * 4, [TUBA, VIOLIN, VIOLIN, TUBA], [TUBA, VIOLIN, VIOLIN, TUBA], [BACKGROUND] * 4]


def test_shares_of_a_patch():
    truth = torch.zeros(4, len(LABELS), dtype=torch.long)
    truth[0, [VIOLIN, TUBA]] = 1
    truth[1, TUBA] = UNKNOWN
    truth[2, TUBA], truth[2, VIOLIN] = UNKNOWN, 1
    found = shares(truth)
    assert found[0, [VIOLIN, TUBA]].tolist() == [0.5, 0.5] and found[1].sum() == 0
    assert found[2, VIOLIN] == 1 and found[3, BACKGROUND] == 1


@pytest.mark.parametrize("sounding, bright", [(VIOLIN, True), (TUBA, False), (BACKGROUND, False)])
def test_pairs_that_do_not_match_must_stay_dark(sounding, bright):
    """The loss of the pairs is lowest for the heat that belongs there."""
    names = torch.full((1, 2, 2), BACKGROUND)
    names[0, 0, 0] = VIOLIN
    heard = torch.eye(NAMES)[sounding][None]
    pixels = torch.full((1, NAMES, 2, 2), 1e-3)
    pixels[0, BACKGROUND] = 0.97
    lit = pixels.clone()
    lit[0, [VIOLIN, sounding], 0, 0], lit[0, BACKGROUND, 0, 0] = 0.48, 0.02
    partner = torch.zeros(1, dtype=torch.long)
    dark_loss, lit_loss = (float(losses(one, heard, names, heard, partner)["pairs"]) for one in (pixels, lit))
    assert (lit_loss < dark_loss) == bright


@pytest.fixture
def library(tmp_path):
    return tones.library(tmp_path)


@pytest.fixture
def pictures():
    """Thirty pictures of which violins and tubas are told apart by one channel each."""
    made = []
    for number in range(30):
        names = torch.full((6, 8), BACKGROUND)
        label = (VIOLIN, TUBA, BACKGROUND)[number % 3]
        names[1:4, 2:6] = label
        coarse = torch.rand(1280, 6, 8) * 0.1
        coarse[0][names == VIOLIN] += 3
        coarse[1][names == TUBA] += 3
        made.append(Picture(coarse.half(), names))
    return made


def test_half_of_the_pairs_match(library, pictures):
    pairs = Pairs(pictures, library, seed=0)
    fits = []
    for _ in range(4):
        coarse, names, sound, heard = pairs.draw(0.0)
        assert coarse.shape[0] == len(names) == len(pairs.partner) and sound.shape[1:] == (96, 64)
        for name, partner in zip(names, pairs.partner, strict=True):
            there = sorted(set(name.unique().tolist()) - {BACKGROUND})
            if there:
                fits.append(float(heard[partner, there].sum()) > 0)
    assert 0.3 < np.mean(fits) < 0.95


def test_the_recipe_leaves_a_checkpoint_and_its_card(library, pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(source.sounds, "library", lambda *_: library)
    monkeypatch.setattr(source, "looked_at", lambda *_: pictures)
    out = tmp_path / "source.safetensors"
    source.train(tmp_path, out, minutes=0.05, workdir=tmp_path)
    card = Card.read(out.with_suffix(".json"))
    SourceLocaliser().load_state_dict(load_file(out))
    assert card.role == "source" and card.labels == ("tuba", "violin")
