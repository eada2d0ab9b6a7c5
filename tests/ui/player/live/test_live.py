"""What is said about a still from the camera."""

import base64
from threading import Lock

import anyio
import pytest

from milo_demo import pipeline
from milo_demo.errors import MiloError
from milo_demo.instruments import LABELS
from milo_demo.pipeline import SIDE_PX
from milo_demo.ui import live
from tests.ui.player.live.square import GUITAR, SQUARE, jpeg, square_found


def test_the_bundled_networks_answer():
    answer = live.answer(jpeg())
    assert answer.keys() == {"boxes"}
    assert {LABELS[label] for label, *_ in answer["boxes"]} <= live.labels() != set()


@pytest.fixture
def _seeing_squares(monkeypatch):
    monkeypatch.setattr(pipeline, "look", square_found)


@pytest.mark.usefixtures("_seeing_squares")
def test_an_answer_holds_what_is_surely_seen():
    ((label, score, *corners),) = live.answer(jpeg())["boxes"]
    assert (label, score) == (GUITAR, 93)
    assert corners == pytest.approx([1000 * side for side in SQUARE], abs=12)


@pytest.mark.usefixtures("_seeing_squares")
@pytest.mark.parametrize("still", [
    "", "not base64 !", base64.b64encode(b"no picture").decode(), jpeg(kind="PNG"), jpeg(SIDE_PX + 1, 100),
    jpeg()[:400], "A" * (live.MOST_CHARACTERS + 1), None, 7, ["x"], {"binary": True},
])  # fmt: skip
def test_what_is_no_still_is_a_sentence(still):
    assert "arrived damaged" in live.answer(still)["wrong"]


@pytest.mark.parametrize("error, words", [
    (MiloError("The boxes model is not in this copy of MILO."), "The boxes model is not in this copy"),
    (ZeroDivisionError(), "a fault of the program"),
])  # fmt: skip
def test_a_look_that_fails_is_a_sentence(monkeypatch, error, words):
    def fails(frame):
        raise error

    monkeypatch.setattr(pipeline, "look", fails)
    assert words in live.answer(jpeg())["wrong"]


def test_visitors_take_turns_and_a_crowd_is_sent_away(monkeypatch):
    served, busy, at_once = [], Lock(), []

    def answer(still):
        at_once.append(busy.acquire(blocking=False))
        anyio.run(anyio.sleep, 0.01)
        served.append(still)
        busy.release()
        return {"boxes": []}

    monkeypatch.setattr(live, "answer", answer)

    async def crowd():
        sent_away = []
        panel = live.panel()

        async def visitor(number):
            if "wrong" in await panel.look(number):
                sent_away.append(number)

        async with anyio.create_task_group() as visitors:
            for number in range(live.MOST_WAITING + 3):
                visitors.start_soon(visitor, number)
                await anyio.sleep(0)  # they come one after another
        return sent_away

    sent_away = anyio.run(crowd)
    assert all(at_once), "one look at a time"
    assert served == list(range(len(served))), "first come, first served"
    assert len(sent_away) == 2 and len(served) == live.MOST_WAITING + 1
