import numpy as np
import pytest
from scipy import ndimage

from milo_demo.features.flow import CELL_PX, PER_STEP, RATE_HZ, Movement, compare, speed

HEIGHT, WIDTH = 144, 256


def texture(seed: int, size: int = 400) -> np.ndarray:
    rough = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((size, size)), 4)
    return (128 + 50 * rough / rough.std()).clip(0, 255)


VIEW, THING = texture(1), texture(2)[:80, :80]


def seen(x: float, y: float, thing: tuple[float, float] | None = None, zoom: float = 1.0) -> np.ndarray:
    """A part of the view from (x, y) on, magnified about its middle, with a thing of 80 px put at a place in it."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    down, across = (down - HEIGHT / 2) / zoom + HEIGHT / 2 + y, (across - WIDTH / 2) / zoom + WIDTH / 2 + x
    picture = ndimage.map_coordinates(VIEW, [down, across], order=1)
    if thing is not None:
        left, top = round(thing[0]), round(thing[1])
        picture[top : top + 80, left : left + 80] = THING
    return picture.round().astype(np.uint8)


def movement(pictures) -> Movement:
    kept = Movement()
    for picture in pictures:
        kept.add(picture)
    return kept


def test_what_moves_by_itself_is_told_from_the_camera():
    flow, change = compare(seen(50, 50, (100, 40)), seen(53, 49, (101, 43)))
    assert flow[70:90, 130:150].mean((0, 1)) == pytest.approx([4, 2], abs=0.5)  # the view went 3 px left, 1 px down
    elsewhere = np.ones((HEIGHT, WIDTH), bool)
    elsewhere[20:140, 80:200] = False
    assert np.hypot(*flow[elsewhere].T).mean() < 0.3
    still = elsewhere[::CELL_PX, ::CELL_PX]
    assert change[still].mean() < 0.1 < 0.3 < change[15:25, 30:40].mean()


@pytest.mark.parametrize("zoom", [1.005, 1.02])
def test_a_still_picture_zoomed_into_does_not_move(zoom):
    kept = movement(seen(60, 60, zoom=zoom**k) for k in range(8))
    assert np.median(speed(kept.vectors())[1:]) < 1
    assert speed(kept.vectors()).mean() < 2 and np.quantile(kept.changes(), 0.99) < 0.15


def test_a_picture_shown_twice_shares_what_came_after():
    places = [60, 64, 68, 72]
    each = movement(seen(50, 50, (x, 60)) for x in places for _ in range(2)).vectors()
    inside = each[1:7, 0, 84 // CELL_PX : 108 // CELL_PX, 96 // CELL_PX : 112 // CELL_PX].astype(float)
    assert inside.mean((1, 2)) == pytest.approx(np.full(6, 2.0), abs=0.3)
    kept = movement(seen(50, 50, (x, 60)) for x in places for _ in range(2)).changes()
    assert (kept[1] == kept[2]).all() and kept[1].max() > 0.3


def test_a_small_thing_that_moves_in_a_still_picture_is_no_repetition():
    def small(x: int) -> np.ndarray:
        picture = seen(50, 50)
        picture[60:68, x : x + 8] = THING[:8, :8]
        return picture

    kept = movement(small(100 + k % 2) for k in range(6)).changes()
    assert (kept[1:].max(axis=(1, 2)) > 0.3).all()


def test_a_picture_that_is_compressed_is_shown_twice_as_well():
    places, noise = [60, 64, 68, 72], np.random.default_rng(0)
    pictures = (seen(50, 50, (x, 60)) + noise.integers(-1, 2, (HEIGHT, WIDTH)) for x in places for _ in range(2))
    kept = movement(picture.clip(0, 255).astype(np.uint8) for picture in pictures).changes()
    assert (kept[1] == kept[2]).all() and kept[1].max() > 0.3


def test_a_picture_that_stays_stands_still():
    kept = movement([seen(50, 50, (60, 60))] * 8 + [seen(50, 50, (64, 60))])
    assert not kept.vectors()[:8].any() and kept.vectors()[8].any()


def test_nothing_moves_across_a_cut():
    shots = [seen(0, 0, (60 + k, 60)) for k in range(6)] + [seen(130, 200, (60 + k, 60)) for k in range(6)]
    kept = movement(shots)
    across = kept.vectors()
    assert kept.changes()[6].any() and not kept.changes(cuts=[2])[6].any()
    whole = kept.vectors(cuts=[2])  # the new shot begins at picture 6, between steps 1 and 2
    assert across[6].any() and not whole[6].any()
    assert (np.delete(whole, 6, 0) == np.delete(across, 6, 0)).all()


@pytest.mark.parametrize("times", [2, 3, 4])
def test_nothing_moves_across_a_cut_between_pictures_that_are_shown_several_times(times):
    shots = [seen(*place, (60 + k, 60)) for place in ((0, 0), (130, 200)) for k in range(24 // times // 2)]
    kept = movement(shot for shot in shots for _ in range(times))
    assert kept.changes()[12 - times + 1 : 13].max(axis=(1, 2)).min() > 1
    assert kept.changes(cuts=[3]).max() < 1 and speed(kept.vectors(cuts=[3])).max() < 40


def test_speed_is_in_pixels_per_second():
    assert speed(np.array([3.0, 4.0]).reshape(2, 1, 1)) == pytest.approx(5 * RATE_HZ)
    assert pytest.approx(7.8125) == RATE_HZ and PER_STEP == 4


def test_odd_sizes_have_whole_cells():
    kept = movement([np.zeros((2, 256), np.uint8), np.full((2, 256), 9, np.uint8)])
    assert kept.vectors().shape == (2, 2, 1, 64)
    assert Movement().vectors().shape[0] == Movement().changes().shape[0] == 0
