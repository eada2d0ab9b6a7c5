"""The second look: where, when, and how it joins the first. The eye finds whatever is bright."""

import numpy as np
import pytest

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.seeing import closer
from milo_demo.seeing.closer import look_again, look_closer, suspected
from milo_demo.seeing.detect import Sight

GUITAR, HARP = LABELS.index("guitar"), LABELS.index("harp")
NOTHING = np.zeros((len(LABELS), 8, 12), np.float32)
SMALL = Detection(GUITAR, 0.3, 0.55, 0.6, 0.65, 0.8)


def frame(long_side_px: int) -> np.ndarray:
    """A bright patch where SMALL is."""
    width, height = long_side_px, long_side_px * 2 // 3
    picture = np.zeros((height, width, 3), np.uint8)
    picture[round(0.6 * height) : round(0.8 * height), round(0.55 * width) : round(0.65 * width)] = 255
    return picture


@pytest.fixture
def asked(monkeypatch):
    """The frames that were looked at from closer."""
    frames = []

    def detect(given, eye):
        for picture in given:
            frames.append(picture)
            bright = picture[..., 0] > 128
            rows, columns = (np.flatnonzero(bright.any(axis=axis)) for axis in (1, 0))
            maps = np.zeros((1, len(LABELS), 16, 24), np.float32)
            boxes = []
            if bright.any():
                height, width = bright.shape
                sides = columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
                boxes.append(Detection(GUITAR, 0.9, *sides))
                row, column = rows.mean() / height * 16, columns.mean() / width * 24
                maps[0, GUITAR, int(row), int(column)] = 0.8
            yield Sight(maps, [boxes])

    monkeypatch.setattr(closer, "detect", detect)
    return frames


def test_what_is_small_and_unsure_is_suspected():
    assert suspected(NOTHING, [SMALL]) == pytest.approx((0.35, 0.45, 0.85, 0.95))
    assert suspected(NOTHING, [SMALL._replace(score=0.9)]) is None, "it is sure"
    assert suspected(NOTHING, [SMALL._replace(x0=0.0)]) is None, "it would not fit"
    assert suspected(NOTHING, [SMALL._replace(score=0.06)]) is None
    hint = NOTHING.copy()
    hint[HARP, 0, 11] = 0.1
    assert suspected(hint, []) == pytest.approx((0.5, 0.0, 1.0, 0.5)), "in the corner, and within the frame"


def test_what_is_seen_from_closer_lies_where_it_is_in_the_frame(asked):
    maps = NOTHING.copy()
    [box] = look_closer(maps, [SMALL], frame, None)
    assert asked[0].shape == (256, 384, 3)
    assert box.score == 0.9 and box.sides == pytest.approx(SMALL.sides, abs=0.01)
    row, column = np.unravel_index(maps[GUITAR].argmax(), maps[GUITAR].shape)
    assert maps[GUITAR].max() == pytest.approx(0.8) and (row, column) == (5, 7)
    assert (maps > 0).sum() == 1


def test_what_the_edge_of_the_window_cuts_is_left_out(asked):
    beside = Detection(HARP, 0.3, 0.05, 0.6, 0.15, 0.8)  # half of the patch lies in the window around it
    assert look_closer(NOTHING.copy(), [beside._replace(x0=0.3, x1=0.4)], frame, None)[0].label == HARP


def test_where_nothing_is_suspected_nobody_looks_again(asked):
    assert look_closer(NOTHING.copy(), [], frame, None) == [] and not asked


def test_every_fourth_step_is_looked_at_again_and_those_after_one_in_which_it_paid(asked):
    shown = [False] * 5 + [True] * 5 + [False] * 2
    views = iter(
        [frame if bright else lambda side_px: np.zeros((side_px * 2 // 3, side_px, 3), np.uint8) for bright in shown]
    )
    sights = [Sight(np.stack([NOTHING] * 4), [[SMALL]] * 4) for _ in range(3)]
    seen = [boxes for sight in look_again(sights, views, None) for boxes in sight.found]
    sure = [step for step, boxes in enumerate(seen) if any(box.score >= 0.5 for box in boxes)]
    assert sure == [8, 9]
    assert len(asked) == 5, "steps 0, 4, 8, 9 and, after those that paid, 10"
    assert all(sight.maps.max() == 0 for sight in sights), "what was given stays as it was"
