"""How MILO comes to what it says, stage by stage at the playhead's moment, in a real browser."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.player.browser import analyse, button, choose, eventually, in_a_browser, picture_is_there

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def address(all_found: str) -> str:
    return all_found


@pytest.fixture(scope="module")
def page(visit, tmp_path_factory) -> Page:
    page = visit()
    analyse(page, "duet.mp4", tmp_path_factory.mktemp("explained"))
    picture_is_there(page)
    return page


def stage(page: Page, name: str) -> Locator:
    return page.locator(f"[data-stage={name}]")


def brightness(page: Page, name: str) -> float:
    """Of the surest or loudest place of a stage's first picture, 0-255."""
    return (
        stage(page, name)
        .locator("canvas")
        .first.evaluate(
            """(canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const lit = (value, i) => (i % 4 === 3 ? 0 : (value * data[i - (i % 4) + 3]) / 255);
          return data.reduce((most, value, i) => Math.max(most, lit(value, i)), 0);
        }"""
        )
    )


def test_every_stage_is_shown_when_somebody_asks_and_follows_the_playhead(page):
    expect(page.locator(".milo-stages")).to_be_hidden()
    page.get_by_label("Position in the clip").fill("1")
    page.get_by_text("How MILO comes to this").click()
    for name in ("mel", "heard", "seen", "both", "movement", "played", "shares"):
        expect(stage(page, name)).to_be_visible()
        if name != "heard":
            eventually(lambda name=name: brightness(page, name) > 200, f"{name} is drawn")
    expect(stage(page, "heard").locator("li").first).to_have_text("guitar93 %")
    expect(stage(page, "seen").locator("div span").first).to_have_text("guitar 97 %")
    expect(stage(page, "both")).to_contain_text("guitar: heard 93 % × seen 97 % = 90 %.")
    expect(stage(page, "played").locator("div span").first).to_have_text("guitar 100 %")
    expect(stage(page, "played")).to_contain_text("Hands found now: 1.")
    page.get_by_label("Position in the clip").fill("3")
    expect(stage(page, "heard").locator("li").first).to_have_text("piano80 %")
    expect(stage(page, "both")).to_contain_text("heard 0 %")
    eventually(lambda: brightness(page, "both") == 0, "who is not heard makes no sound")


def test_a_name_put_right_is_explained_anew(page):
    page.get_by_label("Position in the clip").fill("1")
    button(page, "Correct guitar").click()
    page.get_by_label("It is a").select_option("ukulele")
    button(page, "Rename").click()
    expect(stage(page, "heard").locator("li").first).to_have_text("ukulele93 %")
    expect(stage(page, "played").locator("div span").first).to_have_text("ukulele ✎ 100 %")
    eventually(lambda: brightness(page, "seen") > 200, "the maps of the new name")
    button(page, "Undo: guitar is a ukulele").click()
    expect(stage(page, "heard").locator("li").first).to_have_text("guitar93 %")


def test_a_result_that_comes_back_is_explained_again(page, tmp_path):
    choose(page, "other.mp4", tmp_path)
    expect(stage(page, "mel")).to_be_hidden()
    button(page, "Back to duet.mp4").click()
    expect(stage(page, "mel")).to_be_visible()
    eventually(lambda: brightness(page, "mel") > 200, "the spectrogram is drawn anew")


def test_sound_without_a_picture_has_the_stages_of_the_ear(visit, tmp_path):
    page = visit()
    analyse(page, "song.mp3", tmp_path)
    page.get_by_text("How MILO comes to this").click()
    expect(stage(page, "mel")).to_be_visible()
    expect(stage(page, "heard")).to_be_visible()
    for name in ("seen", "both", "movement", "played"):
        expect(stage(page, name)).to_be_hidden()
