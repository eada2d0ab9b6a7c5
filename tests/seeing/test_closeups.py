"""Names from close up, with a trunk that counts how often it is asked and a network that names by colour."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import Found
from milo_demo.models.trunk import Features
from milo_demo.seeing import closeups
from milo_demo.seeing.closeups import AGAIN, MOST, Namer, cut, each_once, middle, seen_in, things

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


class Maps:
    """Maps of nothing."""

    def rows(self, coarse: torch.Tensor) -> torch.Tensor:
        return coarse

    def maps(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.zeros_like(rows), torch.zeros(len(rows), 1)


class Head:
    """Finds in every cut-out what is bright in it, and with nothing bright nothing."""

    def find(self, features: Features, maps: torch.Tensor, size: tuple[int, int]) -> list[Found]:
        bright = features.coarse[0].amin(0) > 200
        rows, columns = (bright.any(axis).nonzero()[:, 0] for axis in (1, 0))
        edges = torch.tensor([])
        if len(rows):
            edges = torch.stack([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).float()
        count = len(edges) // 4
        return [Found(torch.full((count,), GUITAR), torch.full((count,), 0.5), edges.view(count, 4))]


class ByColour(nn.Module):
    """What is red in the middle is a ukulele, else a cello, as surely as the detector says."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features[:, :1] - features[:, 2:]

    def judge(self, logits, sure, seen):
        assert seen.shape == (len(logits), len(LABELS))
        return torch.where(logits[:, 0] > 0, UKULELE, CELLO), sure


@pytest.fixture
def namer():
    return Namer(Counting(), Maps(), Head(), ByColour())  # pyright: ignore[reportArgumentType]


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


def test_what_is_hardly_there_is_looked_at_where_it_is_likely():
    namer = Namer(Counting(), Maps(), Head(), ByColour(), {GUITAR})  # pyright: ignore[reportArgumentType]
    cello, guitar = Detection(CELLO, 0.25 - 2**-6, *RIGHT), Detection(GUITAR, 0.125, *LEFT)
    assert namer.name(frame(), MAPS, [cello, guitar]) == [cello, guitar._replace(label=UKULELE)] and asked(namer) == 1


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


def test_in_the_dark_it_is_looked_at_anew_after_a_cut_as_well(namer):
    found, dark = [Detection(GUITAR, 0.75, *LEFT)], frame(left=(50, 0, 0))
    dark[:60] //= 5
    assert [namer.name(dark, MAPS, found)[0].label for _ in range(2)] == [UKULELE, UKULELE] and asked(namer) == 1
    other = frame(left=(0, 0, 50))
    other[60:] //= 5
    assert namer.name(other, MAPS, found)[0].label == CELLO


def test_a_box_is_drawn_half_of_the_way_to_where_it_is_found_from_close_up(namer):
    picture = frame()
    picture[24:96, 60:140] = 250
    loose = Detection(GUITAR, 0.75, 0.2, 0.2, 0.6, 0.8)
    [named] = namer.name(picture, MAPS, [loose])
    assert named.sides == pytest.approx((0.25, 0.2, 0.65, 0.8), abs=0.01)
    [moved] = namer.name(picture, MAPS, [loose._replace(x1=0.62)])
    assert asked(namer) == 1 and moved.sides == pytest.approx((0.25, 0.2, 0.67, 0.8), abs=0.01)


def test_what_is_found_elsewhere_from_close_up_moves_nothing(namer):
    picture = frame()
    picture[24:96, 60:68] = 250
    loose = Detection(GUITAR, 0.75, 0.2, 0.2, 0.6, 0.8)
    assert namer.name(picture, MAPS, [loose])[0].sides == loose.sides


def test_a_box_may_end_a_hair_beyond_the_picture(namer):
    beyond = Detection(GUITAR, 0.75, 0.6, 0.2, 1 + 1e-6, 1 + 1e-6)
    assert namer.name(frame(), MAPS, [beyond])[0].label == CELLO


def test_a_larger_picture_is_asked_for_only_to_look_at(namer):
    sides = []

    def view(side_px: int) -> np.ndarray:
        sides.append(side_px)
        return frame(left=(0, 0, 250))

    found = [Detection(GUITAR, 0.75, *LEFT)]
    assert [namer.name(frame(), MAPS, found, view)[0].label for _ in range(2)] == [CELLO, CELLO]
    assert sides == [closeups.LARGE_PX]


def test_a_cut_out_has_something_around_it_and_ends_with_the_picture():
    picture, half = Image.fromarray(frame()), Detection(GUITAR, 1.0, 0.0, 0.0, 0.5, 1.0)
    piece = cut(picture, half)
    assert max(piece.picture.size) == closeups.SIDE_PX
    colours = np.array(piece.picture)[piece.picture.height // 2]
    assert colours[0].tolist() == [250, 0, 0] and colours[-1].tolist() == [0, 0, 250], "something of the other half"
    assert half.within(piece.window).x0 == 0 and half.within(piece.window).x1 < 1
    assert half.within(piece.window).out_of(piece.window).sides == pytest.approx(half.sides)


def test_what_has_no_room_for_anything_is_not_looked_at(namer):
    narrow = [Detection(GUITAR, 0.75, 0.5, 0.5, 0.505, 0.5)]
    assert namer.name(frame(), MAPS, narrow) == narrow and asked(namer) == 0


def test_features_are_taken_within_the_box():
    coarse = torch.zeros(3, 4, 4)
    coarse[:, :2, :2] = 1
    assert middle(coarse, Detection(GUITAR, 1.0, 0.0, 0.0, 0.5, 0.5)).tolist() == [1, 1, 1]


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
