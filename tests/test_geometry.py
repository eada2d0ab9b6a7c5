"""Overlaps by hand, beside what torchvision makes of them."""

import numpy as np
import pytest

from milo_demo.geometry import Detection, contains, distance_iou, in_frame, ioa, iou, nearest, solid_angle_iou, turns


def box(x0: float, y0: float, x1: float, y1: float) -> Detection:
    return Detection(0, 1.0, x0, y0, x1, y1)


LEFT, RIGHT, WHOLE = box(0, 0, 0.5, 1), box(0.5, 0, 1, 1), box(0, 0, 1, 1)


def test_iou_of_every_box_with_every_other():
    assert iou([LEFT, RIGHT], [LEFT, RIGHT, WHOLE]).tolist() == [[1, 0, 0.5], [0, 1, 0.5]]
    assert iou([box(0, 0, 0.5, 1)], [box(0.25, 0, 0.75, 1)]) == pytest.approx(1 / 3)
    assert iou(np.array([WHOLE.sides]), np.array([LEFT.sides])).tolist() == [[0.5]], "of bare sides as well"


def test_nothing_overlaps_with_nothing():
    assert iou([], [LEFT]).shape == (0, 1) and ioa([LEFT], []).shape == (1, 0)
    assert distance_iou([LEFT, RIGHT], [], wraps=True).shape == (2, 0)


def test_how_much_of_a_box_lies_in_another():
    small, large = box(0.4, 0.4, 0.6, 0.6), box(0.5, 0, 1, 1)
    assert ioa([LEFT, WHOLE], [LEFT, WHOLE]).tolist() == [[1, 1], [0.5, 1]]
    assert ioa([small], [large]) == pytest.approx(0.5) and ioa([large], [small]) == pytest.approx(0.04)


def test_boxes_on_both_sides_of_the_seam_are_one_turn_apart():
    before, after = box(0.9, 0.4, 1.1, 0.6), box(0.0, 0.4, 0.1, 0.6)
    assert ioa([after], [before]) == 0 and ioa([after], [before], wraps=True) == pytest.approx(1)
    assert iou([after], [before], wraps=True) == pytest.approx(0.5)
    assert iou([before], [after], wraps=True) == pytest.approx(0.5)
    assert distance_iou([after], [before], wraps=True) > 0.4 > -0.4 > distance_iou([after], [before])


def test_of_boxes_that_do_not_overlap_the_nearer_are_more_alike():
    third = box(0.2, 0.2, 0.4, 0.4)
    # Equal squares with room for a third between them: middles two sides apart, in a box of three sides by one.
    assert distance_iou([third], [box(0.6, 0.2, 0.8, 0.4)]) == pytest.approx(-(0.4**2) / (0.6**2 + 0.2**2), rel=1e-12)
    assert distance_iou([third], [third]) == 1


def test_in_a_360_degree_frame_the_nearest_way_counts():
    left, right = box(0.05, 0.4, 0.15, 0.6), box(0.65, 0.4, 0.75, 0.6)
    for one, other in ((left, right), (right, left)):
        assert distance_iou([one], [other], wraps=True) == pytest.approx(-(0.4**2) / (0.5**2 + 0.2**2))
    assert distance_iou([left], [right]) == pytest.approx(-(0.6**2) / (0.7**2 + 0.2**2))


def test_the_solid_angle_of_a_box_near_the_pole_is_small():
    equator, pole = (0.4, 0.45, 0.6, 0.55), (0.4, 0.0, 0.6, 0.1)
    assert solid_angle_iou(equator, equator) == pytest.approx(1)
    assert solid_angle_iou((0.9, 0.45, 1.1, 0.55), (-0.1, 0.45, 0.1, 0.55)) == pytest.approx(1), "across the seam"
    assert solid_angle_iou((-0.1, 0.45, 0.1, 0.55), (0.9, 0.45, 1.1, 0.55)) == pytest.approx(1), "either way round"
    assert solid_angle_iou((0.1, 0.45, 0.3, 0.55), (0.3, 0.45, 0.5, 0.55)) == 0
    both = (0.4, 0.0, 0.6, 0.2)
    share = (1 - np.cos(0.1 * np.pi)) / (1 - np.cos(0.2 * np.pi))
    assert solid_angle_iou(pole, both) == pytest.approx(share) and share < 0.3


def test_points_in_boxes():
    assert contains([LEFT, RIGHT], 0.7, 0.5) and not contains([LEFT], 0.7, 0.5)
    square = box(0.25, 0.25, 0.75, 0.75)
    assert all(contains([square], x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)), "their edges belong to them"
    assert not any(contains([square], *place) for place in ((0.2, 0.5), (0.8, 0.5), (0.5, 0.2), (0.5, 0.8)))


def test_turns_bring_boxes_near_and_into_the_frame():
    assert (turns(0.9, 0.1), turns(0.1, 0.9), turns(0.3, 0.6)) == (1, -1, 0)
    assert nearest(box(0.9, 0, 1.1, 1), box(0, 0, 0.1, 1), wraps=True).sides == (1, 0, 1.1, 1)
    assert nearest(box(0.9, 0, 1.1, 1), box(0, 0, 0.1, 1), wraps=False).sides == (0, 0, 0.1, 1)
    assert in_frame(box(-0.25, 0, 0.25, 1)).sides == (0.75, 0, 1.25, 1)
    assert in_frame(box(1.0, 0, 1.25, 1)).sides == (0, 0, 0.25, 1)


def test_a_detection_knows_its_middle_and_area():
    assert box(0.2, 0.4, 0.6, 0.8).middle == pytest.approx((0.4, 0.6))
    assert box(0.2, 0.4, 0.6, 0.8).area == pytest.approx(0.16)
