"""A wrong name put right by hand, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.player.browser import analyse, anything_painted, button, eventually, in_a_browser, picture_is_there, video

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def page(visit, tmp_path_factory) -> Page:
    page = visit()
    analyse(page, "duet.mp4", tmp_path_factory.mktemp("correcting"))
    picture_is_there(page)
    return page


def test_a_new_name_is_everywhere_at_once_and_can_be_taken_back(page):
    was = page.locator(".milo-answer").inner_text()
    button(page, "Mute guitar").click()
    page.get_by_label("Position in the clip").fill("1")
    button(page, "Correct guitar").click()
    dialog = page.get_by_role("dialog", name="This is not a guitar?")
    dialog.get_by_label("It is a").select_option("ukulele")
    button(page, "Rename").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".milo-answer")).to_contain_text("A ukulele is heard and seen")
    expect(page.locator(".milo-row:visible").first).to_contain_text("ukulele")
    expect(page.locator(".milo-row:visible").first).to_contain_text("named by hand")
    expect(button(page, "ukulele named by hand")).to_be_visible()  # its lane
    expect(page.locator(".milo-track").first).to_contain_text("ukulele")
    expect(button(page, "Mute ukulele")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="ukulele as FLAC")).to_be_visible()
    eventually(lambda: abs(video(page, "currentTime") - 1) < 0.1, "the player stays where it is")
    button(page, "Solo ukulele").click()
    button(page, "Undo: guitar is a ukulele").click()
    expect(page.locator(".milo-answer")).to_have_text(was)
    expect(page.locator(".milo-track").first).to_contain_text("guitar")
    expect(button(page, "Solo guitar")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: anything_painted(page), "who is alone is drawn")
    button(page, "Solo guitar").click()


def test_who_is_struck_out_is_gone_from_everything_but_told(page):
    button(page, "Correct piano").click()
    button(page, "Strike out").click()
    expect(page.locator(".milo-answer")).to_have_text("A guitar is heard and seen; perhaps a cello.")
    expect(page.locator(".milo-track")).to_have_count(2)
    expect(page.locator("#milo-verdict")).to_contain_text("Corrected by hand: piano is struck out")
    eventually(lambda: page.locator(".milo-chip:visible").count() == 3)


def test_a_name_can_be_left_as_it_is_by_keys_alone(page):
    pencil = button(page, "Correct guitar")
    pencil.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(pencil).to_be_focused()
