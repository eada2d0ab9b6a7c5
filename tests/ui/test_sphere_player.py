"""A 360° clip in a real browser: the picture is measured on the screen, beside what is drawn over it."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from browser import CHROMIUM, PATIENCE_MS, QUIET, button, eventually, leaves_the_machine, needs_chromium
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright
from scipy import ndimage

from milo_demo.analysis import Analysis, Box, ClipScore, Maps, Media, steps_in
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.pipeline import Progress
from milo_demo.ui import build, look, runs

pytestmark = needs_chromium

WIDTH, HEIGHT, DURATION_S = 1024, 512, 4.0
PLAYERS = {  # label: colour of a field in the picture, and where it lies, with the box that has been found there
    "guitar": ((255, 0, 255), (0.484375, 0.46875, 0.515625, 0.53125)),  # to the front
    "violin": ((0, 255, 255), (0.9375, 0.40625, 1.0625, 0.59375)),  # behind, across the seam
    "flute": ((0, 0, 255), (0.6875, 0.125, 0.8125, 0.25)),  # to the right, high up
}
PIPA_AT = (-120.0, -10.0)
"""From where a pipa is heard that is not in the picture: azimuth and elevation, degrees."""
WHITE_FROM_S = 2.0
"""From here on the picture has a white field beside the guitar."""


def make_clip(path: Path) -> None:
    fields = [f"color=0x404040:s={WIDTH}x{HEIGHT}:r=25:d={DURATION_S}"]
    for colour, (x0, y0, x1, y1) in PLAYERS.values():
        for turn in (0, 1):
            left, right = (round(np.clip(x - turn, 0, 1) * WIDTH) for x in (x0, x1))
            if right > left:
                fields.append(field(colour, left, right, y0, y1))
    fields.append(field((255, 255, 255), 590, 620, 0.45, 0.55) + f":enable='gte(t,{WHITE_FROM_S})'")
    options = {"fps": 25, "pix_fmt_out": "yuv420p", "output_params": ["-g", "10", "-movflags", "+faststart"]}
    pictures = imageio_ffmpeg.read_frames(",".join(fields), input_params=["-f", "lavfi"])
    writer = imageio_ffmpeg.write_frames(str(path), (WIDTH, HEIGHT), **options)
    next(pictures)  # what is said about them
    writer.send(None)
    for picture in pictures:
        writer.send(picture)
    writer.close()


def field(colour: tuple, left: int, right: int, y0: float, y1: float) -> str:
    red, green, blue = colour
    top, bottom = round(y0 * HEIGHT), round(y1 * HEIGHT)
    place = f"x={left}:y={top}:w={right - left}:h={bottom - top}"
    return f"drawbox={place}:color=0x{red:02x}{green:02x}{blue:02x}:t=fill"


def steps(source, options, folder) -> Iterator[Progress]:
    """In place of `pipeline.steps`: three players around the camera; a pipa is heard."""
    make_clip(folder / "video.mp4")
    media = Media("round.mp4", DURATION_S, WIDTH, HEIGHT, 25.0, True, True, "equirectangular")
    found = Analysis(media, Maps.empty(steps_in(DURATION_S)))
    found.maps.object = np.zeros((len(found.maps.time_s), len(LABELS), 64, 128), np.uint8)
    for track, (label, (_, (x0, y0, x1, y1))) in enumerate(PLAYERS.items()):
        columns = np.arange(round(x0 * 128), round(x1 * 128)) % 128
        found.maps.object[:, LABELS.index(label), round(y0 * 64) : round(y1 * 64), columns] = 240
        found.boxes += [Box(time_s, label, 0.9, track, x0, y0, x1, y1) for time_s in found.maps.time_s]
    found.clip = [ClipScore(label, 0.9, 0.8, 0.9, None) for label in PLAYERS]
    found.clip.append(ClipScore("pipa", 0.8, 0.8, None, None, *PIPA_AT))
    found.maps.sound = np.zeros((len(found.maps.time_s), len(LABELS)), np.float16)
    found.maps.sound[:, LABELS.index("pipa")] = 0.8
    found.save(folder)
    yield Progress("write", 1.0, found)


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """Opens the page in a visitor's own window and has the clip analysed. Nothing may go wrong in any of them."""
    wrong: list[str] = []
    file = tmp_path_factory.mktemp("round") / "round.mp4"
    file.write_bytes(b"what is found in it is known")

    def visit(script: str = "", **options) -> Page:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(script)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if leaves_the_machine(request.url) else None)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(url)
        page.locator("#milo-player [data-state=idle]").wait_for()
        page.locator("#milo-source input[type=file]").set_input_files(file)
        expect(button(page, "Analyse")).to_be_enabled()
        button(page, "Analyse").click()
        page.locator(".milo-files a").first.wait_for()
        page.wait_for_function("document.querySelector('#milo-player video').readyState >= 2")
        screen(page).scroll_into_view_if_needed()
        return page

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setattr(runs, "steps", steps)
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
        runs._home.cache_clear()
        served = build()
        _, url, _ = served.launch(**look(), prevent_thread_lock=True, quiet=True)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        expect.set_options(timeout=PATIENCE_MS)
        visit.wrong = wrong
        yield visit
        browser.close()
        served.close()
        runs._home.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_goes_wrong(visit):
    visit.wrong.clear()
    yield
    assert visit.wrong == []


