import numpy as np
import pytest

from milo_demo.grid import STEPS_PER_S
from milo_demo.training.playing import stage
from milo_demo.training.playing.stage import Maker
from tests.training.playing.stages import drawn, piece

KINDS = ("violin", "drum", "guitar", "clarinet", "piano")


@pytest.fixture
def maker(empties):
    return Maker([drawn(kind) for kind in KINDS], empties, [piece("violin"), piece("drum", "guitar")], seed=3)


def test_a_show_is_a_function_of_its_number(maker, empties):
    again = Maker([drawn(kind) for kind in KINDS], empties, [piece("violin"), piece("drum", "guitar")], seed=3)
    one, two, other = maker.show(4, 3), again.show(4, 3), maker.show(5, 3)
    assert np.array_equal(one.draw(0.3), two.draw(0.3))
    assert one.draw(0.3).shape[:2] == one.size[::-1] and max(one.size) == stage.SIDE_PX
    assert one.size != other.size or not np.array_equal(one.draw(0.3), other.draw(0.3))


def test_who_plays_is_who_has_a_note_then(maker):
    """The truth follows the score: of the labels that have a part, and only while it sounds."""
    sounding = resting = 0
    for number in range(40):
        show = maker.show(number, 6)
        for step in range(6):
            at_s = (show.begin + step) / STEPS_PER_S
            for touch in show.truth(step):
                if touch.sounds:
                    sounding += 1
                    assert touch.label in show.piece.parts and not show.still and len(touch.points)
                    assert at_s < 10.6 or at_s > 19.9
                resting += not touch.sounds and 11 < at_s < 19
                assert ((touch.points >= 0) & (touch.points < show.size)).all()
    assert sounding > 50 and resting > 20


def test_contacts_lie_on_the_instrument(maker):
    for number in range(12):
        show = maker.show(number, 2)
        for touch in show.truth(1):
            x0, y0, x1, y1 = touch.sides
            inside = (touch.points > (x0 - 3, y0 - 3)) & (touch.points < (x1 + 3, y1 + 3))
            assert inside.all()


def test_nothing_but_the_camera_moves_in_a_still_picture(maker, monkeypatch):
    monkeypatch.setattr(stage, "STILL", 1.0)
    monkeypatch.setattr(stage, "CUT", 0.0)
    for number in range(6):
        show = maker.show(number, 4)
        assert show.still and not any(touch.sounds for step in range(4) for touch in show.truth(step))
        show._shake, show._pan, show._zoom = (np.zeros((2, 3)), np.ones(3), np.ones(3)), np.zeros(2), 0.0
        show._grain[:] = 0
        assert np.array_equal(show.draw(0.1), show.draw(1.4))


def test_larger_pictures_show_the_same(maker):
    show = maker.show(2, 2)
    small, large = show.draw(0.5), show.draw(0.5, 2 * stage.SIDE_PX)
    assert large.shape[:2] == (2 * small.shape[0], 2 * small.shape[1])
    shrunk = large.reshape(small.shape[0], 2, small.shape[1], 2, 3).mean(axis=(1, 3))
    assert np.corrcoef(shrunk.ravel(), small.ravel())[0, 1] > 0.6
