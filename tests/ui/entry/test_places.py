from contextlib import closing

import pytest

from milo_demo.ui.entry.pace import Pace
from milo_demo.ui.entry.places import Places, Ticket


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_how_long_it_will_take_is_told_by_how_far_it_has_come():
    clock = Clock()
    pace = Pace(clock)
    assert pace.note(0.0) is None
    clock.now_s = 2.0
    assert pace.note(0.2) == pytest.approx(8)
    clock.now_s = 4.0
    assert pace.note(0.4) == pytest.approx(6), "it goes on as it began"
    clock.now_s = 10.0
    assert 0 < pace.note(0.4) < 9, "a bar that stands still makes it longer, step by step"


def test_who_waits_is_served_in_turn_and_told_how_many_are_before_them():
    places = Places(1)
    first, second, third = Ticket(), Ticket(), Ticket()
    assert list(places.wait(first)) == []
    with closing(places.wait(second)) as one, closing(places.wait(third)) as other:
        assert next(one) == (0, None) and next(other) == (1, None)
        first.pace.left_s = 30.0
        assert next(one) == (0, 30.0) and next(other) == (1, None), (
            "no run has ended yet: nobody knows how long one lasts"
        )
        places.leave(first, done=True)
        assert list(one) == [] and second.pace is not None
        second.pace.left_s = 10.0
        assert next(other) == (0, 10.0)
    places.leave(third)
    places.leave(second)
    assert list(places.wait(Ticket())) == []


def test_who_gives_up_waiting_holds_nobody_up():
    places = Places(1)
    first, second, third = Ticket(), Ticket(), Ticket()
    list(places.wait(first))
    with closing(places.wait(second)) as one, closing(places.wait(third)) as other:
        next(one), next(other)
        places.leave(second)
        assert next(other)[0] == 0
        places.leave(first)
        assert list(other) == []
