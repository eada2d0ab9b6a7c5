"""Looking through the camera, which is a file here: an orange square on grey, which stands in for a guitar."""

import base64
import contextlib
from io import BytesIO
from threading import Lock

import anyio
import numpy as np
import pytest
from browser import CHROMIUM, PATIENCE_MS, QUIET, button, eventually, needs_chromium, open_watched
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from milo_demo.errors import MiloError
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.seeing import SIDE_PX, Region
from milo_demo.ui import build, live, look

GUITAR = LABELS.index("guitar")
SQUARE = (0.25, 0.4, 0.5, 0.8)
"""Where it lies in the camera's picture."""

CAMERA_PX = (640, 360)
GUITAR_COLOUR = [*bytes.fromhex(BY_NAME["guitar"].colour[1:]), 255]
FAKE = "--use-fake-device-for-media-stream"
ALLOWED = "--use-fake-ui-for-media-stream"
TRACK = "document.querySelector('.milo-live video').srcObject.getVideoTracks()[0]"


def square_found(frame: np.ndarray) -> list[Region]:
    """In place of the networks: a guitar where it is orange, and a doubtful harp where nothing is."""
    rows, columns = np.nonzero(frame[..., 0].astype(int) - frame[..., 2] > 80)
    if not len(rows):
        return []
    height, width = frame.shape[:2]
    sides = columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height
    return [Region(GUITAR, 0.93, *map(float, sides)), Region(LABELS.index("harp"), 0.2, 0.6, 0.1, 0.9, 0.3)]


def jpeg(width: int = 384, height: int = 216, kind: str = "JPEG") -> str:
    """A still as the browser sends it: the square on grey."""
    picture = Image.new("RGB", (width, height), (90, 90, 90))
    x0, y0, x1, y1 = SQUARE
    picture.paste((230, 150, 20), tuple(round(v) for v in (x0 * width, y0 * height, x1 * width, y1 * height)))
    file = BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_the_bundled_networks_answer():
    answer = live.answer(jpeg())
    assert answer.keys() == {"boxes"}
    assert {LABELS[label] for label, *_ in answer["boxes"]} <= live.labels() != set()


@pytest.fixture(scope="module")
def seeing_squares():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "found", square_found)
        yield


def test_an_answer_holds_what_is_surely_seen(seeing_squares):
    ((label, score, *corners),) = live.answer(jpeg())["boxes"]
    assert (label, score) == (GUITAR, 93)
    assert corners == pytest.approx([1000 * side for side in SQUARE], abs=12)


@pytest.mark.parametrize("still", [
    "", "not base64 !", base64.b64encode(b"no picture").decode(), jpeg(kind="PNG"), jpeg(SIDE_PX + 1, 100),
    jpeg(384, 8), jpeg()[:400], "A" * (live.MOST_CHARACTERS + 1), None, 7, ["x"], {"binary": True},
])  # fmt: skip
def test_what_is_no_still_is_a_sentence(seeing_squares, still):
    assert "arrived damaged" in live.answer(still)["wrong"]


@pytest.mark.parametrize("error, words", [
    (MiloError("The boxes model is not in this copy of MILO."), "The boxes model is not in this copy"),
    (ZeroDivisionError(), "a fault of the program"),
])  # fmt: skip
def test_a_look_that_fails_is_a_sentence(monkeypatch, error, words):
    def fails(frame):
        raise error

    monkeypatch.setattr(live, "found", fails)
    assert words in live.answer(jpeg())["wrong"]


def test_visitors_take_turns_and_a_crowd_is_sent_away(monkeypatch):
    served, busy, at_once = [], Lock(), []

    def answer(still):
        at_once.append(busy.acquire(blocking=False))
        anyio.run(anyio.sleep, 0.01)
        served.append(still)
        busy.release()
        return {"boxes": []}

    monkeypatch.setattr(live, "answer", answer)

    async def crowd():
        sent_away = []
        panel = live.panel()

        async def visitor(number):
            if "wrong" in await panel.look(number):
                sent_away.append(number)

        async with anyio.create_task_group() as visitors:
            for number in range(live.MOST_WAITING + 3):
                visitors.start_soon(visitor, number)
                await anyio.sleep(0)  # they come one after another
        return sent_away

    sent_away = anyio.run(crowd)
    assert all(at_once), "one look at a time"
    assert served == list(range(len(served))), "first come, first served"
    assert len(sent_away) == 2 and len(served) == live.MOST_WAITING + 1


