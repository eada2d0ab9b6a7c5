"""What is heard, measured where it leaves for the loudspeaker."""

from playwright.sync_api import Page

from tests.ui.player.browser import eventually

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


def heard(page: Page) -> tuple[bool | None, bool | None]:
    """Whether the guitar and the rest are heard; None while they fade."""
    levels = page.evaluate(f"[{GUITAR_HZ}, {REST_HZ}].map(loudness)")
    return tuple(True if level > HEARD_DB else False if level < SILENT_DB else None for level in levels)


def is_heard(page: Page, guitar: bool, rest: bool, why: str = "") -> None:
    eventually(lambda: heard(page) == (guitar, rest), why or f"not guitar {guitar} and rest {rest}")
