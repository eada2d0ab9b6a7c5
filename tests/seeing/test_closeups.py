"""Names from close up, with a trunk that counts how often it is asked and a network that names by colour."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.trunk import Features
from milo_demo.seeing import closeups
from milo_demo.seeing.closeups import AGAIN, MOST, Namer, cut, each_once, seen_in, things

GUITAR, UKULELE, CELLO = (LABELS.index(label) for label in ("guitar", "ukulele", "cello"))
LEFT, RIGHT = (0.1, 0.2, 0.4, 0.8), (0.6, 0.2, 0.9, 0.8)
MAPS = np.full((len(LABELS), 6, 10), 0.25, np.float32)


class Counting(nn.Module):
    """A trunk whose features are the cut-out's mean red, green and blue."""

    def __init__(self) -> None:
        super().__init__()
        self.number, self.asked = nn.Parameter(torch.zeros(1)), 0

    def forward(self, pictures: torch.Tensor) -> Features:
        self.asked += 1
        return Features(pictures[:, :1].float(), pictures.float())


class ByColour(nn.Module):
    """What is red in the middle is a ukulele, else a cello, as surely as the detector says."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features[:, :1] - features[:, 2:]

    def judge(self, logits, sure, seen):
        assert seen.shape == (len(logits), len(LABELS))
        return torch.where(logits[:, 0] > 0, UKULELE, CELLO), sure


@pytest.fixture
def namer():
    return Namer(Counting(), ByColour())  # pyright: ignore[reportArgumentType]


def frame(left=(250, 0, 0), right=(0, 0, 250)) -> np.ndarray:
    picture = np.zeros((120, 200, 3), np.uint8)
    picture[:, :100], picture[:, 100:] = left, right
    return picture


def asked(namer: Namer) -> int:
    return namer._trunk.asked  # pyright: ignore[reportReturnType, reportAttributeAccessIssue]


def test_each_thing_is_named_by_what_is_cut_out(namer):
    found = [Detection(GUITAR, 0.75, *LEFT), Detection(GUITAR, 0.5, *RIGHT)]
    assert namer.name(frame(), MAPS, found) == [Detection(UKULELE, 0.75, *LEFT), Detection(CELLO, 0.5, *RIGHT)]


def test_of_several_names_for_one_thing_only_the_place_stays(namer):
    found = [Detection(GUITAR, 0.75, *LEFT), Detection(CELLO, 0.5, *LEFT)]
    assert namer.name(frame(), MAPS, found) == [Detection(UKULELE, 0.75, *LEFT)] and asked(namer) == 1


def test_nothing_found_nothing_named(namer):
    assert namer.name(frame(), MAPS, []) == []


def test_what_is_hardly_there_is_not_looked_at(namer):
    faint = [Detection(GUITAR, 0.0625, *LEFT)]
    assert namer.name(frame(), MAPS, faint) == faint and asked(namer) == 0


def test_at_most_so_many_are_looked_at(namer):
    many = [Detection(GUITAR, 0.5, x, 0.1, x + 0.1, 0.3) for x in np.arange(0, 0.85, 0.125).tolist()]
    named = namer.name(frame(), MAPS, many)
    assert len(named) == len(many) and asked(namer) == MOST


def test_a_thing_that_stays_is_looked_at_now_and_then(namer):
    found = [Detection(GUITAR, 0.75, *LEFT)]
    for _ in range(2 * AGAIN):
        assert namer.name(frame(), MAPS, found)[0].label == UKULELE
    assert asked(namer) == 2


def test_after_a_cut_it_is_looked_at_anew(namer):
    found = [Detection(GUITAR, 0.75, *LEFT)]
    assert namer.name(frame(), MAPS, found)[0].label == UKULELE
    assert namer.name(frame(left=(0, 0, 250)), MAPS, found)[0].label == CELLO


def test_a_cut_out_has_a_little_around_it_and_ends_with_the_picture():
    picture = Image.fromarray(frame())
    piece = cut(picture, Detection(GUITAR, 1.0, 0.0, 0.0, 0.5, 1.0))
    assert piece is not None and max(piece.size) == closeups.SIDE_PX
    colours = np.array(piece)[piece.height // 2]
    assert colours[0].tolist() == [250, 0, 0] and colours[-1].tolist() == [0, 0, 250], "a little of the other half"
    assert cut(picture, Detection(GUITAR, 1.0, 0.5, 0.5, 0.505, 0.505)) is None


def test_maps_are_read_within_the_box():
    maps = np.zeros((len(LABELS), 4, 4), np.float32)
    maps[GUITAR, 0, 0], maps[CELLO, 3, 3] = 0.75, 0.5
    seen = seen_in(maps, Detection(GUITAR, 1.0, 0.0, 0.0, 0.5, 0.5))
    assert seen[GUITAR] == 0.75 and seen[CELLO] == 0
    assert seen_in(maps, Detection(GUITAR, 1.0, 0.99, 0.99, 1.0, 1.0))[CELLO] == 0.5


def test_things_and_boxes_once():
    one, same, other = (Detection(GUITAR, s, *sides) for s, sides in ((0.5, LEFT), (0.75, LEFT), (0.25, RIGHT)))
    assert things([one, other, same]) == [same, other]
    assert each_once([other, one, same]) == [same, other] and each_once([]) == []
