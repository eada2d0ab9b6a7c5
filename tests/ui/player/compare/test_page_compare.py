"""Listening to one separator after the other, in a real browser."""

import threading
import time

import numpy as np
import soundfile
from PIL import Image
from playwright.sync_api import expect

from milo_demo import saved
from milo_demo.saved import Heard, Take
from tests.ui.player.browser import analyse, button, in_a_browser

pytestmark = in_a_browser

HEARD = """
const { play } = HTMLMediaElement.prototype;
HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); };
"""

ROWS = """[...document.querySelectorAll('.milo-take')].map((row) => [
  row.dataset.method, row.querySelector('.milo-letter').textContent,
])"""


def test_who_is_who_stays_hidden_while_more_comes_and_after_stop_nothing_seems_to_run(visit, tmp_path, monkeypatch):
    more = threading.Event()

    def compare(folder, methods, *part, **how):
        """The first at once; the second, which learns, when there is to be more; the others never come."""
        sound, mask = folder / "take.flac", folder / "take.png"
        soundfile.write(sound, np.sin(np.arange(16_000 * 20) / 9) / 10, 16_000)
        Image.new("RGB", (40, 20)).save(mask)
        tracks = (Heard("guitar", sound),)
        takes = [Take("milo", tracks, mask), Take("nmf", tracks, mask, 0.3)]
        while True:
            yield takes[: 1 + more.is_set()]
            time.sleep(0.1)

    monkeypatch.setattr(saved, "compare", compare)
    page = visit(HEARD)
    analyse(page, "duet.mp4", tmp_path)
    page.get_by_role("button", name="Compare separators").click()
    button(page, "Compare").click()
    listen = page.locator(".milo-listen")
    expect(listen).to_have_count(1)
    page.get_by_role("switch", name="Blind").check()
    rows = page.evaluate(ROWS)
    assert [letter for _, letter in rows] == list("ABCDE") and len({method for method, _ in rows}) == 5
    listen.get_by_role("button").click()
    page.wait_for_function("window.heard?.currentTime > 0")
    more.set()
    expect(listen).to_have_count(2)
    expect(page.get_by_role("switch", name="Blind")).to_be_checked()
    assert page.evaluate(ROWS) == rows
    letters = {listen.nth(k).get_attribute("aria-label") for k in (0, 1)}
    assert letters == {letter for method, letter in rows if method in ("milo", "nmf")}
    assert not page.evaluate("heard.paused"), "what is heard goes on"
    expect(page.locator(".milo-waiting:visible")).to_have_count(3)
    button(page, "Stop").click()
    expect(page.locator(".milo-waiting:visible")).to_have_count(0)
    button(page, "Reveal").click()
    expect(page.get_by_role("group", name="MILO: notes and masks")).to_be_visible()
    said = "getComputedStyle(document.querySelector('.milo-going'), '::before').content"
    assert page.evaluate(said) == '"stopped at "'
    button(page, "Compare").click()
    page.wait_for_function("heard.paused")  # its row has gone
