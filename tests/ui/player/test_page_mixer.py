"""The mixer on the page, in a real browser: what is heard is measured where it leaves for the loudspeaker."""

import pytest
from playwright.sync_api import Locator, Page, expect

from milo_demo.ui.layout import PLAYER
from milo_demo.ui.player_data import file_url
from tests.ui import drawn
from tests.ui.player.browser import analyse, button, eventually, in_a_browser, picture_is_there, video
from tests.ui.player.tap import GUITAR_HZ, TAP, is_heard

pytestmark = in_a_browser


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
    def place(x: float, y: float) -> tuple[float, float]:
        mixing.locator(".milo-screen").scroll_into_view_if_needed()
        box = mixing.locator(".milo-screen").bounding_box()
        width = min(box["width"], box["height"] * 640 / 360)
        left = box["x"] + (box["width"] - width) / 2
        return left + x * width, box["y"] + box["height"] / 2 + (y - 0.5) * width * 360 / 640

    x0, y0, x1, y1 = drawn.BOX
    guitar = (x0 + x1) / 2, (y0 + y1) / 2
    mixing.mouse.move(*place(*guitar))
    expect(mixing.locator(".milo-pointed")).to_have_text("Click to hear the guitar alone")
    mixing.mouse.click(*place(*guitar))
    is_heard(mixing, True, False)
    expect(button(mixing, "guitar")).to_have_attribute("aria-pressed", "true")
    mixing.mouse.click(*place(*guitar))
    is_heard(mixing, True, True)
    mixing.get_by_label("boxes").uncheck()
    mixing.mouse.move(*place(*guitar))
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


def test_a_track_is_muted_in_a_part_that_is_dragged_over_or_shown(mixing):
    wave = mixing.locator(".milo-track", has_text="guitar").first.locator(".milo-wave")
    wave.scroll_into_view_if_needed()
    box = wave.bounding_box()
    mixing.mouse.move(box["x"] + 2, box["y"] + 9)
    mixing.mouse.down()
    mixing.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 12, steps=4)
    mixing.mouse.up()
    hear_again = mixing.get_by_role("button", name="guitar is muted from 0:00.0 to 0:01.6: let it be heard")
    expect(hear_again).to_be_visible()
    levels = mixing.evaluate(
        """new Promise((resolve) => {
          let again = false;  // what sounded before the part was dragged over dies away
          const found = [[], []], timer = setInterval(() => {
            const time_s = sound.currentTime, level = Math.max(loudness(440), -120);
            again ||= time_s < 0.5;
            if (!again) return;
            if (time_s > 1.2 && time_s < 1.55) found[0].push(level);
            if (time_s > 1.85 && time_s < 1.98) found[1].push(level);
            if (found[0].length > 3 && found[1].length > 3) { clearInterval(timer); resolve(found); }
          }, 15);
        })"""
    )
    assert max(levels[0]) < -50 and min(levels[1]) > -50, "muted at first, heard from 1.6 s on"
    hear_again.click()
    expect(hear_again).to_have_count(0)
    button(mixing, "Mute guitar in the part that is shown").click()
    expect(mixing.get_by_role("button", name="guitar is muted from")).to_have_count(1)
    is_heard(mixing, False, True)
    mixing.get_by_role("button", name="guitar is muted from").click()
    is_heard(mixing, True, True)


def test_a_click_on_a_waveform_goes_there(mixing):
    wave = mixing.locator(".milo-wave").first
    box = wave.bounding_box()
    button(mixing, "Pause").click()
    mixing.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 20)
    eventually(lambda: mixing.evaluate("sound.currentTime") == pytest.approx(3, abs=0.03))
    head = mixing.locator(".milo-wave-head").first
    eventually(lambda: head.bounding_box()["x"] == pytest.approx(box["x"] + 0.75 * box["width"], abs=3))
    at(mixing).fill("1")
    button(mixing, "Play").click()


