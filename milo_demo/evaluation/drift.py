"""How far the sound that is heard is from the picture that is seen, in the player, in a real browser.

A frame tells its own time in the clip, and when it is on the screen (``requestVideoFrameCallback``). What is heard then
is what the audio element says, less the time that the sound takes to the loudspeaker as Web Audio knows it. At other
speeds than 1 the browser stretches the sound and is some 10 to 30 ms ahead of what its element says, which nothing
tells: the player allows for that by what was measured once with flashes and bursts (STRETCH_S in
ui/player/sound/clock.js), so that figures at such speeds lie that much below 0 where all is well.
"""

import shutil

import numpy as np

from milo_demo.errors import MiloError
from milo_demo.evaluation.table import Figure, Table

SPEEDS = ("1", "0.5", "1.5")
SEEKS = 100
SETTLE_MS, FRAMES = 2000, 100
PATIENCE_MS = 180_000

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--autoplay-policy=no-user-gesture-required"]

TAP = """
const { createMediaElementSource } = AudioContext.prototype;
AudioContext.prototype.createMediaElementSource = function (element) {
  window.milo = { sound: element, context: this };
  return createMediaElementSource.call(this, element);
};
"""
"""Tells which element sounds: it is in no document."""

OFF_MS = """(count) => new Promise((resolve) => {
  const { sound, context } = window.milo, video = document.querySelector('#milo-player video'), found = [];
  const look = (now, { expectedDisplayTime, mediaTime }) => {
    const { contextTime } = context.getOutputTimestamp();
    const ahead_s = (expectedDisplayTime - performance.now()) / 1000 - (context.currentTime - contextTime);
    const off_s = sound.currentTime + sound.playbackRate * ahead_s - mediaTime;
    if (!sound.seeking && !video.seeking) found.push(1000 * off_s);
    if (found.length < count) video.requestVideoFrameCallback(look); else resolve(found);
  };
  video.requestVideoFrameCallback(look);
})"""
"""Of so many frames, by how much the sound is ahead of each, milliseconds of the clip."""

SEEK = """(seeks) => new Promise((resolve) => {
  const bar = document.querySelector('.milo-seek'), end_s = Number(bar.max) / 2;
  let left = seeks;
  const timer = setInterval(() => {
    bar.value = String(Math.random() * end_s);
    bar.dispatchEvent(new Event('input'));
    left -= 1;
    if (!left) { clearInterval(timer); resolve(); }
  }, 50);
})"""


def measured(address: str) -> Table:
    """Sound less picture at SPEEDS, each after SEEKS seeks, for the example on the page at `address`.

    Raises MiloError where there is no Playwright, which is among the developers' requirements, or no Chromium.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MiloError("Sound and picture are not measured: Playwright is not installed.") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise MiloError("Sound and picture are not measured: there is no Chromium.")
    table: Table = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(TAP)
        page.goto(address)
        page.locator(".milo-player[data-mounted] [data-example=drawn_duet]").click()
        page.locator(".milo-files a").first.wait_for()
        page.wait_for_function("window.milo && window.milo.sound.readyState > 2")
        page.get_by_role("button", name="Loop", exact=True).click()
        page.get_by_role("button", name="Play", exact=True).click()
        for speed in SPEEDS:
            page.get_by_label("Speed").select_option(speed)
            page.evaluate(SEEK, SEEKS)
            page.wait_for_timeout(SETTLE_MS)
            off_ms = np.array(page.evaluate(OFF_MS, FRAMES))
            middle, least, most = (float(it) for it in np.percentile(off_ms, (50, 5, 95)))
            aside = "" if speed == "1" else ", stretching aside"
            table[f"sound before picture, speed {speed}{aside}"] = {
                "ms": Figure(middle),
                "5 %": Figure(least),
                "95 %": Figure(most),
            }
        browser.close()
    return table
