"""The live panel in a real browser, whose camera is a file."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from milo_demo import pipeline
from milo_demo.instruments import BY_NAME
from milo_demo.ui import live
from tests.ui.player import browser
from tests.ui.player.browser import PHONE, Visit, button, eventually, needs_chromium, served
from tests.ui.player.live.square import SQUARE, film, square_found

pytestmark = needs_chromium

GUITAR_COLOUR = [*bytes.fromhex(BY_NAME["guitar"].colour[1:]), 255]
FAKE = "--use-fake-device-for-media-stream"
ALLOWED = "--use-fake-ui-for-media-stream"
TRACK = "document.querySelector('.milo-live video').srcObject.getVideoTracks()[0]"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "look", square_found)
        patch.setattr(live, "labels", lambda: {"guitar", "piano"})
        with served(tmp_path_factory.mktemp("served")) as url:
            yield url


@pytest.fixture(scope="module")
def camera(tmp_path_factory) -> str:
    """The flag that makes the browser's camera show the square."""
    path = tmp_path_factory.mktemp("camera") / "square.y4m"
    film(path)
    return f"--use-file-for-fake-video-capture={path}"


@contextmanager
def visiting(address: str, *flags: str) -> Iterator[Visit]:
    """The page in a browser of its own, with another camera; nothing may go wrong in it."""
    with browser.visiting(address, *flags) as visit:
        yield visit
        assert visit.wrong == []


def open_panel(page: Page) -> None:
    button(page, "Use the camera").click()
    page.locator(".milo-live[open]").wait_for()


def painted(page: Page, x: float, y: float) -> list[list[int]]:
    """Red, green, blue and opacity of what is drawn over the camera's picture, in a short line down through a place
    given as fractions of it."""
    return page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.milo-live canvas');
          const ratio = 640 / 360;
          const width = Math.min(canvas.width, canvas.height * ratio), height = width / ratio;
          const left = (canvas.width - width) / 2, top = (canvas.height - height) / 2;
          const line = [left + x * width, top + (y - 0.02) * height, 1, 0.04 * height];
          const { data } = canvas.getContext('2d').getImageData(...line);
          return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)]);
        }""",
        [x, y],
    )


def test_the_live_picture_is_boxed_and_the_camera_let_go_of(address, camera):
    x0, _, x1, y1 = SQUARE
    edge, outside = ((x0 + x1) / 2, y1), (0.75, 0.2)
    with visiting(address, FAKE, ALLOWED, camera) as visit:
        page = visit()
        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        expect(page.locator(".milo-live-known")).to_contain_text("around: guitar, piano. Never around: accordion, ")
        eventually(lambda: GUITAR_COLOUR in painted(page, *edge), "the box's lower edge, in the guitar's colour")
        assert not np.any(painted(page, *outside)), "what is doubtful is not drawn"
        expect(page.locator(".milo-live-rate")).to_contain_text("looks a second")
        print(page.locator(".milo-live-rate").inner_text())

        page.evaluate(f"window.track = {TRACK}")
        assert page.evaluate("track.readyState") == "live"
        button(page, "Stop").click()
        assert page.evaluate("track.readyState") == "ended"
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        expect(page.locator(".milo-live-seen")).to_have_text("")

        button(page, "Start").click()
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        page.evaluate(f"window.track = {TRACK}")
        page.keyboard.press("Escape")
        page.locator(".milo-live").wait_for(state="hidden")
        eventually(lambda: page.evaluate("track.readyState") == "ended", "closing the panel stops the camera")

        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        page.evaluate(f"window.track = {TRACK}; window.dispatchEvent(new Event('pagehide'))")
        assert page.evaluate("track.readyState") == "ended", "leaving the page stops the camera"

        button(page, "Start").click()
        other = visit()
        page.close()
        open_panel(other)
        expect(other.locator(".milo-live-seen")).to_have_text("Seen: guitar")


def test_on_a_phone_looks_go_on_when_the_program_answers_again(address, camera):
    with visiting(address, FAKE, ALLOWED, camera) as visit:
        page = visit(viewport=PHONE["viewport"])
        corners = button(page, "Use the camera").bounding_box()
        assert corners["x"] + corners["width"] <= 390
        page.evaluate("MediaStreamTrack.prototype.getSettings = () => ({ facingMode: 'user' })")
        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        x0, _, x1, y1 = SQUARE
        mirrored = 1 - (x0 + x1) / 2, y1
        eventually(lambda: GUITAR_COLOUR in painted(page, *mirrored), "people know themselves from the mirror")
        panel = page.locator(".milo-live").bounding_box()
        assert panel["x"] >= 0 and panel["x"] + panel["width"] <= 390
        page.route("**/component_server/", lambda route: route.abort())
        expect(page.get_by_text("MILO does not answer")).to_be_visible()
        expect(page.locator(".milo-live-seen")).to_have_text("")
        page.unroute("**/component_server/")
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        expect(page.get_by_text("MILO does not answer")).to_be_hidden()
        visit.wrong.clear()  # the browser's own word on the requests that were aborted


@pytest.mark.parametrize("flags, allowed, host, words", [
    ([FAKE], False, "127.0.0.1", "may not use the camera"),
    ([ALLOWED], True, "127.0.0.1", "There is no camera"),
    ([FAKE, ALLOWED, "--host-resolver-rules=MAP localhost.test 127.0.0.1"], True, "localhost.test", "over https"),
])  # fmt: skip
def test_no_camera_is_a_sentence(address, flags, allowed, host, words):
    with visiting(address.replace("127.0.0.1", host), *flags) as visit:
        page = visit()
        if not allowed:
            page.context.grant_permissions([])
        open_panel(page)
        expect(page.locator(".milo-live-note")).to_contain_text(words)
        expect(button(page, "Start")).to_be_visible()
        if host != "127.0.0.1":
            expect(page.locator(".milo-live-private")).to_contain_text("the machine that runs this page")
            visit.wrong.clear()  # this page does come from another machine, as far as the browser knows
