"""The mixer on the page, in a real browser: what is heard is measured where it leaves for the loudspeaker."""

import pytest
from playwright.sync_api import Locator, Page, expect

from milo_demo.ui.layout import PLAYER
from milo_demo.ui.player_data import file_url
from tests.ui import drawn
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, picture_is_there, video

pytestmark = in_a_browser

GUITAR_HZ, REST_HZ = 440, 1432
"""Tones of the drawn duet that sound together in its first half, at 0.5 and 0.01."""
HEARD_DB, SILENT_DB = -60, -85

TAP = """
const { connect } = AudioNode.prototype, { createMediaElementSource } = AudioContext.prototype;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode && !(this.context instanceof OfflineAudioContext)) {
    window.tap = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 });
    connect.call(this, window.tap);
  }
  return connect.call(this, to, ...rest);
};
AudioContext.prototype.createMediaElementSource = function (element) {
  window.sound = element;
  return createMediaElementSource.call(this, element);
};
window.loudness = (hz) => {
  const levels = new Float32Array(tap.frequencyBinCount), bin = Math.round(hz / tap.context.sampleRate * tap.fftSize);
  tap.getFloatFrequencyData(levels);
  return Math.max(...levels.slice(bin - 2, bin + 3));
};
window.apart = () => {
  const { currentTime } = tap.context, { contextTime } = tap.context.getOutputTimestamp();
  const late = sound.paused ? 0 : currentTime - contextTime;
  return sound.currentTime - late - document.querySelector('video').currentTime;
};
"""


@pytest.fixture(scope="module")
def mixing(visit, tmp_path_factory) -> Page:
    """A page that plays the first half of the duet again and again. Leave everybody to be heard."""
    page = visit(TAP)
    analyse(page, "duet.mp4", tmp_path_factory.mktemp("mixing"))
    picture_is_there(page)
    page.wait_for_function("document.querySelector('video').muted")
    at(page).fill("1")
    button(page, "Zoom in").click()
    button(page, "Loop").click()
    button(page, "Play").click()
    return page


def at(page: Page) -> Locator:
    return page.get_by_label("Position in the clip")


def heard(page: Page) -> tuple[bool | None, bool | None]:
    """Whether the guitar and the rest are heard; None while they fade."""
    levels = page.evaluate(f"[{GUITAR_HZ}, {REST_HZ}].map(loudness)")
    return tuple(True if level > HEARD_DB else False if level < SILENT_DB else None for level in levels)


def is_heard(page: Page, guitar: bool, rest: bool, why: str = "") -> None:
    eventually(lambda: heard(page) == (guitar, rest), why or f"not guitar {guitar} and rest {rest}")


def test_solo_mute_and_only_route_what_is_heard(mixing):
    is_heard(mixing, True, True)
    solo_guitar, mute_guitar = button(mixing, "Solo guitar"), button(mixing, "Mute guitar")
    solo_guitar.click()
    is_heard(mixing, True, False)
    expect(solo_guitar).to_have_attribute("aria-pressed", "true")
    button(mixing, "Solo everything else").click()
    is_heard(mixing, True, True, "two that are alone together")
    button(mixing, "Only everything else").click()
    is_heard(mixing, False, True)
    expect(solo_guitar).to_have_attribute("aria-pressed", "false")
    button(mixing, "Only everything else").click()
    mute_guitar.click()
    is_heard(mixing, False, True, "all but the guitar")
    mixing.get_by_role("switch", name="Original").check()
    is_heard(mixing, True, True, "the clip as it was")
    button(mixing, "Mute everything else").click()
    is_heard(mixing, False, False, "whoever mixes leaves the original")
    expect(mixing.get_by_role("switch", name="Original")).not_to_be_checked()
    for muted in ("guitar", "everything else"):
        button(mixing, f"Mute {muted}").click()
    is_heard(mixing, True, True)


def test_volumes_and_the_mute_of_all(mixing):
    def loudness() -> float:
        return mixing.evaluate(f"loudness({GUITAR_HZ})")

    is_heard(mixing, True, True)
    full = loudness()
    volume = mixing.get_by_role("slider", name="Volume of guitar")
    volume.fill("50")
    eventually(lambda: loudness() == pytest.approx(full - 6, abs=1.5))
    volume.fill("100")
    mixing.get_by_role("switch", name="Even loudness").check()
    eventually(lambda: loudness() < full - 1, "the guitar has more energy than the piano")
    mixing.get_by_role("switch", name="Even loudness").uncheck()
    button(mixing, "Mute").click()
    is_heard(mixing, False, False)
    button(mixing, "Mute").click()
    is_heard(mixing, True, True)


def test_keys_choose_tracks(mixing):
    mixing.locator(".milo-screen").focus()
    mixing.keyboard.press("3")
    is_heard(mixing, False, True)
    mixing.keyboard.press("3")
    mixing.get_by_role("slider", name="Volume of guitar").focus()
    mixing.keyboard.press("m")
    expect(button(mixing, "Mute guitar")).to_have_attribute("aria-pressed", "true")
    mixing.keyboard.press("m")
    mixing.keyboard.press("s")
    is_heard(mixing, True, False)
    mixing.keyboard.press("s")
    mixing.keyboard.press("?")
    expect(mixing.get_by_role("dialog", name="Keys")).to_contain_text("hear that track alone")
    mixing.keyboard.press("Escape")
    expect(mixing.get_by_role("dialog", name="Keys")).to_be_hidden()
    is_heard(mixing, True, True)