@pytest.fixture(scope="module")
def around(visit) -> Page:
    """A page that shows the clip all round. Every test begins by looking to the front."""
    page = visit()
    page.locator(".milo-around").wait_for()
    return page


@pytest.fixture
def front(around) -> Page:
    button(around, "front").click()
    around.get_by_label("seen where").uncheck()
    eventually(lambda: bearing(around) == "You look to the front")
    return around


def screen(page: Page):
    return page.locator("#milo-player .milo-screen")


def bearing(page: Page) -> str:
    return page.locator(".milo-compass").get_attribute("aria-label")


def drag(page: Page, right_px: float, down_px: float) -> None:
    box = screen(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right_px, y + down_px, steps=5)
    page.mouse.up()


def picture(page: Page) -> np.ndarray:
    """What is on the screen without what is drawn over it, (row, column, 3)."""
    over = "document.querySelectorAll('#milo-player :is(.milo-around-only, .milo-screen canvas:not(.milo-sphere))')"
    page.evaluate(f"{over}.forEach((one) => {{ one.style.visibility = 'hidden'; }})")
    shot = screen(page).screenshot()
    page.evaluate(f"{over}.forEach((one) => {{ one.style.visibility = ''; }})")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def of_colour(pixels: np.ndarray, colour: tuple) -> np.ndarray:
    """The largest field of about this colour, (row, column)."""
    parts, _ = ndimage.label(np.abs(pixels[..., :3] - colour).max(axis=-1) < 80)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (parts == sizes.argmax()) & (parts > 0)


def lines(page: Page, label: str) -> np.ndarray:
    """Where something has been drawn over the picture in the label's colour, (row, column)."""
    data = page.evaluate("document.querySelector('#milo-player .milo-screen canvas:not(.milo-sphere)').toDataURL()")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1])))).astype(int)
    colour = [int(BY_NAME[label].colour[i : i + 2], 16) for i in (1, 3, 5)]
    return (np.abs(pixels[..., :3] - colour).max(axis=-1) < 40) & (pixels[..., 3] > 200)


def misfit_px(page: Page, label: str) -> float:
    """From the middle of the label's field to all four sides: how far its edge and the box's line lie apart at most."""
    field, line = of_colour(picture(page), PLAYERS[label][0]), lines(page, label)
    if field.sum() < 400:
        return np.inf
    row, column = (round(at) for at in ndimage.center_of_mass(field))
    apart = []
    for ray in (np.s_[row, column:], np.s_[row, column::-1], np.s_[row:, column], np.s_[row::-1, column]):
        drawn = np.flatnonzero(line[ray])
        if not len(drawn):
            return np.inf
        apart.append(abs(np.flatnonzero(field[ray]).max() - drawn[0]))
    return max(apart)


def middle(page: Page, label: str) -> np.ndarray:
    """Row and column of the label's field, from the middle of the screen; nan where it is out of sight."""
    field = of_colour(picture(page), PLAYERS[label][0])
    return (
        np.array(ndimage.center_of_mass(field)) - np.array(field.shape) / 2 if field.sum() > 400 else np.full(2, np.nan)
    )


def fits(page: Page, label: str) -> None:
    eventually(lambda: misfit_px(page, label) <= 4, f"the box lies beside the {label}")


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


