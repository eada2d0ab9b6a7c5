"""The player on the page, in a real browser: what is drawn over the picture, measured there, and playing."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from milo_demo.pipeline import Progress
from milo_demo.ui import runs
from tests.ui import drawn
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, picture_is_there, video

pytestmark = in_a_browser


def painted(page: Page, x: float, y: float) -> list[int]:
    """Red, green, blue and opacity of the overlay at a place in the picture, given as fractions of it."""
    return page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.milo-screen canvas');
          const ratio = 640 / 360;
          const width = Math.min(canvas.width, canvas.height * ratio), height = width / ratio;
          const left = (canvas.width - width) / 2, top = (canvas.height - height) / 2;
          return [...canvas.getContext('2d').getImageData(left + x * width, top + y * height, 1, 1).data];
        }""",
        [x, y],
    )


def test_the_overlay_is_painted_where_the_guitar_is_and_nowhere_else(duet):
    x0, y0, x1, y1 = drawn.BOX
    middle, edge = ((x0 + x1) / 2, (y0 + y1) / 2), ((x0 + x1) / 2, y1)
    eventually(lambda: painted(duet, *middle)[3] > 0, "the guitar's map is not drawn")
    red, green, blue, opacity = painted(duet, *middle)
    assert red > green > blue and 100 < opacity < 255, "the map is orange and lets the picture through"
    assert painted(duet, *edge)[3] > 200, "the box's lower edge"
    assert painted(duet, 0.75, 0.2)[3] == 0, "nothing is there"

    duet.get_by_label("boxes").uncheck()
    eventually(lambda: painted(duet, *edge)[3] < 200, "boxes are switched off")
    button(duet, "piano").click()
    eventually(lambda: painted(duet, *middle)[3] == 0, "the piano is alone")
    button(duet, "piano").click()
    duet.get_by_label("boxes").check()
    eventually(lambda: painted(duet, *edge)[3] > 200, "both are on again")


LEAVES_S = 3.5


def fading(*arguments) -> Iterator[Progress]:
    """The duet, in which the guitar's box is sure in the first half and doubtful in the second, and leaves at last."""
    for progress in drawn.steps(*arguments):
        if progress.analysis and progress.analysis.boxes:
            progress.analysis.boxes = [
                replace(box, score=0.97 if box.time_s < drawn.DURATION_S / 2 else 0.4)
                for box in progress.analysis.boxes
                if box.time_s < LEAVES_S
            ]
        yield progress


def test_a_box_that_has_begun_stays_until_it_falls_well_under_the_threshold(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", fading)
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    page.get_by_label("seen where").uncheck()
    x0, _, x1, y1 = drawn.BOX

    def edge() -> int:
        """How opaque the lower edge is at its strongest: a box that is only held is dashed and pale."""
        return max(painted(page, x0 + share * (x1 - x0), y1)[3] for share in np.linspace(0.4, 0.6, 9))

    def boxed() -> bool:
        return edge() > 60

    eventually(lambda: edge() > 200, "97 % are drawn at 50 %")
    page.get_by_label("Position in the clip").fill("3")
    eventually(lambda: "0:03.0" in page.locator(".milo-time").inner_text())
    eventually(boxed, "40 % are held at 50 %, as in the annotated video")
    eventually(lambda: edge() < 180, "but weaker than what is sure")
    page.get_by_label("Threshold").fill("70")
    eventually(lambda: not boxed(), "40 % are too little to be held at 70 %")
    page.get_by_label("Threshold").fill("60")
    eventually(boxed, "and enough at 60 %")
    page.get_by_label("Position in the clip").fill("3.9")
    eventually(lambda: not boxed(), "where nothing is seen any more there is no box")
    page.get_by_label("Position in the clip").fill("0")
    page.get_by_label("Threshold").fill("95")
    eventually(boxed, "97 % are drawn at 95 %")


def test_where_somebody_plays_is_white_hot_and_hands_are_dots_on_request(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", drawn.played)
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    expect(page.locator(".milo-answer")).to_contain_text("A guitar is played;")
    page.get_by_label("seen where").uncheck()
    eventually(lambda: painted(page, 0.375, 0.6)[3] > 0, "where it is touched")
    assert min(painted(page, 0.375, 0.6)[:3]) > 150, "the place glows"
    assert painted(page, 0.28, 0.75)[3] < 5, "the rest of the guitar does not"
    assert painted(page, 0.8, 0.2)[3] == 0
    page.get_by_label("hands").check()
    eventually(lambda: painted(page, 0.8, 0.2)[3] > 0)
    assert painted(page, 0.9, 0.9)[3] == 0
    page.get_by_label("movement").check()
    eventually(lambda: painted(page, 0.9, 0.9)[3] > 0, "what moves")
    page.get_by_label("played where").uncheck()
    eventually(lambda: painted(page, 0.375, 0.6)[3] == 0)


def test_captions_say_who_plays_at_the_moment(duet):
    caption = duet.locator(".milo-caption")
    expect(caption).to_be_hidden()
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("c")
    expect(caption).to_have_text("♪ guitar")
    duet.get_by_label("Position in the clip").fill("3")
    expect(caption).to_have_text("♪ piano")
    duet.get_by_label("Threshold").fill("85")
    expect(caption).to_be_hidden()
    duet.get_by_label("Threshold").fill("50")
    duet.get_by_label("captions").uncheck()
    duet.get_by_label("Position in the clip").fill("0")


def test_what_is_on_the_screen_can_be_saved_as_a_picture(duet):
    eventually(lambda: painted(duet, 0.375, 0.6)[3] > 0)
    with duet.expect_download() as download:
        button(duet, "Save the picture").click()
    assert download.value.suggested_filename == "duet at 0.00 s.png"
    picture = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(int)
    assert picture.shape[1] / picture.shape[0] == pytest.approx(640 / 360, abs=0.02)
    x0, y0, x1, y1 = drawn.BOX

    def colour(x: float, y: float) -> list[int]:
        return picture[int(y * picture.shape[0]), int(x * picture.shape[1])].tolist()

    assert colour(0.75, 0.2) == pytest.approx([0x60] * 3, abs=4), "the picture alone"
    red, _, blue = colour((x0 + x1) / 2, (y0 + y1) / 2)
    assert red - blue > 60, "heat over it"


def test_the_video_plays_and_keys_move_it(duet):
    button(duet, "Play").click()
    duet.wait_for_function("document.querySelector('video').currentTime > 0.3")
    button(duet, "Pause").click()
    duet.locator(".milo-screen").focus()
    duet.keyboard.press("Home")
    duet.keyboard.press("ArrowRight")
    assert video(duet, "currentTime") == pytest.approx(1.0, abs=0.05)
    duet.keyboard.press("Space")
    duet.wait_for_function("!document.querySelector('video').paused")
    duet.keyboard.press("Space")
    duet.wait_for_function("document.querySelector('video').paused")
