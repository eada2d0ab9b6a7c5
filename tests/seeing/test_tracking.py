import numpy as np
import pytest

from milo_demo.geometry import Detection, iou
from milo_demo.instruments import LABELS
from milo_demo.seeing.tracking import tracks

GUITAR, BANJO, HARP = (LABELS.index(label) for label in ("guitar", "banjo", "harp"))


def box(x: float, label: int = GUITAR, score: float = 0.9, y: float = 0.5, side: float = 0.2) -> Detection:
    """A square around (x, y)."""
    return Detection(label, score, x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def test_two_players_keep_their_numbers_whatever_the_order():
    left, right = [box(0.3 + 0.01 * step) for step in range(6)], [box(0.7, score=0.8) for _ in range(6)]
    shown = tracks([[a, b] if step % 2 else [b, a] for step, (a, b) in enumerate(zip(left, right, strict=True))], [])
    assert all(set(step) == {1, 2} for step in shown)
    first_is_left = shown[0][1].x0 < 0.5
    assert all((step[1].x0 < step[2].x0) == first_is_left for step in shown)


def test_a_player_who_moves_a_whole_width_in_a_step_is_the_same():
    shown = tracks([[box(x)] for x in (0.2, 0.4, 0.6, 0.4, 0.2)], [])
    assert [list(step) for step in shown] == [[1]] * 5
    assert shown[2][1].x0 == pytest.approx(0.5, abs=0.01), "a box that moves is not held back"


def test_one_step_under_another_name_does_not_rename():
    shown = tracks([[box(0.5, BANJO if step == 2 else GUITAR)] for step in range(6)], [])
    assert [(track, region.label) for step in shown for track, region in step.items()] == [(1, GUITAR)] * 6


def test_the_name_is_that_of_most_evidence_over_time():
    both = [[box(0.5, BANJO, 0.6), box(0.5, GUITAR, 0.55)], [box(0.5, GUITAR, 0.9), box(0.51, BANJO, 0.3)]]
    shown = tracks(both * 2, [])
    assert [[region.label for region in step.values()] for step in shown] == [[GUITAR]] * 4, "one box for one thing"


def test_names_far_apart_are_two_things():
    shown = tracks([[box(0.2, GUITAR), box(0.7, HARP)]] * 3, [])
    assert sorted(region.label for region in shown[0].values()) == sorted([GUITAR, HARP])


def test_gaps_of_two_steps_are_filled_in_between_and_longer_ones_end_a_track():
    seen_again = tracks([[box(0.3)], [box(0.3)], [], [], [box(0.42)], [box(0.42)]], [])
    assert [list(step) for step in seen_again] == [[1]] * 6
    assert seen_again[1][1].x0 < seen_again[2][1].x0 < seen_again[3][1].x0 < seen_again[4][1].x0
    lost = tracks([[box(0.3)], [box(0.3)], [], [], [], [box(0.3)], [box(0.3)]], [])
    assert [list(step) for step in lost] == [[1], [1], [], [], [], [2], [2]]


def test_doubtful_boxes_go_on_with_a_track_on_both_sides_but_begin_none():
    scores = [0.32, 0.45, 0.8, 0.9, 0.8, 0.45, 0.32]
    shown = tracks([[box(0.3, score=score), box(0.8, score=0.45)] for score in scores], [])
    assert [list(step) for step in shown] == [[1]] * 7


def test_a_score_that_wavers_about_the_threshold_does_not_blink():
    scores = [0.7, 0.6, 0.4, 0.6, 0.35, 0.7, 0.45, 0.7]
    shown = tracks([[box(0.3, score=score)] for score in scores], [])
    assert all(len(step) == 1 for step in shown)
    assert np.std([step[1].score for step in shown]) < np.std(scores) / 2


def test_what_flashes_up_once_is_dropped_but_a_clip_of_one_step_is_not_empty():
    assert not any(tracks([[], [], [box(0.3)], [], []], []))
    assert len(tracks([[box(0.3)]], [])[0]) == 1
    assert len(tracks([[], [box(0.3)], []], cuts=[1, 2])[1]) == 1, "a shot of one step"


def test_a_cut_ends_all_tracks():
    steps = [[box(0.3), box(0.7)]] * 6
    assert [sorted(step) for step in tracks(steps, cuts=[4])] == [[1, 2]] * 4 + [[3, 4]] * 2
    renamed = tracks([[box(0.3, GUITAR)]] * 4 + [[box(0.3, HARP)]] * 3, cuts=[4])
    assert [region.label for step in renamed for region in step.values()] == [GUITAR] * 4 + [HARP] * 3


def test_a_box_that_shakes_comes_to_rest():
    rng = np.random.default_rng(0)
    truth = [box(0.5 + 0.05 * np.sin(step / 3), side=0.3) for step in range(40)]
    shaken = [[Detection(true.label, 0.8, *(np.array(true[2:]) + rng.normal(0, 0.015, 4)))] for true in truth]
    shown = tracks(shaken, [])

    def shake(boxes):
        return np.abs(np.diff([region[2:] for region in boxes], n=2, axis=0)).mean()

    def fit(boxes):
        return np.mean([iou([region], [true]).item() for region, true in zip(boxes, truth, strict=True)])

    before, after = [step[0] for step in shaken], [step[1] for step in shown]
    assert shake(after) < 0.5 * shake(before)
    assert fit(after) > fit(before)


def test_a_part_that_is_boxed_on_its_own_is_the_same_thing():
    whole, body = box(0.5, side=0.4), box(0.55, score=0.6, side=0.2)
    shown = tracks([[whole, body]] * 5 + [[body]] * 2, [])
    assert [list(step) for step in shown] == [[1]] * 7
    assert shown[0][1].x1 - shown[0][1].x0 == pytest.approx(0.4)
    neighbour = box(0.72, score=0.7, side=0.2)
    assert all(len(step) == 2 for step in tracks([[whole, neighbour]] * 4, []))


def test_two_tracks_under_two_names_at_one_place_are_the_same_thing():
    large, small = box(0.5, GUITAR, 0.9, side=0.4), box(0.5, BANJO, 0.8, side=0.26)  # too unlike within one step
    grown = [[large, small._replace(x0=0.37 - 0.03 * k, x1=0.63 + 0.03 * k, y0=0.3, y1=0.7)] for k in (0, 1, 2, 2, 2)]
    assert [[region.label for region in step.values()] for step in tracks(grown, [])] == [[GUITAR]] * 5


def test_across_the_seam_of_a_360_degree_frame_a_track_goes_on():
    places = [0.97, 1.0, 0.03, 0.06, 0.09, 0.12, 0.15]
    steps = []
    for x in places:
        region = box(x)
        steps.append([region._replace(x0=region.x0 % 1, x1=region.x0 % 1 + region.x1 - region.x0)])
    around = tracks(steps, [], wraps=True)
    assert [list(step) for step in around] == [[1]] * 7
    assert all(0 <= step[1].x0 < 1 and step[1].x1 - step[1].x0 == pytest.approx(0.2, abs=0.01) for step in around)
    middles = [(step[1].x0 + step[1].x1) / 2 for step in around]
    assert np.unwrap(middles, period=1) == pytest.approx(np.unwrap(places, period=1), abs=0.015)
    assert {track for step in tracks(steps, []) for track in step} == {1, 2}, "in a flat one it does not"


def test_two_names_across_the_seam_are_one_thing():
    over, beyond = Detection(GUITAR, 0.9, 0.9, 0.4, 1.1, 0.6), Detection(BANJO, 0.6, 0.0, 0.4, 0.1, 0.6)
    beyond_and_before = beyond._replace(x0=0.91, x1=1.11)
    assert len(tracks([[over, beyond_and_before]], [], wraps=True)[0]) == 1
    shifted = over._replace(x0=0.0, x1=0.2), Detection(BANJO, 0.6, 0.98, 0.4, 1.18, 0.6)
    assert len(tracks([list(shifted)], [], wraps=True)[0]) == 1
    assert len(tracks([list(shifted)], [])[0]) == 2


def test_empty_clips_have_no_tracks():
    assert tracks([], []) == []
    assert tracks([[], []], [1]) == [{}, {}]


def test_a_part_fills_a_gap_of_the_whole_within_the_wholes_outline():
    whole, body = box(0.5, side=0.4), box(0.55, score=0.6, side=0.2)
    faint = whole._replace(score=0.15)
    shown = tracks([[whole, body]] * 5 + [[faint, body]] * 4 + [[whole, body]] * 5, [])
    assert [list(step) for step in shown] == [[1]] * 14
    assert all(step[1].x1 - step[1].x0 == pytest.approx(0.4) for step in shown)


def test_a_player_who_crosses_the_picture_is_followed_from_step_to_step():
    shown = tracks([[box(0.1 + 0.15 * step)] for step in range(6)], [])
    assert [list(step) for step in shown] == [[1]] * 6


def test_a_doubtful_box_beside_a_sure_one_of_its_step_does_not_move_it():
    beside = box(0.58, score=0.3)
    shown = tracks([[box(0.5), beside], *[[box(0.5)]] * 4], [])
    assert shown[0][1].sides == pytest.approx(box(0.5).sides) and shown[0][1].score == pytest.approx(0.9)
    shown = tracks([*[[box(0.5)]] * 4, [box(0.5), beside]], [])
    assert shown[4][1].sides == pytest.approx(box(0.5).sides) and shown[4][1].score == pytest.approx(0.9)


def test_a_part_beyond_the_seam_is_the_same_thing_in_a_360_degree_frame_only():
    whole, body = Detection(GUITAR, 0.9, 0.9, 0.4, 1.1, 0.6), Detection(GUITAR, 0.7, 0.02, 0.42, 0.09, 0.58)
    assert [len(step) for step in tracks([[whole, body]] * 4, [], wraps=True)] == [1] * 4
    assert [len(step) for step in tracks([[whole, body]] * 4, [])] == [2] * 4


@pytest.mark.parametrize("x0, other_x0, wraps", [(0.3, 0.34, False), (0.97, 0.01, True), (0.01, 0.97, True)])
def test_two_tracks_that_come_to_have_two_names_are_the_same_thing_where_they_were_at_one_place(x0, other_x0, wraps):
    one, other = (
        Detection(GUITAR, 0.9, x0, 0.3, x0 + 0.4, 0.7),
        Detection(GUITAR, 0.6, other_x0, 0.3, other_x0 + 0.4, 0.7),
    )
    renamed = other._replace(label=BANJO, score=0.9)
    shown = tracks([*[[one, other]] * 3, *[[renamed]] * 4], [], wraps)
    assert [[region.label for region in step.values()] for step in shown] == [[BANJO]] * 7
    apart = [[one, other._replace(y0=0.5, y1=0.9)]] * 3 + [[renamed._replace(y0=0.5, y1=0.9)]] * 4
    assert [len(step) for step in tracks(apart, [], wraps)][:3] == [2] * 3


def test_boxes_that_are_hardly_there_are_not_looked_at():
    shown = tracks([[box(0.3), box(0.8, score=0.09), box(0.35, BANJO, score=0.05)]] * 4, [])
    assert [[region.label for region in step.values()] for step in shown] == [[GUITAR]] * 4


def test_a_doubtful_box_under_the_same_name_goes_on_with_a_track_however_doubtful():
    steps = [[box(0.3)]] * 3 + [[box(0.4, score=0.35)]] * 3
    assert [list(step) for step in tracks(steps, [])][:4] == [[1]] * 4
    assert [list(step) for step in tracks(steps[::-1], [])][2:] == [[1]] * 4


def test_a_doubtful_box_across_the_seam_begins_the_track_of_the_sure_one_behind_it():
    doubtful, sure = Detection(GUITAR, 0.45, 0.95, 0.4, 1.15, 0.6), Detection(GUITAR, 0.9, 0.01, 0.4, 0.21, 0.6)
    assert [list(step) for step in tracks([[doubtful], *[[sure]] * 4], [], wraps=True)] == [[1]] * 5
    assert [list(step) for step in tracks([[doubtful], *[[sure]] * 4], [])] == [[]] + [[1]] * 4