def test_what_is_only_heard_has_its_place_too(front):
    button(front, "Turn to the pipa").click()
    eventually(lambda: bearing(front) == "You look 120° to the left, 10° down")
    line = lines(front, "pipa")
    height, width = line.shape
    dot = np.s_[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2]
    eventually(lambda: lines(front, "pipa")[dot].any(), "a dot in the middle")
    front.locator(".milo-chip", has_text="pipa").click()
    eventually(lambda: not lines(front, "pipa")[dot].any())
    front.locator(".milo-chip", has_text="pipa").click()
    eventually(lambda: lines(front, "pipa")[dot].any())
    front.get_by_label("Threshold").fill("85")
    eventually(lambda: not lines(front, "pipa")[dot].any(), "it is heard at 80 %")
    front.get_by_label("Threshold").fill("50")
    eventually(lambda: lines(front, "pipa")[dot].any())


def test_the_wheel_goes_closer(front):
    before = of_colour(picture(front), PLAYERS["guitar"][0]).sum()
    screen(front).hover()
    front.mouse.wheel(0, -400)
    eventually(lambda: of_colour(picture(front), PLAYERS["guitar"][0]).sum() > 2 * before)
    fits(front, "guitar")


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


def test_the_picture_is_that_of_the_moment(front):
    def white() -> bool:
        return bool(of_colour(picture(front), (255, 255, 255)).sum() > 100)

    def seek(time_s: float) -> None:
        front.evaluate(f"document.querySelector('#milo-player video').currentTime = {time_s}")

    assert not white()
    seek(WHITE_FROM_S + 0.5)
    eventually(white, "after a jump")
    seek(WHITE_FROM_S - 0.5)
    eventually(lambda: not white(), "and back")
    button(front, "Play").click()
    front.wait_for_function(f"document.querySelector('#milo-player video').currentTime > {WHITE_FROM_S + 0.3}")
    button(front, "Pause").click()
    eventually(white, "as it plays")
    seek(0)
    eventually(lambda: not white())


def test_chips_threshold_and_layers_work_as_for_a_flat_clip(front):
    violin = button(front, "Turn to the violin")
    for off, on in [
        (lambda: front.locator(".milo-chip", has_text="violin").click(),) * 2,
        (lambda: front.get_by_label("Threshold").fill("92"), lambda: front.get_by_label("Threshold").fill("50")),
        (lambda: front.get_by_label("boxes").uncheck(), lambda: front.get_by_label("boxes").check()),
    ]:
        off()
        expect(violin).to_have_count(0)
        on()
        expect(violin).to_be_visible()


def test_what_is_known_by_ear_only_is_marked(front):
    expect(front.locator(".milo-chip", has_text="by ear only")).to_have_text("Pp pipa by ear only")
    expect(front.locator(".milo-row", has_text="known by ear only")).to_have_count(1)


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


def test_without_webgl_the_whole_picture_is_shown_flat(visit):
    none = "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {"
    page = visit(none + "apply: (get, on, [kind]) => kind === 'webgl2' ? null : get.call(on, kind) });")
    expect(page.get_by_text("This browser cannot show a 360° view")).to_be_visible()
    expect(page.get_by_role("button", name="Look around in 360°")).to_be_disabled()
    page.get_by_label("seen where").uncheck()
    fits(page, "guitar")
    assert not any("three" in url for url in page.asked)


def test_when_the_graphics_are_taken_away_the_picture_goes_on_flat(visit):
    page = visit()
    page.locator(".milo-around").wait_for()
    page.get_by_label("seen where").uncheck()
    graphics = "document.querySelector('.milo-sphere').getContext('webgl2')"
    page.evaluate(f"{graphics}.getExtension('WEBGL_lose_context').loseContext()")
    expect(page.get_by_text("This browser cannot show a 360° view")).to_be_visible()
    fits(page, "guitar")


def test_a_finger_looks_around_and_two_go_closer(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator(".milo-around").wait_for()
    page.get_by_label("seen where").uncheck()
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
    button(page, "front").tap()
    eventually(lambda: bearing(page) == "You look to the front")
    before = of_colour(picture(page), PLAYERS["guitar"][0]).sum()
    fingers("Start", (-20, 0), (20, 0))
    for k in range(1, 6):
        fingers("Move", (-20 - 6 * k, 0), (20 + 6 * k, 0))
    fingers("End")
    eventually(lambda: of_colour(picture(page), PLAYERS["guitar"][0]).sum() > 1.5 * before)
    fits(page, "guitar")
    assert page.evaluate("document.querySelector('#milo-player video').paused"), "no finger has played it"