def test_a_click_on_the_guitar_lets_it_be_heard_alone(mixing):
    mixing.locator(".milo-screen").scroll_into_view_if_needed()
    box = mixing.locator(".milo-screen").bounding_box()
    width = min(box["width"], box["height"] * 640 / 360)
    left = box["x"] + (box["width"] - width) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x * width, box["y"] + box["height"] / 2 + (y - 0.5) * width * 360 / 640

    x0, y0, x1, y1 = drawn.BOX
    guitar = place((x0 + x1) / 2, (y0 + y1) / 2)
    mixing.mouse.move(*guitar)
    expect(mixing.locator(".milo-pointed")).to_have_text("Click to hear the guitar alone")
    mixing.mouse.click(*guitar)
    is_heard(mixing, True, False)
    expect(button(mixing, "guitar")).to_have_attribute("aria-pressed", "true")
    mixing.mouse.click(*guitar)
    is_heard(mixing, True, True)
    mixing.get_by_label("boxes").uncheck()
    mixing.mouse.move(*guitar)
    expect(mixing.locator(".milo-pointed")).to_be_visible()  # its map is hot there
    mixing.get_by_label("boxes").check()
    mixing.mouse.click(*place(0.8, 0.2))
    eventually(lambda: mixing.evaluate("sound.paused"), "where nothing is, a click pauses")
    mixing.mouse.click(*place(0.8, 0.2))
    expect(mixing.locator(".milo-pointed")).to_be_hidden()


def test_a_chip_does_the_same(mixing):
    button(mixing, "guitar").click()
    is_heard(mixing, True, False)
    button(mixing, "guitar").click()
    is_heard(mixing, True, True)


def test_the_picture_keeps_by_the_sound(mixing):
    def is_near() -> bool:
        return abs(mixing.evaluate("apart()")) < 0.04

    for speed in ("0.5", "1.5", "1"):
        mixing.get_by_label("Speed").select_option(speed)
        for time_s in (0.2, 1.4, 0.8):
            at(mixing).fill(str(time_s))
        eventually(is_near, f"at a speed of {speed}")
    button(mixing, "Pause").click()
    for time_s in (3.2, 0.4):
        at(mixing).fill(str(time_s))
        assert mixing.evaluate("sound.currentTime") == video(mixing, "currentTime") == pytest.approx(time_s, abs=0.01)
    button(mixing, "Play").click()


def test_what_the_timelines_show_is_looped(mixing):
    at(mixing).fill("1.7")
    times = mixing.evaluate(
        """new Promise((resolve) => {
          const times = [], timer = setInterval(() => {
            times.push(sound.currentTime);
            if (times.length > 60) { clearInterval(timer); resolve(times); }
          }, 20);
        })"""
    )
    assert max(times) < 2.2 and min(times) < 0.9 and not mixing.evaluate("sound.paused")


def test_a_gain_changes_without_a_click(mixing):
    url = file_url(PLAYER / "sound" / "stems.js")
    highest_db = mixing.evaluate(
        """async (url) => {
          const { glide } = await import(new URL(url, document.baseURI));
          const context = new OfflineAudioContext(1, 48000, 48000);
          const tone = new OscillatorNode(context, { frequency: 300 }), gain = new GainNode(context);
          const filter = { type: 'highpass', frequency: 6000 };
          const [first, second] = [0, 1].map(() => new BiquadFilterNode(context, filter));
          tone.connect(gain).connect(first).connect(second).connect(context.destination);
          glide(gain.gain, 0, 0.5008);
          tone.start();
          const sound = (await context.startRendering()).getChannelData(0).subarray(12000);
          return 20 * Math.log10(Math.max(...sound.map(Math.abs)));
        }""",
        url,
    )
    assert highest_db < -55, "a jump gives -7 dB"


def test_the_next_clip_begins_with_everybody_and_its_own_sound(visit, tmp_path):
    page = visit(TAP)
    analyse(page, "duet.mp4", tmp_path)
    button(page, "Only piano").click()
    page.get_by_label("Separate tracks").uncheck()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    assert not video(page, "muted") and page.evaluate("tap.context.state") == "closed"
    expect(button(page, "piano")).to_have_attribute("aria-pressed", "false")


def test_tracks_that_cannot_be_played_leave_the_clip_its_sound(visit, tmp_path):
    page = visit()
    page.route("**/tracks.mp4", lambda route: route.fulfill(body="no sound"))
    analyse(page, "duet.mp4", tmp_path)
    expect(page.get_by_role("status").filter(has_text="cannot mix the tracks")).to_be_visible()
    expect(button(page, "Solo guitar")).to_be_disabled()
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    assert not video(page, "muted")
