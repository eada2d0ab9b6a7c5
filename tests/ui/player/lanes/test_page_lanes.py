"""The swim lanes on the page, in a real browser: under the picture, led by it and leading it, from event to event."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from milo_demo.grid import BRIDGE_STEPS, RELEASE, spans
from milo_demo.ui.layout import PLAYER
from milo_demo.ui.player_data import file_url
from tests.ui import drawn
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, video

pytestmark = in_a_browser

SPANS = """async ([url, scores, thresholds, release, bridge]) => {
  const { spans } = await import(new URL(url, document.baseURI));
  return thresholds.map((threshold) => spans(scores, threshold, release, bridge));
}"""


def lanes(page: Page) -> list[str]:
    """Names of the instruments that have a lane, top to bottom."""
    chips = page.locator(".milo-chip:visible").all()
    placed = sorted((chip.bounding_box()["y"], chip.locator("span").first.inner_text()) for chip in chips)
    return [name for _, name in placed]


def curves(page: Page) -> list[list]:
    """Of every curve that is seen: whose it is, and in which lane its line lies."""
    return page.evaluate(
        """[...document.querySelector('#milo-timeline .js-plotly-plot').data]
          .filter(({ meta, visible }) => meta.peak === undefined && visible !== false)
          .map(({ meta, y }) => [meta.label, y.bdata ? 'as it came' : -y[0]])"""
    )


def test_picture_and_lanes_are_in_the_first_screen(visit, tmp_path):
    page = visit(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    analyse(page, "duet.mp4", tmp_path)
    for part in (".milo-answer", ".milo-screen", ".milo-controls", "#milo-timeline .nsewdrag"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, part
    above, below = (page.locator(part).first.bounding_box() for part in (".milo-stage", "#milo-timeline .nsewdrag"))
    assert below["y"] - above["y"] - above["height"] < 30, "nothing stands between picture and lanes"


def test_in_a_window_that_is_made_narrow_picture_and_lanes_have_all_of_its_width(duet):
    def right_edge(selector: str) -> float:
        box = duet.locator(selector).first.bounding_box()
        return box["x"] + box["width"]

    duet.set_viewport_size({"width": 768, "height": 1024})
    eventually(lambda: 700 < right_edge("#milo-timeline .nsewdrag") < 768, "the lanes end where the window ends")
    assert right_edge(".milo-screen") > 700
    duet.set_viewport_size({"width": 1280, "height": 900})
    eventually(lambda: right_edge("#milo-timeline .nsewdrag") == pytest.approx(right_edge(".milo-screen"), abs=40))


def test_a_pointer_that_is_dragged_seeks_all_the_way(duet):
    area = duet.locator("#milo-timeline .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    at = [box["x"] + share * box["width"] for share in (0.25, 0.5, 0.75)]
    duet.mouse.move(at[0], box["y"] + 10)
    duet.mouse.down()
    eventually(lambda: video(duet, "currentTime") == pytest.approx(0.25 * drawn.DURATION_S, abs=0.05))
    for x, share in zip(at[1:], (0.5, 0.75), strict=True):
        duet.mouse.move(x, box["y"] + 20, steps=4)
        eventually(lambda share=share: video(duet, "currentTime") == pytest.approx(share * drawn.DURATION_S, abs=0.05))
    duet.mouse.up()
    duet.mouse.move(at[0], box["y"] + 20)
    assert video(duet, "currentTime") == pytest.approx(0.75 * drawn.DURATION_S, abs=0.05), "it was let go"
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")


def test_keys_and_buttons_step_from_event_to_event(duet):
    said, mark = duet.locator(".milo-event-said"), duet.locator(".milo-event")
    duet.locator("#milo-timeline .js-plotly-plot").focus()
    duet.keyboard.press("Home")
    duet.keyboard.press("n")
    expect(said).to_have_text("piano heard from 0:02.0 to 0:04.0")
    assert video(duet, "currentTime") == pytest.approx(2.05, abs=0.06)
    expect(mark).to_have_count(1)
    button(duet, "Next event").click()
    expect(said).to_have_text("Nobody begins after this moment.")
    expect(mark).to_have_count(0)
    button(duet, "Previous event").click()
    expect(said).to_have_text("guitar heard from 0:00.0 to 0:02.0; guitar seen from 0:00.0 to 0:04.0")
    expect(mark).to_have_count(2)
    button(duet, "piano").click()
    duet.locator("#milo-timeline .js-plotly-plot").focus()
    duet.keyboard.press("n")
    duet.keyboard.press("p")
    expect(said).to_have_text("Nobody begins before this moment.")
    button(duet, "piano").click()
    duet.keyboard.press("Home")


def test_keys_choose_the_part_that_is_shown(duet):
    shown = "document.querySelector('#milo-timeline .js-plotly-plot').layout.xaxis.range"
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")
    duet.keyboard.press("ArrowRight")
    duet.keyboard.press("a")
    duet.keyboard.press("ArrowRight")
    duet.keyboard.press("b")
    eventually(lambda: duet.evaluate(shown) == [pytest.approx(1, abs=0.05), pytest.approx(2, abs=0.05)])
    duet.keyboard.press("0")
    eventually(lambda: duet.evaluate(shown) == [0, drawn.DURATION_S])
    duet.keyboard.press("Home")


def test_a_threshold_acts_on_sentence_rows_and_lanes_at_once_and_asks_nobody(duet):
    asked: list[str] = []

    def note(request) -> None:
        asked.append(request.url)

    duet.on("request", note)
    answer, names = duet.locator(".milo-answer"), duet.locator(".milo-row:visible .milo-name")
    first = answer.inner_text()
    duet.get_by_label("Threshold").fill("85")
    expect(answer).to_have_text("A guitar is heard and seen.")
    expect(names).to_contain_text(["guitar", "piano", "cello", "voice"])
    expect(names.nth(1)).to_contain_text("unsure")
    duet.get_by_label("Threshold").fill("20")
    expect(answer).to_contain_text("perhaps a cello or a voice")
    expect(names.nth(3)).not_to_contain_text("unsure")
    duet.get_by_label("Threshold").fill("50")
    expect(answer).to_have_text(first)
    duet.remove_listener("request", note)
    assert asked == []


def test_every_instrument_can_have_its_lane(duet):
    eventually(lambda: lanes(duet) == ["guitar", "piano", "cello", "voice"])
    assert next(name for name, _ in curves(duet)) == "guitar"
    duet.get_by_label("all instruments").check()
    eventually(lambda: lanes(duet) == ["guitar", "piano", "cello", "voice", "tuba"])
    eventually(lambda: ["tuba", 4] in curves(duet))
    duet.get_by_label("all instruments").uncheck()
    eventually(lambda: lanes(duet) == ["guitar", "piano", "cello", "voice"])


def test_the_browser_finds_the_events_that_python_finds(duet):
    rng = np.random.default_rng(0)
    steps = rng.normal(0, 12, 400).cumsum()
    scores = np.clip(np.abs(steps) % 100, 0, 100).round().astype(int)
    thresholds = [20, 35, 50, 77, 95]
    url = file_url(PLAYER / "lanes" / "events.js")
    found = duet.evaluate(SPANS, [url, scores.tolist(), thresholds, RELEASE, BRIDGE_STEPS])
    expected = [[list(span) for span in spans(scores, threshold)] for threshold in thresholds]
    assert found == expected and all(len(some) > 2 for some in expected)