LOOPED = """async (url) => {
  const { Clock } = await import(new URL(url, document.baseURI));
  const clock = new Clock(document.createElement('video')), done = [];
  const audio = { currentTime: 0, duration: 4, paused: false, ended: false, seeking: false };
  clock.stems = { audio, setClosed: (closed) => done.push(closed) };
  Object.assign(clock, { loop: true, part: [1, 2] });
  return [1.5, 1.98, 2.3, null, 'seek', 2.6].map((time) => {
    if (time === 'seek') clock.seek(2.5);
    else if (time !== null) audio.currentTime = time;
    clock.turnBack();
    return [done.at(-1), audio.currentTime];
  });
}"""


def test_a_loop_jumps_in_a_moment_of_silence_and_whoever_seeks_out_of_it_has_left_it(mixing):
    found = mixing.evaluate(LOOPED, file_url(PLAYER / "sound" / "clock.js"))
    assert found == [
        [False, 1.5],
        [True, 1.98],  # silent from shortly before the end
        [True, 1],  # a machine that comes late jumps all the same
        [False, 1],
        [False, 2.5],
        [False, 2.6],
    ]


TO_THE_END = """async (url) => {
  const { Clock } = await import(new URL(url, document.baseURI));
  const clock = new Clock(document.createElement('video')), audio = { play: async () => { audio.played = true; } };
  clock.stems = { audio, setClosed: () => {}, context: { resume: () => {} } };
  clock.setLoop(true);
  const all = audio.loop;
  clock.setPart([2.5, 4]);
  clock.dispatchEvent(new Event('ended'));
  clock.setLoop(false);
  return [all, audio.loop, audio.currentTime, audio.played];
}"""


def test_a_loop_whose_part_lasts_to_the_end_goes_back_to_the_part(mixing):
    found = mixing.evaluate(TO_THE_END, file_url(PLAYER / "sound" / "clock.js"))
    assert found == [True, False, 2.5, True], "the element loops all of a clip by itself, and no part"


@pytest.mark.parametrize("ramp", ["undefined", "EDGE_S"])
def test_a_gain_changes_without_a_click(mixing, ramp):
    url = file_url(PLAYER / "sound" / "stems.js")
    highest_db = mixing.evaluate(
        f"""async (url) => {{
          const {{ glide, EDGE_S }} = await import(new URL(url, document.baseURI));
          const context = new OfflineAudioContext(1, 48000, 48000);
          const tone = new OscillatorNode(context, {{ frequency: 300 }}), gain = new GainNode(context);
          const filter = {{ type: 'highpass', frequency: 6000 }};
          const [first, second] = [0, 1].map(() => new BiquadFilterNode(context, filter));
          tone.connect(gain).connect(first).connect(second).connect(context.destination);
          glide(gain.gain, 0, 0.5008, {ramp});
          tone.start();
          const sound = (await context.startRendering()).getChannelData(0).subarray(12000);
          return 20 * Math.log10(Math.max(...sound.map(Math.abs)));
        }}""",
        url,
    )
    assert highest_db < -55, "a jump gives -7 dB"


def test_the_next_clip_begins_with_everybody_and_its_own_sound(visit, tmp_path):
    page = visit(TAP)
    analyse(page, "duet.mp4", tmp_path)
    button(page, "Only piano").click()
    page.wait_for_function("document.querySelector('video').muted")
    page.route("**/video.mp4*", lambda route: route.fulfill(body="no picture"))
    page.evaluate("document.querySelector('video').load()")
    expect(page.get_by_role("alert")).to_contain_text("cannot be played")
    button(page, "Play").click()
    page.wait_for_function("sound.currentTime > 0.3")  # the tracks are there all the same
    page.unroute("**/video.mp4*")
    page.get_by_label("Separate tracks").uncheck()
    analyse(page, "duet.mp4", tmp_path)
    picture_is_there(page)
    assert not video(page, "muted") and page.evaluate("tap.context.state") == "closed"
    expect(button(page, "piano")).to_have_attribute("aria-pressed", "false")


def test_tracks_that_cannot_be_played_leave_the_clip_its_sound(visit, tmp_path):
    page = visit()
    page.route("**/tracks.mp4*", lambda route: route.fulfill(body="no sound"))
    analyse(page, "duet.mp4", tmp_path)
    expect(page.get_by_role("status").filter(has_text="cannot mix the tracks")).to_be_visible()
    expect(button(page, "Solo guitar")).to_be_disabled()
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    assert not video(page, "muted")
