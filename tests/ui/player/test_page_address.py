"""A moment of a result handed out as a link, in a real browser."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.ui import drawn
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, picture_is_there, video

pytestmark = in_a_browser


def address(page: Page) -> str:
    """As the page has it now: `page.url` is only renewed while Playwright waits for something of the browser's."""
    return page.evaluate("location.href")


def told(page: Page) -> dict[str, str]:
    """What the address tells, but for the result's name."""
    fields = parse_qs(address(page).partition("#")[2])
    return {name: values[0] for name, values in fields.items() if name != "result"}


def test_an_address_tells_of_the_moment_and_brings_another_visitor_there(visit, tmp_path):
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    eventually(lambda: "result=clip-" in address(page) and told(page) == {})
    page.get_by_label("Threshold").fill("85")
    page.get_by_label("seen where").uncheck()
    button(page, "guitar").click()
    button(page, "Mute everything else").click()
    button(page, "Loop").click()
    page.get_by_label("Position in the clip").fill("3")
    button(page, "Zoom in").click()
    button(page, "Mute guitar in the part that is shown").click()
    state = {
        "threshold": "85", "layers": "boxes played", "solo": "guitar", "mute": "residual", "loop": "1", "t": "3.00",
        "part": "2.00 4.00", "cut": "guitar 2.00 4.00",
    }  # fmt: skip
    eventually(lambda: told(page) == state, str(told(page)))

    other = visit(at="#" + address(page).partition("#")[2])
    other.locator(".milo-files a").first.wait_for()
    picture_is_there(other)
    expect(other.locator(".milo-answer")).to_have_text("A guitar is heard and seen.")
    eventually(lambda: told(other) == state, str(told(other)))
    eventually(lambda: address(page) != address(other), "each has a result of their own")
    expect(button(page, "Make their tracks")).to_be_visible()
    expect(page.locator("#milo-who")).to_be_visible()
    expect(button(other, "Analyse")).to_be_disabled()
    for away in ("#milo-who", "#milo-make", "#milo-other-part", "#milo-whole"):
        expect(other.locator(away)).to_be_hidden()
    eventually(lambda: video(other, "currentTime") == pytest.approx(3, abs=0.01))
    for pressed in ("guitar", "Solo guitar", "Mute everything else", "Loop"):
        expect(button(other, pressed)).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_label("seen where")).not_to_be_checked()
    expect(other.get_by_role("button", name="guitar is muted from 0:02.0 to 0:04.0")).to_be_visible()
    shown = other.evaluate("document.querySelector('#milo-timeline .js-plotly-plot').layout.xaxis.range")
    assert shown == [drawn.DURATION_S / 2, drawn.DURATION_S]
    other.reload()
    other.locator(".milo-files a").first.wait_for()
    eventually(lambda: told(other) == state, "the result is still there when the page is loaded again")

    page.get_by_label("Separate tracks").uncheck()
    analyse(page, "duet.mp4", tmp_path)
    eventually(lambda: told(page) == {"threshold": "85", "layers": "boxes played", "loop": "1"}, str(told(page)))


def test_an_example_whose_result_is_gone_is_analysed_again(visit):
    page = visit(at=f"#result=drawn_duet-{24 * '0'}&t=1&solo=piano")
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator(".milo-badge")).to_be_visible()
    eventually(lambda: told(page) == {"t": "1.00", "solo": "piano"})
    expect(button(page, "Solo piano")).to_have_attribute("aria-pressed", "true")


def test_a_link_to_a_result_that_is_gone_says_so(visit, tmp_path):
    page = visit(at=f"#result=clip-{24 * '0'}&t=3&threshold=90&layers=hands&solo=flute")
    expect(page.get_by_role("alert")).to_contain_text("The result of this link is gone.")
    analyse(page, "duet.mp4", tmp_path)
    eventually(lambda: 24 * "0" not in address(page) and told(page) == {}, "another clip begins as usual")


def test_the_link_to_the_moment_can_be_copied(duet):
    duet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(duet, "link").click()
    expect(duet.locator(".milo-event-said")).to_contain_text("copied")
    assert duet.evaluate("navigator.clipboard.readText()") == address(duet)
