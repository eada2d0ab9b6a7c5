import numpy as np
import pytest

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.seeing.regions import in_boxes, join, median_filtered, one_name_per_place, regions

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


@pytest.mark.parametrize("peak, edge, x1", [(0.5, 0.11, 0.5), (0.5, 0.09, 0.4), (1.0, 0.21, 0.5), (1.0, 0.19, 0.4)])
def test_a_region_reaches_as_far_as_a_fifth_of_its_peak(peak, edge, x1):
    maps = picture(guitar=(slice(2, 5), slice(4, 10), edge))
    maps[GUITAR, 2:5, 4:8] = peak
    (found,) = regions(maps)
    assert found.x1 == pytest.approx(x1)


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
    maps = np.zeros((9, 2, 2, 2), np.float32)
    maps[2:, GUITAR] = 0.75  # it comes into the picture
    maps[5, GUITAR], maps[5, BANJO] = 0.25, 0.8  # and is taken for something else, once
    steady = median_filtered(maps)
    assert (steady[:, GUITAR, 0, 0] == [0, 0, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75]).all()
    assert not steady[:, BANJO].any()
    assert (median_filtered(maps[5:6]) == maps[5:6]).all()


def test_a_map_of_one_cell_works():
    assert regions(np.full((1, 1, 1), 0.7, np.float32)) == [pytest.approx((0, 0.7, 0, 0, 1, 1))]


def test_the_weaker_name_of_one_thing_is_explained_away_and_what_lies_elsewhere_is_not():
    one_thing = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(4, 9), 0.6))
    settled = one_name_per_place(one_thing)
    assert settled[BANJO].max() == pytest.approx(0.06)
    np.testing.assert_array_equal(settled[GUITAR], one_thing[GUITAR])
    two_things = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(14, 19), 0.6))
    np.testing.assert_array_equal(one_name_per_place(two_things), two_things)


def test_only_the_wanted_labels_regions_are_given_but_others_still_take_their_places():
    shared = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(4, 9), 0.6))
    assert regions(shared, labels=[BANJO]) == []
    apart = picture(guitar=(slice(2, 6), slice(4, 10), 0.9), banjo=(slice(3, 6), slice(12, 18), 0.6))
    assert [r.label for r in regions(apart, labels=[BANJO])] == [BANJO]


def test_a_region_over_the_seam_of_a_360_degree_frame_is_one():
    maps = np.maximum(
        picture(guitar=(slice(2, 5), slice(0, 3), 0.9))[None], picture(guitar=(slice(2, 5), slice(16, 20), 0.8))[None]
    )[0]
    (found,) = regions(maps, wraps=True)
    assert found == pytest.approx((GUITAR, 0.9, 0.8, 0.2, 1.15, 0.5))
    assert len(regions(maps)) == 2
    prongs = picture(guitar=(slice(2, 6), slice(17, 20), 0.9))
    prongs[GUITAR, [2, 5], :3] = 0.8
    assert len(regions(prongs, wraps=True)) == 1
    everywhere = regions(np.full((1, 4, 8), 0.7, np.float32), wraps=True)
    assert everywhere == [pytest.approx((0, 0.7, 0, 0, 1, 1))]


VIOLIN, CELLO = 3, 4
WHOLE, PART = (0.3, 0.2, 0.7, 0.9), (0.4, 0.4, 0.6, 0.7)


