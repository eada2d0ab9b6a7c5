"""The page for everybody: what axe-core finds in it, and the way through it by keys, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.ui.player.browser import PHONE, analyse, button, in_a_browser, picture_is_there

pytestmark = in_a_browser

STOPS = 150
"""More than there are controls on the page."""


@pytest.fixture(scope="module")
def address(all_found: str) -> str:
    return all_found


def wrong(page: Page) -> list[str]:
    """What axe-core finds serious or worse; of Gradio's own parts as well."""
    page.evaluate("document.getAnimations().forEach((it) => it.finish())")  # or colours are still on their way
    found = Axe().run(page).response["violations"]
    return [
        f"{it['id']}: {node['target']}"
        for it in found
        if it["impact"] in ("serious", "critical")
        for node in it["nodes"]
    ]


def in_light_and_dark(page: Page) -> list[str]:
    light = wrong(page)
    switch = button(page, "Light or dark")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    dark = wrong(page)
    switch.click()
    return light + dark


@pytest.mark.parametrize("window", [{"viewport": {"width": 1440, "height": 900}}, PHONE], ids=["desk", "phone"])
def test_nothing_serious_is_found(visit, tmp_path, window):
    page = visit(**window)
    assert in_light_and_dark(page) == [], "on the idle page"
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    page.get_by_text("How MILO comes to this").click()
    expect(page.locator(".milo-stages")).to_be_visible()
    page.get_by_text("How it works, and what it cannot know").click()
    expect(page.get_by_text("MILO listens and looks")).to_be_visible()
    page.get_by_role("button", name="Models").click()
    expect(page.locator(".milo-models")).to_be_visible()
    assert in_light_and_dark(page) == [], "on a result"
    button(page, "Correct guitar").click()
    assert wrong(page) == [], "while a name is put right"


def test_keys_lead_through_the_whole_page_and_show_where_they_are(visit, tmp_path):
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    page.evaluate("document.activeElement.blur()")
    page.mouse.click(2, 2)
    passed = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const here = document.activeElement;
              const style = getComputedStyle(here);
              const outlined = style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
              const ring = outlined || style.boxShadow !== 'none';
              return here === document.body ? null : [here.outerHTML.slice(0, 120), ring];
            }"""
        )
        if at is None:
            break
        passed.append(at)
    assert 50 < len(passed) < STOPS, "it ends, and nothing holds the keys"
    assert [html for html, ring in passed if not ring] == []
