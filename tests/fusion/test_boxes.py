import numpy as np
import pytest

from milo_demo.fusion.boxes import link, one_name_per_place, regions, steadied
from milo_demo.seeing import Region, iou

GUITAR, BANJO = 0, 1


def picture(**places):
    maps = np.zeros((2, 10, 20), np.float32)
    for name, (rows, columns, value) in places.items():
        maps[GUITAR if name.startswith("guitar") else BANJO, rows, columns] = value
    return maps


def test_a_region_becomes_a_box_in_fractions():
    maps = picture(guitar=(slice(2, 5), slice(4, 10), 0.8))
    maps[GUITAR, 3, 6] = 0.9
    (found,) = regions(maps)
    assert found == pytest.approx((GUITAR, 0.9, 0.2, 0.2, 0.5, 0.5))


def test_nothing_is_found_below_the_least_score():
    assert regions(picture(guitar=(slice(2, 5), slice(4, 10), 0.4))) == []
    assert len(regions(picture(guitar=(slice(2, 5), slice(4, 10), 0.4)), least=0.3)) == 1


def test_two_players_of_one_instrument_are_two_boxes():
    found = regions(picture(guitar_1=(slice(2, 5), slice(1, 6), 0.9), guitar_2=(slice(2, 5), slice(12, 18), 0.7)))
    assert [(r.label, r.x0) for r in found] == [(GUITAR, pytest.approx(0.05)), (GUITAR, pytest.approx(0.6))]


def test_a_faint_echo_of_a_strong_region_is_no_second_player():
    maps = picture(guitar_1=(slice(2, 5), slice(1, 6), 1.0), guitar_2=(slice(2, 5), slice(12, 18), 0.4))
    assert len(regions(maps, least=0.3)) == 1


def test_the_stronger_name_of_one_thing_stays():
    shared = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(4, 9), 0.6))
    assert [r.label for r in regions(shared)] == [GUITAR]
    apart = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(12, 18), 0.6))
    assert [r.label for r in regions(apart)] == [GUITAR, BANJO]


def test_what_flashes_up_or_fails_for_one_step_is_steadied():
    maps = np.zeros((9, 2, 2, 2), np.uint8)
    maps[2:, GUITAR] = 200  # it comes into the picture
    maps[5, GUITAR], maps[5, BANJO] = 90, 210  # and is taken for something else, once
    steady = steadied(maps)
    assert (steady[:, GUITAR, 0, 0] == [0, 0, 200, 200, 200, 200, 200, 200, 200]).all()
    assert not steady[:, BANJO].any()
    assert (steadied(maps[5:6]) == maps[5:6]).all()


def test_a_map_of_one_cell_works():
    assert regions(np.full((1, 1, 1), 0.7, np.float32)) == [pytest.approx((0, 0.7, 0, 0, 1, 1))]


def test_iou():
    assert iou(Region(0, 1, 0, 0, 0.5, 1), Region(0, 1, 0.25, 0, 0.75, 1)) == pytest.approx(1 / 3)
    assert iou(Region(0, 1, 0, 0, 0.2, 0.2), Region(0, 1, 0.5, 0.5, 1, 1)) == 0


def test_tracks_follow_their_boxes_and_survive_a_short_gap():
    left, right = Region(GUITAR, 0.9, 0.1, 0.1, 0.4, 0.5), Region(GUITAR, 0.8, 0.6, 0.1, 0.9, 0.5)
    moved = left._replace(x0=0.15, x1=0.45)
    banjo = left._replace(label=BANJO)
    assert link([[left, right], [right, moved], [], [left, banjo]]) == [[1, 2], [2, 1], [], [1, 3]]
    assert link([[left], [], [], [left]]) == [[1], [], [], [2]]


def test_the_weaker_name_of_one_thing_is_explained_away_and_what_lies_elsewhere_is_not():
    one_thing = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(4, 9), 0.6))
    settled = one_name_per_place(one_thing)
    assert settled[BANJO].max() == pytest.approx(0.06)
    np.testing.assert_array_equal(settled[GUITAR], one_thing[GUITAR])
    two_things = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(14, 19), 0.6))
    np.testing.assert_array_equal(one_name_per_place(two_things), two_things)
