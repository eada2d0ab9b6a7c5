"""Looking around in a 360° clip: dragged, by arrows, wheel, keys and fingers."""

import numpy as np
import pytest
from playwright.sync_api import expect

from milo_demo.pipeline import Progress
from milo_demo.ui import runs
from milo_demo.ui.layout import PLAYER
from milo_demo.ui.player_data import file_url
from tests.ui import drawn
from tests.ui.player.around.round_clip import (
    PLAYERS,
    arrive,
    bearing,
    drag,
    fits,
    middle,
    of_colour,
    picture,
    screen,
    steps,
)
from tests.ui.player.browser import PHONE, button, eventually, in_a_browser, served

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("served"), steps) as url:
        yield url


@pytest.mark.parametrize("right_px, down_px", [(0, 0), (110, 0), (-90, 40), (30, -50)])
def test_a_box_stays_on_its_instrument_while_one_looks_around(front, right_px, down_px):
    drag(front, right_px, down_px)
    fits(front, "guitar")


def test_what_is_grabbed_follows_the_pointer(front):
    drag(front, 60, -40)
    eventually(lambda: middle(front, "guitar") == pytest.approx([-40, 60], abs=6))


@pytest.mark.parametrize("label", ["violin", "flute"])
def test_an_arrow_at_the_rim_turns_to_what_is_out_of_sight(front, label):
    """One lies behind, across the seam; one so high that its edges are bent."""
    assert np.isnan(middle(front, label)).all()
    button(front, f"Turn to the {label}").click()
    eventually(lambda: np.abs(middle(front, label)).max() < 25, "it is in the middle now")
    fits(front, label)
    expect(button(front, f"Turn to the {label}")).to_have_count(0)
    expect(button(front, "Turn to the guitar")).to_be_visible()


RENAMED = """async (url) => {
  const { Compass } = await import(new URL(url, document.baseURI));
  const root = document.querySelector('.milo-player');
  const compass = new Compass(root, { yaw: 0, pitch: 0, focal_px: 400, turnTo() {} });
  return ['tuba', 'horn', null].map((name) => {
    const label = { name, title: name, sign: 'Xx', colour: '#fff', ink: '#000' };
    compass.point(name ? [{ player: 9, away: true, corners: [0.9, 0.4, 0.95, 0.6], label }] : []);
    const titles = [...root.querySelectorAll('.milo-arrow')].map(({ title }) => title);
    return titles.filter((title) => /tuba|horn/.test(title));
  });
}"""


def test_an_arrow_has_the_name_that_was_put_right(front):
    named = front.evaluate(RENAMED, file_url(PLAYER / "around" / "compass.js"))
    assert named == [["Turn to the tuba"], ["Turn to the horn"], []]


def test_the_wheel_goes_closer(front):
    before = of_colour(picture(front), PLAYERS["guitar"][0]).sum()
    screen(front).hover()
    front.mouse.wheel(0, -400)
    eventually(lambda: of_colour(picture(front), PLAYERS["guitar"][0]).sum() > 2 * before)
    fits(front, "guitar")


def test_a_drag_does_not_play_but_a_click_does(front):
    paused = "document.querySelector('#milo-player video').paused"
    drag(front, 50, 0)
    front.wait_for_timeout(300)
    assert front.evaluate(paused)
    screen(front).click(position={"x": 150, "y": 150})
    front.wait_for_function(f"!{paused}")
    screen(front).click(position={"x": 150, "y": 150})
    front.wait_for_function(paused)


def test_keys_look_around_and_alone_move_in_time(front):
    screen(front).focus()
    front.keyboard.press("Home")
    front.keyboard.press("Shift+ArrowRight")
    front.keyboard.press("Shift+ArrowUp")
    eventually(lambda: bearing(front) == "You look 15° to the right, 15° up")
    front.keyboard.press("ArrowRight")
    assert front.evaluate("document.querySelector('#milo-player video').currentTime") == pytest.approx(1, abs=0.05)
    assert bearing(front) == "You look 15° to the right, 15° up"
    front.keyboard.press("h")
    eventually(lambda: bearing(front) == "You look to the front")
    front.keyboard.press("Home")


def test_a_finger_looks_around_and_two_go_closer(visit, tmp_path):
    page = arrive(visit, tmp_path, **PHONE)
    page.locator(".milo-around").wait_for()
    page.get_by_label("seen where").uncheck()
    screen(page).scroll_into_view_if_needed()  # what is drawn is chosen further down
    box = screen(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x + right, "y": y + down, "id": k} for k, (right, down) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    eventually(lambda: np.abs(middle(page, "guitar")).max() < 10)
    fingers("Start", (0, 0))
    for k in range(1, 6):
        fingers("Move", (8 * k, 4 * k))
    fingers("End")
    eventually(lambda: middle(page, "guitar") == pytest.approx([20, 40], abs=8))

    def tapped() -> bool:
        button(page, "front").tap()
        return bearing(page) == "You look to the front"

    eventually(tapped, "a busy browser takes a tap for a long press now and then")
    before = of_colour(picture(page), PLAYERS["guitar"][0]).sum()
    fingers("Start", (-20, 0), (20, 0))
    for k in range(1, 6):
        fingers("Move", (-20 - 6 * k, 0), (20 + 6 * k, 0))
    fingers("End")
    eventually(lambda: of_colour(picture(page), PLAYERS["guitar"][0]).sum() > 1.5 * before)
    fits(page, "guitar")
    assert page.evaluate("document.querySelector('#milo-player video').paused"), "no finger has played it"


def with_tracks(source, options, folder, earlier=None):
    """The players around the camera, of whom the guitar has a track."""
    for progress in steps(source, options, folder):
        yield progress
    drawn.add_tracks(progress.analysis, folder)
    yield Progress("separate", 1.0, progress.analysis)


def test_a_click_hears_whom_one_looks_at_and_elsewhere_plays(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", with_tracks)
    page = arrive(visit, tmp_path)
    page.get_by_label("seen where").uncheck()
    expect(button(page, "Only guitar")).to_have_attribute("aria-pressed", "false")
    drag(page, 200, 70)
    eventually(lambda: middle(page, "guitar") == pytest.approx([70, 200], abs=40))
    (down, right), box = middle(page, "guitar"), screen(page).bounding_box()
    guitar = box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down
    for pressed in ("true", "false"):
        page.mouse.click(*guitar)
        expect(button(page, "Only guitar")).to_have_attribute("aria-pressed", pressed)
    page.mouse.click(guitar[0] + 60, guitar[1])
    expect(button(page, "Pause")).to_be_visible()
    expect(button(page, "Only guitar")).to_have_attribute("aria-pressed", "false")
