import numpy as np
import pytest

from milo_demo.features.flow import PER_STEP
from milo_demo.geometry import Detection
from milo_demo.media import sphere
from milo_demo.playing import hands
from milo_demo.playing.witness import LOOKS_PER_STEP, Witness
from tests.playing.people import wall, with_hand


@pytest.fixture(scope="module")
def finder():
    return hands.load()


class Shown:
    """A picture as the decoder gives it."""

    def __init__(self, grey: np.ndarray) -> None:
        self.made = grey

    def grey(self, side_px: int) -> np.ndarray:
        assert side_px == 256
        return self.made


def test_it_keeps_a_list_for_every_step_and_the_movement_between_all_pictures(finder):
    witness = Witness(finder=finder)
    frame, tips = with_hand(wall(), 190, 110, 32)
    for k in range(2 * PER_STEP):
        witness.pass_by(Shown(np.roll(np.random.default_rng(0).integers(0, 255, (144, 256), np.uint8), k, axis=1)))
    witness.look([frame, wall()], [[], []])
    witness.look([frame], [[]])
    assert [len(some) for some in witness.hands] == [1, 0, 1] and [len(some) for some in witness.mouths] == [0, 0, 0]
    assert witness.hands[0][0].touch * (384, 216) == pytest.approx(tips.mean(axis=0), abs=1.5)
    assert witness.movement.vectors().shape == (8, 2, 36, 64)
    assert [used.role for used in witness.used] == ["hands", "faces"]


def test_a_small_hand_is_looked_for_where_the_instrument_is(finder):
    frame, tips = with_hand(wall(), 300, 60, size=10)
    box = Detection(0, 0.9, 0.7, 0.15, 0.88, 0.4)
    witness = Witness(finder=finder)
    witness.look([frame], [[box]])
    assert witness.hands[0][0].touch * (384, 216) == pytest.approx(tips.mean(axis=0), abs=1.5)


def test_it_looks_no_more_often_than_it_may(finder, monkeypatch):
    looked = []
    monkeypatch.setattr(hands, "find_hands", lambda frames, looks, _: looked.extend(looks) or [[] for _ in frames])
    Witness(finder=finder).look([wall()] * 8, [[] for _ in range(8)])
    assert sum(len(some) for some in looked) == LOOKS_PER_STEP * 8


def test_all_round_hands_are_found_at_the_instrument(finder):
    """A hand in a view across the seam of a 360° frame."""
    flat, tips = with_hand(wall(512, 512), 256, 280, size=70)
    seen = sphere.View(180.0, 10.0, 60.0)
    height, width = 960, 1920
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across, down = sphere.places(seen, sphere.vectors(360 * x / width - 180, 90 - 180 * y / height))
    inside = (across > 0) & (across < 1) & (down > 0) & (down < 1)
    frame = np.full((height, width, 3), 90, np.uint8)
    frame[inside] = flat[(down[inside] * 512).astype(int), (across[inside] * 512).astype(int)]
    box = Detection(0, 0.9, *sphere.frame_box(seen, 0.3, 0.3, 0.7, 0.7))
    witness = Witness(spherical=True, finder=finder)
    witness.look([frame, frame], [[box], []])
    assert [len(some) for some in witness.hands] == [1, 0]
    azimuth, elevation = sphere.angles(sphere.rays(seen, *(tips.mean(axis=0) / 512)))
    touch_x, touch_y = witness.hands[0][0].touch
    assert touch_x % 1 == pytest.approx((azimuth / 360 + 0.5) % 1, abs=0.01)
    assert touch_y == pytest.approx(0.5 - elevation / 180, abs=0.01)
