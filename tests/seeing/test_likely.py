import pytest

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.seeing.closeups import LEAST_LIKELY
from milo_demo.seeing.likely import likely, raised

SIDES = (0.1, 0.1, 0.5, 0.5)
GUITAR, UKULELE, PIANO = (LABELS.index(label) for label in ("guitar", "ukulele", "piano"))


def test_what_is_heard_is_expected_and_what_looks_like_it():
    assert likely([]) == set()
    assert likely(["piano", "voice"]) == {PIANO, LABELS.index("voice")}
    assert {GUITAR, UKULELE} < likely(["ukulele"]) and PIANO not in likely(["ukulele"])


def test_doubtful_boxes_count_where_they_are_likely_and_nowhere_else():
    boxes = [Detection(PIANO, 0.45, *SIDES), Detection(GUITAR, 0.25, *SIDES), Detection(GUITAR, 0.125, *SIDES)]
    assert raised(boxes, set()) == boxes
    first, second, third = raised(boxes, {GUITAR})
    assert (first.label, first.score) == (GUITAR, pytest.approx(5 / 8)) and second == boxes[0]
    assert third.score < 0.5, "nothing counts that was not looked at from close up"
    assert raised([boxes[0]._replace(score=LEAST_LIKELY)], {PIANO})[0].score < 0.5


def test_what_is_heard_has_been_found_where_a_box_is_sure():
    boxes = [Detection(UKULELE, 0.5, *SIDES), Detection(GUITAR, 0.4, *SIDES), Detection(PIANO, 0.4, *SIDES)]
    scores = {box.label: box.score for box in raised(boxes, {GUITAR, UKULELE, PIANO})}
    assert scores == pytest.approx({UKULELE: 5 / 6, GUITAR: 0.4, PIANO: 10 / 13})


def test_what_is_surer_stays_surer():
    scores = [raised([Detection(GUITAR, score, *SIDES)], {GUITAR})[0].score for score in (0.3, 0.49, 0.5, 0.9)]
    assert scores == sorted(scores)


def test_what_is_far_less_sure_than_another_is_left():
    boxes = [Detection(GUITAR, 0.4, *SIDES), Detection(GUITAR, 0.25, *SIDES), Detection(UKULELE, 0.1875, *SIDES)]
    assert [box.score for box in raised(boxes, {GUITAR, UKULELE})] == pytest.approx([10 / 13, 5 / 8, 0.1875])


def test_scores_stay_scores():
    for score in (0.0, 1.0):
        assert raised([Detection(GUITAR, score, *SIDES)], {GUITAR})[0].score == score