@pytest.fixture(scope="module")
def address(seeing_squares, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
        patch.setattr(live, "labels", lambda: {"guitar", "piano"})
        page = build()
        _, url, _ = page.launch(**look(), prevent_thread_lock=True, quiet=True)
        yield url
        page.close()


@pytest.fixture(scope="module")
def camera(tmp_path_factory) -> str:
    """The flag that makes the browser's camera show the square."""
    width, height = CAMERA_PX
    x0, y0, x1, y1 = (round(side * length) for side, length in zip(SQUARE, CAMERA_PX * 2, strict=True))
    planes = [np.full((height, width), 90), *(np.full((height // 2, width // 2), 128) for _ in "uv")]
    planes[0][y0:y1, x0:x1] = 160
    for plane, colour in zip(planes[1:], (40, 190), strict=True):
        plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = colour
    frame = b"FRAME\n" + b"".join(plane.astype(np.uint8).tobytes() for plane in planes)
    path = tmp_path_factory.mktemp("camera") / "square.y4m"
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode() + 4 * frame)
    return f"--use-file-for-fake-video-capture={path}"


@contextlib.contextmanager
def visiting(address: str, *flags: str, **options):
    """The page in a browser of its own; nothing may go wrong in its console, and nothing may leave the machine."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *flags])
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE_MS)

        def visit() -> Page:
            page = context.new_page()
            open_watched(page, address, wrong)
            return page

        visit.wrong = wrong
        yield visit
        browser.close()
    assert wrong == []


def open_panel(page: Page) -> None:
    button(page, "Use the camera").click()
    page.locator(".milo-live[open]").wait_for()


def painted(page: Page, x: float, y: float) -> list[list[int]]:
    """Red, green, blue and opacity of what is drawn over the camera's picture, in a short line down through a place
    given as fractions of it."""
    return page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.milo-live canvas');
          const ratio = 640 / 360;
          const width = Math.min(canvas.width, canvas.height * ratio), height = width / ratio;
          const left = (canvas.width - width) / 2, top = (canvas.height - height) / 2;
          const line = [left + x * width, top + (y - 0.02) * height, 1, 0.04 * height];
          const { data } = canvas.getContext('2d').getImageData(...line);
          return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)]);
        }""",
        [x, y],
    )


@needs_chromium
def test_the_live_picture_is_boxed_and_the_camera_let_go_of(address, camera):
    x0, _, x1, y1 = SQUARE
    edge, outside = ((x0 + x1) / 2, y1), (0.75, 0.2)
    with visiting(address, FAKE, ALLOWED, camera) as visit:
        page = visit()
        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        expect(page.locator(".milo-live-known")).to_contain_text("around: guitar, piano. Never around: accordion, ")
        eventually(lambda: GUITAR_COLOUR in painted(page, *edge), "the box's lower edge, in the guitar's colour")
        assert not np.any(painted(page, *outside)), "what is doubtful is not drawn"
        expect(page.locator(".milo-live-rate")).to_contain_text("looks a second")
        print(page.locator(".milo-live-rate").inner_text())

        page.evaluate(f"window.track = {TRACK}")
        assert page.evaluate("track.readyState") == "live"
        button(page, "Stop").click()
        assert page.evaluate("track.readyState") == "ended"
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        expect(page.locator(".milo-live-seen")).to_have_text("")

        button(page, "Start").click()
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        page.evaluate(f"window.track = {TRACK}")
        page.keyboard.press("Escape")
        page.locator(".milo-live").wait_for(state="hidden")
        eventually(lambda: page.evaluate("track.readyState") == "ended", "closing the panel stops the camera")

        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        page.evaluate(f"window.track = {TRACK}; window.dispatchEvent(new Event('pagehide'))")
        assert page.evaluate("track.readyState") == "ended", "leaving the page stops the camera"

        button(page, "Start").click()
        other = visit()
        page.close()
        open_panel(other)
        expect(other.locator(".milo-live-seen")).to_have_text("Seen: guitar")


@needs_chromium
def test_on_a_phone_looks_go_on_when_the_program_answers_again(address, camera):
    with visiting(address, FAKE, ALLOWED, camera, viewport={"width": 390, "height": 844}) as visit:
        page = visit()
        corners = button(page, "Use the camera").bounding_box()
        assert corners["x"] + corners["width"] <= 390
        page.evaluate("MediaStreamTrack.prototype.getSettings = () => ({ facingMode: 'user' })")
        open_panel(page)
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        x0, _, x1, y1 = SQUARE
        mirrored = 1 - (x0 + x1) / 2, y1
        eventually(lambda: GUITAR_COLOUR in painted(page, *mirrored), "people know themselves from the mirror")
        panel = page.locator(".milo-live").bounding_box()
        assert panel["x"] >= 0 and panel["x"] + panel["width"] <= 390
        page.route("**/component_server/", lambda route: route.abort())
        expect(page.get_by_text("MILO does not answer")).to_be_visible()
        expect(page.locator(".milo-live-seen")).to_have_text("")
        page.unroute("**/component_server/")
        expect(page.locator(".milo-live-seen")).to_have_text("Seen: guitar")
        expect(page.get_by_text("MILO does not answer")).to_be_hidden()
        visit.wrong.clear()  # the browser's own word on the requests that were aborted


@needs_chromium
@pytest.mark.parametrize("flags, allowed, host, words", [
    ([FAKE], False, "127.0.0.1", "may not use the camera"),
    ([ALLOWED], True, "127.0.0.1", "There is no camera"),
    ([FAKE, ALLOWED, "--host-resolver-rules=MAP localhost.test 127.0.0.1"], True, "localhost.test", "over https"),
])  # fmt: skip
def test_no_camera_is_a_sentence(address, flags, allowed, host, words):
    with visiting(address.replace("127.0.0.1", host), *flags) as visit:
        page = visit()
        if not allowed:
            page.context.grant_permissions([])
        open_panel(page)
        expect(page.locator(".milo-live-note")).to_contain_text(words)
        expect(button(page, "Start")).to_be_visible()
        if host != "127.0.0.1":
            expect(page.locator(".milo-live-private")).to_contain_text("the machine that runs this page")
            visit.wrong.clear()  # this page does come from another machine, as far as the browser knows


TRACKS = """async (looks) => {
  const script = [...document.querySelectorAll('script')].map(({ textContent }) => textContent).join();
  const url = /gradio_api\\/file=[^'"\\\\)]*live\\.js/.exec(JSON.stringify(window.gradio_config) + script)[0];
  const { Tracks } = await import(new URL('tracks.js', new URL(url, document.baseURI)));
  const tracks = new Tracks(0.5);
  return looks.map(([now, found]) => {
    if (found) tracks.update(found.map(([label, score, ...corners]) => ({ label, score, corners })), now);
    return tracks.at(now, 1e6).map(({ label, corners }) => [label, ...corners]);
  });
}"""


@needs_chromium
def test_boxes_hold_still_and_go_with_what_they_are_on(address):
    here, near, far, there = [0.1, 0.1, 0.3, 0.3], [0.12, 0.1, 0.32, 0.3], [0.2, 0.1, 0.4, 0.3], [0.6, 0.6, 0.9, 0.9]
    inside = [0.1, 0.1, 0.22, 0.3]
    looks = [
        ([0, [[1, 0.9, *here]]], [], "a single look is not believed"),
        ([100, [[1, 0.4, *near]]], [[1, *near]], "a box moves, and stays while it is nearly sure"),
        ([200, []], [[1, *near]], "one missed look is no reason to blink"),
        ([300, [[1, 0.9, *here], [1, 0.8, *there]]], [[1, *here]], "a second of its kind is another one"),
        ([400, [[1, 0.9, *here], [1, 0.8, *there]]], [[1, *here], [1, *there]], "and both are there"),
        ([500, [[1, 0.9, *here], [2, 0.4, *there]]], [[1, *here], [1, *there]], "what is doubtful does not begin"),
        ([600, [[1, 0.9, *here], [2, 0.9, *there]]], [[1, *here]], "one thing has one name"),
        ([700, [[1, 0.9, *here], [2, 0.9, *there]]], [[1, *here], [2, *there]], ""),
        ([1250, None], [[1, *here], [2, *there]], "between two looks"),
        ([1350, None], [], "what is lost goes"),
        ([2000, [[1, 0.9, *here], [1, 0.8, *inside]]], [], ""),
        ([2100, [[1, 0.8, *inside], [1, 0.7, *here]]], [[1, *here]], "a box within another is a part of it"),
        ([2500, [[1, 0.9, *far]]], [[1, *far]], "what moves far between two looks is still itself"),
        ([3400, None], [[1, *far]], "where looks are rare, two of them take longer"),
    ]
    with visiting(address) as visit:
        drawn = visit().evaluate(TRACKS, [look for look, _, _ in looks])
    for now, (_, expected, why) in zip(drawn, looks, strict=True):
        assert [pytest.approx(box) for box in now] == expected, why
