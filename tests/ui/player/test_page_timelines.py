"""The figures on the page, in a real browser: they follow the player and lead it, and can be zoomed and unfolded."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui import drawn
from tests.ui.player.browser import button, eventually, in_a_browser, video

pytestmark = in_a_browser


@pytest.mark.parametrize("figure", ["#milo-timeline", "#milo-tags"])
def test_the_timelines_seek_and_follow(duet, figure):
    area = duet.locator(f"{figure} .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    there, row = box["x"] + box["width"] * 0.75, box["y"] + 34
    duet.mouse.move(there - 20, row)
    duet.mouse.move(there, row)
    expect(duet.locator(f"{figure} .hovertext").first).to_contain_text(re.compile(r"at 2\.\d s|at 3\.\d s"))
    expect(duet.locator(f"{figure} .hovertext").first).to_contain_text("%")
    duet.mouse.click(there, row)
    eventually(lambda: video(duet, "currentTime") == pytest.approx(0.75 * drawn.DURATION_S, abs=0.05))
    eventually(lambda: duet.locator(f"{figure} .milo-playhead").bounding_box()["x"] == pytest.approx(there, abs=3))
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")


def shown(page: Page) -> list[list[float]]:
    """The part of the clip that each figure shows, seconds."""
    plots = "[...document.querySelectorAll('.js-plotly-plot')]"
    return page.evaluate(f"{plots}.map((plot) => plot.layout.xaxis.range)")


def test_all_figures_share_a_zoom_that_stays(duet):
    box = duet.locator("#milo-timeline .nsewdrag").first
    box.scroll_into_view_if_needed()
    box = box.bounding_box()
    duet.keyboard.down("Shift")
    duet.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    duet.mouse.down()
    duet.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 24, steps=8)
    expect(duet.locator("#milo-timeline .milo-selection")).to_be_visible()
    duet.mouse.up()
    duet.keyboard.up("Shift")
    halves = [pytest.approx(share * drawn.DURATION_S, abs=0.1) for share in (0.25, 0.75)]
    eventually(lambda: shown(duet) == [halves] * 3)
    button(duet, "Play").click()
    duet.wait_for_function("document.querySelector('video').currentTime > 0.3")
    button(duet, "Pause").click()
    duet.get_by_label("all genre tags").check()
    expect(duet.locator("#milo-tags .ytick", has_text="soft rock")).to_be_visible()
    eventually(lambda: shown(duet) == [halves] * 3, "playing and redrawing leave the zoom alone")
    duet.get_by_label("all genre tags").uncheck()
    expect(duet.locator("#milo-tags .ytick", has_text="soft rock")).to_have_count(0)
    button(duet, "guitar").dblclick()
    assert shown(duet) == [halves] * 3, "two clicks on a name are no zoom"
    duet.locator("#milo-timeline .nsewdrag").first.dblclick()
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 3, "a double click shows the whole clip again")
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")


def test_buttons_zoom_where_nothing_can_be_dragged(duet):
    button(duet, "Zoom in").click()
    eventually(lambda: all(end - start == pytest.approx(drawn.DURATION_S / 2) for start, end in shown(duet)))
    button(duet, "Zoom out").click()
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 3)


def test_keys_work_on_the_timelines(duet):
    duet.locator("#milo-tags .js-plotly-plot").focus()
    duet.keyboard.press("Home")
    duet.keyboard.press("ArrowRight")
    duet.keyboard.press("ArrowRight")
    assert video(duet, "currentTime") == pytest.approx(2.0, abs=0.05)
    eventually(lambda: duet.locator("#milo-tags .milo-playhead").bounding_box() is not None)
    duet.keyboard.press("+")
    eventually(lambda: shown(duet) == [[pytest.approx(1, abs=0.1), pytest.approx(3, abs=0.1)]] * 3)
    duet.keyboard.press("0")
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 3)
    duet.keyboard.press("Home")


def test_the_threshold_redraws_what_does_not_reach_it(duet):
    def drawn_now(of: str, what: str) -> list[float]:
        return duet.evaluate(
            f"document.querySelector('{of} .js-plotly-plot').data.map((trace) => trace.{what}).filter((it) => it)"
        )

    guitar_heard, guitar_seen, piano_heard, *_ = drawn_now("#milo-timeline", "opacity")
    assert guitar_heard == guitar_seen == piano_heard == 1
    duet.get_by_label("Threshold").fill("85")
    eventually(lambda: drawn_now("#milo-timeline", "opacity")[2] < 1, "the piano reaches 80 % only")
    assert drawn_now("#milo-timeline", "opacity")[:2] == [1, 1]
    eventually(lambda: set(drawn_now("#milo-tags", "zmax")) == {170}, "the jump in the strips' colours lies at 85 %")
    duet.get_by_label("Threshold").fill("50")
    eventually(lambda: set(drawn_now("#milo-tags", "zmax")) == {100})


def test_the_tags_say_whose_they_are(duet):
    expect(duet.locator("#milo-tags")).to_contain_text("Sounds like guitar, slow, classical, no vocals; about 96")
    expect(duet.locator("#milo-tags")).to_contain_text("milo-tags 1, distilled")
