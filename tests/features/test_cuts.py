import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from milo_demo.features.cuts import Shots

HEIGHT, WIDTH = 108, 192


def scene(seed: int, size: int = 400) -> np.ndarray:
    """A made-up view: soft patches in colours of its own, (size, size, 3)."""
    rng = np.random.default_rng(seed)
    patches = ndimage.gaussian_filter(rng.standard_normal((size, size)), size / 25)
    share = (patches - patches.min())[..., None] / np.ptp(patches)
    dark, bright = rng.integers(0, 120, 3), rng.integers(120, 256, 3)
    return (dark + (bright - dark) * share).astype(np.uint8)


def shot(view: np.ndarray, places, light: float = 1.0) -> list[np.ndarray]:
    """What a camera sees that stands at each of `places` (x, y) in turn, with a sensor's noise."""
    rng = np.random.default_rng(0)
    frames = [view[y : y + HEIGHT, x : x + WIDTH] * light for x, y in places]
    return [(frame + rng.normal(0, 3, frame.shape)).clip(0, 255).astype(np.uint8) for frame in frames]


STILL = [(100, 100)] * 8
SWAY = [(100 + 12 * (step % 3), 100 - 8 * (step % 2)) for step in range(8)]
PAN = [(25 * step, 100) for step in range(8)]


def cuts(frames: list[np.ndarray]) -> list[int]:
    shots = Shots()
    for _ in shots.tap(frames):
        pass
    return shots.cuts()


@pytest.mark.parametrize("places", [STILL, SWAY, PAN], ids=["still", "sway", "pan"])
def test_a_cut_is_found_and_a_moving_camera_is_none(places):
    assert cuts(shot(scene(1), places) + shot(scene(2), places) + shot(scene(3), places)) == [8, 16]


def test_a_cut_in_the_dark_is_found():
    assert cuts(shot(scene(1), STILL, light=0.2) + shot(scene(2), STILL, light=0.2)) == [8]


def test_a_light_that_goes_on_and_a_hand_in_the_picture_are_no_cuts():
    frames = shot(scene(1), STILL, light=0.5) + shot(scene(1), STILL)
    frames[4][20:60, 60:120] = (200, 150, 120)
    assert cuts(frames) == []


def test_a_slow_fade_is_no_cut():
    view = shot(scene(1), STILL[:1])[0].astype(float)
    assert cuts([(255 + (view - 255) * share).astype(np.uint8) for share in np.linspace(1, 0.3, 12)]) == []


def test_shots_of_two_steps_are_told_apart():
    frames = [frame for seed in range(6) for frame in shot(scene(seed), STILL[:2])]
    assert cuts(frames) == [2, 4, 6, 8, 10]


@pytest.mark.parametrize("frames", [[], [np.zeros((16, 16, 3), np.uint8)], [np.zeros((9, 300, 3), np.uint8)] * 5],
    ids=["no frame", "one frame", "black"])  # fmt: skip
def test_where_nothing_is_to_be_seen_nothing_is_cut(frames):
    assert cuts(frames) == []


def test_the_frames_are_passed_on_as_they_are():
    frames = shot(scene(1), STILL)
    passed = Shots().tap(frames)
    assert all(ours is theirs for ours, theirs in zip(passed, frames, strict=True))


def test_the_size_of_the_frames_makes_no_difference():
    frames = shot(scene(1), SWAY) + shot(scene(2), SWAY)
    large = [np.asarray(Image.fromarray(frame).resize((2 * WIDTH, 2 * HEIGHT))) for frame in frames]
    assert cuts(large) == cuts(frames) == [8]
