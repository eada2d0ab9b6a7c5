"""The running page in a real browser. Nothing may go wrong in its console, and no request may leave the machine."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import drawn
import pytest
from browser import CHROMIUM, PATIENCE_MS, QUIET, button, eventually, needs_chromium, open_watched
from playwright.sync_api import Page, expect, sync_playwright

from milo_demo import pipeline
from milo_demo.pipeline import Progress
from milo_demo.ui import build, look, runs

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page, served from this process, its networks replaced by drawn analyses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "steps", drawn.steps)
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
        runs._home.cache_clear()
        page = build()
        _, url, _ = page.launch(**look(), prevent_thread_lock=True, quiet=True)
        yield url
        page.close()
        runs._home.cache_clear()


def folders() -> set[Path]:
    """The folders of all runs, whoever's."""
    return set(Path(runs._home().name).iterdir())


@pytest.fixture(scope="module")
def visit(address):
    """Opens the page in a visitor's own window; returns it. Nothing may go wrong in any of them."""
    wrong: list[str] = []

    def visit(**options) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        open_watched(page, address, wrong)
        return page

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        expect.set_options(timeout=PATIENCE_MS)
        visit.wrong = wrong
        yield visit
        browser.close()


@pytest.fixture(autouse=True)
def _nothing_goes_wrong(visit):
    visit.wrong.clear()
    yield
    assert visit.wrong == []


@pytest.fixture(scope="module")
def duet(visit, tmp_path_factory) -> Page:
    """A page on which the duet has been analysed. Leave it as you found it."""
    page = visit()
    analyse(page, "duet.mp4", tmp_path_factory.mktemp("duet"))
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    return page


def choose(page: Page, name: str, tmp_path: Path) -> None:
    if (clear := page.get_by_label("Clear")).count():
        clear.click()
    file = tmp_path / name
    file.write_bytes(b"the drawn analysis goes by the name")
    page.locator("#milo-source input[type=file]").set_input_files(file)
    expect(button(page, "Analyse")).to_be_enabled()


def analyse(page: Page, name: str, tmp_path: Path) -> None:
    choose(page, name, tmp_path)
    button(page, "Analyse").click()
    page.locator(".milo-files a").first.wait_for()


def video(page: Page, attribute: str):
    return page.evaluate(f"document.querySelector('video').{attribute}")


ANYTHING_PAINTED = """() => {
  const canvas = document.querySelector('.milo-screen canvas');
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
}"""


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


def test_the_drawn_example_goes_all_the_way(visit, monkeypatch):
    monkeypatch.setattr(runs, "steps", pipeline.steps)
    page = visit()
    button(page, "Try an example: drawn duet").click()
    page.locator(".milo-files a").first.wait_for()
    expect(page.locator(".milo-answer")).to_contain_text("guitar")
    expect(page.locator(".milo-badge")).to_be_visible()
    eventually(lambda: page.evaluate(ANYTHING_PAINTED), "nothing is drawn over the picture")


def test_every_control_has_a_name(duet):
    nameless = duet.evaluate(
        """[...document.querySelectorAll('button, input, select, a')].filter((control) =>
          control.offsetParent && !(control.ariaLabel || control.innerText?.trim() || control.labels?.length
          || control.title)).map((control) => control.outerHTML)"""
    )
    assert nameless == []


def test_the_verdict_comes_in_words_and_rows(duet):
    expect(duet.locator(".milo-answer")).to_have_text(
        "A guitar is heard and seen; a piano is heard but not in the picture; a cello is heard."
    )
    expect(duet.locator(".milo-row")).to_have_count(4)
    expect(duet.locator(".milo-row").nth(2)).to_contain_text("known by ear only")
    expect(duet.locator(".milo-chip")).to_have_count(4)


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
    duet.get_by_role("button", name="guitar").click()
    eventually(lambda: painted(duet, *middle)[3] == 0, "the guitar is switched off")
    duet.get_by_role("button", name="guitar").click()
    duet.get_by_label("boxes").check()
    eventually(lambda: painted(duet, *edge)[3] > 200, "both are on again")


def fading(*arguments) -> Iterator[Progress]:
    """The duet, in which the guitar's box is sure in the first half and doubtful in the second."""
    for progress in drawn.steps(*arguments):
        if progress.analysis and progress.analysis.boxes:
            progress.analysis.boxes = [
                replace(box, score=0.97 if box.time_s < drawn.DURATION_S / 2 else 0.4)
                for box in progress.analysis.boxes
            ]
        yield progress


