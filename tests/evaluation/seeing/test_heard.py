import pytest

from milo_demo.evaluation.seeing import heard
from tests.evaluation.seeing.test_rare import CELLO, VIOLIN, photo, said


def test_what_is_heard_is_found_more_often_and_so_are_ghosts():
    seen = [said(CELLO, (CELLO, 0.9)), said(CELLO, (CELLO, 0.3)), said(CELLO, (VIOLIN, 0.3)), said(CELLO, (CELLO, 0.1))]

    def values(when: str) -> list[float]:
        table = heard.measure(when, [photo("cello")] * 4, seen, [said(CELLO, (VIOLIN, 0.3))])
        return [figures["boxes"].value for figures in table.values()]

    assert values("unheard") == [0.25, 0.25, 0]
    assert values("heard") == [0.5, 0.75, pytest.approx(3 / 25)]  # for violin, cello and erhu