def mapped(score: float, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """A map, (label, row, column), of a cello in a box."""
    maps = np.zeros((len(LABELS), 20, 20), np.float32)
    maps[CELLO, round(20 * y0) : round(20 * y1), round(20 * x0) : round(20 * x1)] = score
    return maps


def joined(found: list[Detection], object_map: np.ndarray) -> list[tuple]:
    return [pytest.approx(tuple(box)) for box in join(found, object_map, unboxed={CELLO})]


def test_a_stronger_name_from_the_maps_takes_the_outline_that_the_detector_drew():
    found = [
        Detection(VIOLIN, 0.6, *WHOLE),
        Detection(VIOLIN, 0.1, 0.45, 0.45, 0.5, 0.5),
        Detection(GUITAR, 0.5, 0, 0, 0.2, 0.3),
    ]
    assert joined(found, mapped(0.9, *PART)) == [(CELLO, 0.9, *WHOLE), (GUITAR, 0.5, 0, 0, 0.2, 0.3)]


def test_a_weaker_name_from_the_maps_gives_way_and_one_elsewhere_stands_alone():
    found, elsewhere = [Detection(VIOLIN, 0.6, *WHOLE)], (0, 0, 0.2, 0.3)
    assert join(found, mapped(0.5, *PART), {CELLO}) == found
    assert joined(found, mapped(0.5, *elsewhere))[1] == (CELLO, 0.5, *elsewhere)
    assert joined([Detection(VIOLIN, 0.1, *WHOLE)], mapped(0.9, *PART)) == [(CELLO, 0.9, *PART)]


def test_across_the_seam_a_stronger_name_from_the_maps_takes_the_outline_as_well():
    over_the_seam = np.roll(mapped(0.9, *PART), 10, axis=2)
    outline, inside = Detection(VIOLIN, 0.6, 0.8, 0.2, 1.2, 0.9), Detection(VIOLIN, 0.5, 0.0, 0.45, 0.05, 0.55)
    found = join([outline, inside], over_the_seam, {CELLO}, wraps=True)
    assert found == [outline._replace(label=CELLO, score=pytest.approx(0.9))]
    there = Detection(VIOLIN, 0.6, -0.2, 0.2, 0.2, 0.9)  # the same, a turn before
    assert [box.label for box in join([there], over_the_seam, {CELLO}, wraps=True)] == [CELLO]


def test_what_the_detector_has_a_name_for_is_left_to_it():
    assert join([], mapped(0.9, *PART), unboxed=set()) == []


def test_names_voted_over_time_go_before_the_maps_own():
    one_thing = picture(guitar=(slice(2, 6), slice(4, 10), 0.6), banjo=(slice(3, 6), slice(4, 9), 0.9))
    assert one_name_per_place(one_thing)[GUITAR].max() < 0.1
    settled = one_name_per_place(one_thing, [Detection(GUITAR, 0.8, 0.15, 0.1, 0.6, 0.7)])
    assert settled[GUITAR].max() == pytest.approx(0.6) and settled[BANJO].max() == pytest.approx(0.9 * 0.4)


def test_a_box_around_a_region_of_another_name_explains_it_away_and_a_box_beside_it_does_not():
    banjo = picture(banjo=(slice(3, 6), slice(4, 9), 0.8))
    around, large = Detection(GUITAR, 0.9, 0.2, 0.3, 0.5, 0.6), Detection(GUITAR, 0.9, 0.0, 0.0, 0.9, 1.0)
    assert one_name_per_place(banjo, [around])[BANJO].max() == pytest.approx(0.08)
    assert one_name_per_place(banjo, [large])[BANJO].max() == pytest.approx(0.8), "a banjo before a piano"
    own = around._replace(label=BANJO)
    assert one_name_per_place(banjo, [around, own])[BANJO].max() == pytest.approx(0.8)


def test_no_more_players_of_one_instrument_than_can_be_told_apart():
    maps = np.zeros((1, 10, 30), np.float32)
    for player in range(6):
        maps[0, 2:5, 5 * player : 5 * player + 3] = 0.9 - 0.05 * player
    assert [region.score for region in regions(maps)] == pytest.approx([0.9, 0.85, 0.8, 0.75])


def test_a_map_without_places_shows_nothing():
    assert regions(np.zeros((2, 0, 0), np.float32)) == []


BOX = Detection(GUITAR, 0.9, 0.2, 0.2, 0.6, 0.8)


def test_what_is_boxed_has_heat_in_its_box_even_where_the_map_is_dark():
    agreed = in_boxes(picture(), [BOX])
    row, column = np.unravel_index(agreed[GUITAR].argmax(), agreed[GUITAR].shape)
    assert agreed[GUITAR].max() == pytest.approx(0.9)
    assert (row, column) in {(4, 7), (4, 8), (5, 7), (5, 8)}, "the middle of the box"
    assert not agreed[BANJO].any()


def test_a_box_smaller_than_a_cell_has_heat_as_well():
    agreed = in_boxes(picture(), [BOX._replace(x0=0.5, y0=0.5, x1=0.5001, y1=0.5001)])[GUITAR]
    assert agreed.max() == pytest.approx(0.9) and agreed[5, 10] > 0.5 and agreed[0, 0] < 0.01


def test_a_maps_own_place_within_a_box_stands_and_one_outside_gives_way():
    maps = picture(guitar_in=(slice(5, 7), slice(9, 11), 0.5), guitar_out=(slice(1, 3), slice(17, 19), 1.0))
    agreed = in_boxes(maps, [BOX])[GUITAR]
    row, column = np.unravel_index(agreed.argmax(), agreed.shape)
    assert row in (5, 6) and column in (9, 10)
    assert agreed[2, 18] == pytest.approx(0.45)


def test_a_box_across_the_seam_has_heat_on_both_sides_of_it():
    agreed = in_boxes(picture(), [BOX._replace(x0=0.9, x1=1.1)], wraps=True)[GUITAR]
    assert agreed[5, 0] > 0.5 and agreed[5, -1] > 0.5 and agreed[5, 10] < 0.01