def test_a_box_that_has_begun_stays_until_it_falls_well_under_the_threshold(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "steps", fading)
    page = visit()
    analyse(page, "duet.mp4", tmp_path)
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    page.get_by_label("seen where").uncheck()
    x0, _, x1, y1 = drawn.BOX

    def boxed() -> bool:
        return painted(page, (x0 + x1) / 2, y1)[3] > 200

    eventually(boxed, "97 % are drawn at 50 %")
    page.evaluate("document.querySelector('video').currentTime = 3")
    eventually(lambda: "0:03.0" in page.locator(".milo-time").inner_text())
    eventually(boxed, "40 % are held at 50 %, as in the annotated video")
    page.get_by_label("Threshold").fill("70")
    eventually(lambda: not boxed(), "40 % are too little to be held at 70 %")
    page.get_by_label("Threshold").fill("60")
    eventually(boxed, "and enough at 60 %")
    page.evaluate("document.querySelector('video').currentTime = 0")
    page.get_by_label("Threshold").fill("95")
    eventually(boxed, "97 % are drawn at 95 %")


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
    duet.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    duet.mouse.down()
    duet.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 24, steps=8)
    duet.mouse.up()
    halves = [pytest.approx(share * drawn.DURATION_S, abs=0.1) for share in (0.25, 0.75)]
    eventually(lambda: shown(duet) == [halves, halves])
    button(duet, "Play").click()
    duet.wait_for_function("document.querySelector('video').currentTime > 0.3")
    button(duet, "Pause").click()
    duet.get_by_label("all genre tags").check()
    expect(duet.locator("#milo-tags .ytick", has_text="soft rock")).to_be_visible()
    eventually(lambda: shown(duet) == [halves, halves], "playing and redrawing leave the zoom alone")
    duet.get_by_label("all genre tags").uncheck()
    expect(duet.locator("#milo-tags .ytick", has_text="soft rock")).to_have_count(0)
    duet.locator("#milo-timeline .nsewdrag").first.dblclick()
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 2, "a double click shows the whole clip again")


def test_buttons_zoom_where_nothing_can_be_dragged(duet):
    button(duet, "Zoom in").click()
    eventually(lambda: all(end - start == pytest.approx(drawn.DURATION_S / 2) for start, end in shown(duet)))
    button(duet, "Zoom out").click()
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 2)


def test_keys_work_on_the_timelines(duet):
    duet.locator("#milo-tags .js-plotly-plot").focus()
    duet.keyboard.press("Home")
    duet.keyboard.press("ArrowRight")
    duet.keyboard.press("ArrowRight")
    assert video(duet, "currentTime") == pytest.approx(2.0, abs=0.05)
    eventually(lambda: duet.locator("#milo-tags .milo-playhead").bounding_box() is not None)
    duet.keyboard.press("+")
    eventually(lambda: shown(duet) == [[pytest.approx(1, abs=0.1), pytest.approx(3, abs=0.1)]] * 2)
    duet.keyboard.press("0")
    eventually(lambda: shown(duet) == [[0, drawn.DURATION_S]] * 2)
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


def test_every_instrument_can_have_its_lane(duet):
    lanes = duet.locator("#milo-timeline .ytick")
    expect(lanes).to_have_count(4)
    duet.get_by_label("all instruments").check()
    expect(lanes).to_have_count(5)
    duet.get_by_label("all instruments").uncheck()
    expect(lanes).to_have_count(4)


def test_the_tags_say_whose_they_are(duet):
    expect(duet.locator("#milo-tags")).to_contain_text("Sounds like guitar, slow, classical, no vocals; about 96")
    expect(duet.locator("#milo-tags")).to_contain_text("milo-tags 1, distilled")


def test_cancel_leaves_nothing(visit, tmp_path):
    page = visit()
    choose(page, "slow.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.locator(".milo-status")).to_contain_text("listening")
    expect(button(page, "Analyse")).to_be_disabled()
    before = folders()
    button(page, "Cancel").click()
    expect(page.locator(".milo-status")).to_contain_text("Cancelled")
    expect(button(page, "Analyse")).to_be_enabled()
    expect(page.locator(".milo-player")).to_have_attribute("data-state", "idle")
    eventually(lambda: len(folders()) == len(before) - 1, "the cancelled run's folder is still there")


def test_an_error_is_a_sentence_and_the_page_goes_on(visit, tmp_path):
    page = visit()
    choose(page, "broken <b>'é.mp4", tmp_path)
    button(page, "Analyse").click()
    expect(page.get_by_role("alert")).to_contain_text(".mp4 is not a video or sound file: choose another one.")
    expect(button(page, "Analyse")).to_be_enabled()
    analyse(page, "silence.mp4", tmp_path)
    expect(page.locator(".milo-answer")).to_have_text("Nothing that MILO knows is heard or seen.")
    expect(page.locator(".milo-row")).to_have_count(0)


def test_a_sound_file_is_played_and_shown_without_a_picture(visit, tmp_path):
    page = visit(color_scheme="dark")
    analyse(page, "song.mp3", tmp_path)
    expect(page.locator(".milo-answer")).to_have_text("A guitar, a piano and a cello are heard.")
    eventually(lambda: page.evaluate(ANYTHING_PAINTED), "there are no bars of what is heard")
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.2")


def test_a_phone_needs_no_sideways_scrolling(visit, tmp_path):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    analyse(page, "duet.mp4", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_visitors_do_not_see_each_other(visit, duet, tmp_path):
    other = visit()
    choose(other, "slow.mp4", tmp_path)
    button(other, "Analyse").click()
    expect(other.locator(".milo-status")).to_contain_text("listening")
    assert video(other, "src") != video(duet, "src")
    expect(duet.locator(".milo-answer")).to_contain_text("A guitar")
    expect(button(duet, "Analyse")).to_be_enabled()
    button(other, "Cancel").click()
    expect(other.locator(".milo-status")).to_contain_text("Cancelled")


def test_the_annotated_video_is_made_on_request(duet):
    button(duet, "Make annotated video").click()
    link = duet.get_by_role("link", name="annotated.mp4")
    link.wait_for()
    with duet.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "annotated.mp4"
    assert Path(download.value.path()).stat().st_size > 1000
