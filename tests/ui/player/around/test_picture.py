"""A 360° clip in a real browser: the picture, measured on the screen, and what is drawn over it."""

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import ndimage

from tests.ui.player.around.round_clip import (
    PLAYERS,
    WHITE_FROM_S,
    arrive,
    bearing,
    fits,
    lines,
    middle,
    of_colour,
    picture,
    screen,
    steps,
)
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, picture_is_there, served

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("served"), steps) as url:
        yield url


def test_what_is_only_heard_has_its_place_too(front):
    button(front, "Turn to the pipa").click()
    eventually(lambda: bearing(front) == "You look 120° to the left, 10° down")
    line = lines(front, "pipa")
    height, width = line.shape
    dot = np.s_[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2]
    eventually(lambda: lines(front, "pipa")[dot].any(), "a dot in the middle")
    front.locator(".milo-chip", has_text="guitar").click()
    eventually(lambda: not lines(front, "pipa")[dot].any())
    front.locator(".milo-chip", has_text="guitar").click()
    eventually(lambda: lines(front, "pipa")[dot].any())
    front.get_by_label("Threshold").fill("85")
    eventually(lambda: not lines(front, "pipa")[dot].any(), "it is heard at 80 %")
    front.get_by_label("Threshold").fill("50")
    eventually(lambda: lines(front, "pipa")[dot].any())


def test_maps_lie_on_the_sphere_and_go_on_across_the_seam(front):
    for label in ("guitar", "violin"):
        if label != "guitar":
            button(front, f"Turn to the {label}").click()
        eventually(lambda label=label: np.abs(middle(front, label)).max() < 25)
        cold = picture(front)
        front.get_by_label("seen where").check()
        field = of_colour(cold, PLAYERS[label][0])
        eventually(lambda cold=cold: (picture(front) != cold).any(), "the maps are not drawn")
        change = np.abs(picture(front) - cold).max(axis=-1)
        changed = change > change.max() / 2
        front.get_by_label("seen where").uncheck()
        assert (changed & field).sum() / (changed | field).sum() > 0.8
        inner = ndimage.binary_erosion(field, iterations=round(field.sum() ** 0.5 / 6))
        assert changed[inner].all(), "no gap, not even at the seam"


def test_the_picture_is_that_of_the_moment(front):
    def white() -> bool:
        inside = picture(front)[2:-2, 2:-2]  # beside it, the page is white, and the edge may lie between two pixels
        return bool(of_colour(inside, (255, 255, 255)).sum() > 100)

    video = "document.querySelector('#milo-player video')"

    def seek(time_s: float) -> None:
        front.evaluate(f"{video}.currentTime = {time_s}")

    assert not white()
    seek(WHITE_FROM_S + 0.5)
    eventually(white, "after a jump")
    seek(WHITE_FROM_S - 0.5)
    eventually(lambda: not white(), "and back")
    button(front, "Play").click()
    front.wait_for_function(f"{video}.currentTime > {WHITE_FROM_S + 0.3}")
    front.evaluate(f"{video}.pause()")  # a click that comes when the clip has just ended would play it again
    eventually(white, "as it plays")
    seek(0)
    eventually(lambda: not white())


def test_chips_threshold_and_layers_work_as_for_a_flat_clip(front):
    violin = button(front, "Turn to the violin")
    for off, on in [
        (lambda: front.locator(".milo-chip", has_text="guitar").click(),) * 2,
        (lambda: front.get_by_label("Threshold").fill("92"), lambda: front.get_by_label("Threshold").fill("50")),
        (lambda: front.get_by_label("boxes").uncheck(), lambda: front.get_by_label("boxes").check()),
    ]:
        off()
        expect(violin).to_have_count(0)
        on()
        expect(violin).to_be_visible()


def test_what_is_known_by_ear_only_is_marked(front):
    expect(front.locator(".milo-chip", has_text="by ear only")).to_have_text("Pppipa♪ by ear only")
    expect(front.locator(".milo-row", has_text="by ear only")).to_have_count(1)


def test_flat_shows_the_whole_frame_and_the_box_at_the_seam_in_two_parts(front):
    toggle = front.get_by_role("button", name="Look around in 360°")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(front.locator(".milo-compass")).to_be_hidden()
    fits(front, "guitar")
    line = lines(front, "violin")
    height, width = line.shape
    row = np.flatnonzero(line[round(0.45 * height)])
    assert row.min() == pytest.approx(0.0625 * width, abs=4) and row.max() == pytest.approx(0.9375 * width, abs=4)
    assert len(row) < 20, "no line along the seam"
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    fits(front, "guitar")


def test_without_webgl_the_whole_picture_is_shown_flat(visit, tmp_path):
    none = "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {"
    page = visit(none + "apply: (get, on, [kind]) => kind === 'webgl2' ? null : get.call(on, kind) });")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    analyse(page, "round.mp4", tmp_path)
    picture_is_there(page)
    screen(page).scroll_into_view_if_needed()
    expect(page.get_by_text("This browser cannot show a 360° view")).to_be_visible()
    expect(page.get_by_role("button", name="Look around in 360°")).to_be_disabled()
    page.get_by_label("seen where").uncheck()
    fits(page, "guitar")
    assert not any("three" in url for url in asked)


def test_when_the_graphics_are_taken_away_the_picture_goes_on_flat(visit, tmp_path):
    page = arrive(visit, tmp_path)
    page.locator(".milo-around").wait_for()
    page.get_by_label("seen where").uncheck()
    graphics = "document.querySelector('.milo-sphere').getContext('webgl2')"
    page.evaluate(f"{graphics}.getExtension('WEBGL_lose_context').loseContext()")
    expect(page.get_by_text("This browser cannot show a 360° view")).to_be_visible()
    fits(page, "guitar")
