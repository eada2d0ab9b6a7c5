"""Drum patterns made up: bars of a style, struck by made drums, at a tempo that is known exactly.

A bar is one string per drum, one sign per smallest part of it: ``x`` struck, ``g`` softly, ``.`` not. Everything else
is chance: how the drums sound, how loud each is, how evenly they are struck, who plays along, how it was recorded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from milo_demo.features.log_mel import RATE_HZ

PLAIN_BPM = (50, 190)


@dataclass(frozen=True)
class Style:
    """A bar of music.

    beats  : how many beats the bar has
    drums  : a string per drum, all parts of the bar equally long
    common : tempi, in beats per minute, at which this is played and called so
    """

    beats: int
    drums: dict[str, str]
    common: tuple[int, int] = PLAIN_BPM


STYLES = {
    "clicks": Style(1, {"click": "x"}),
    "accented clicks": Style(4, {"click": "xggg"}),
    "rock, quarters": Style(4, {"kick": "x.x.", "snare": ".x.x", "hat": "xxxx"}),
    "rock, eighths": Style(4, {"kick": "x...x...", "snare": "..x...x.", "hat": "xxxxxxxx"}),
    "rock, varied": Style(4, {"kick": "x..xx...", "snare": "..x...x.", "hat": "xxxxxxxx"}),
    "rock, sixteenths": Style(
        4, {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "xgxgxgxgxgxgxgxg"}, (50, 120)
    ),
    "ballad": Style(4, {"kick": "x.....x.x.......", "rim": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}, (50, 84)),
    "four on the floor": Style(4, {"kick": "x.x.x.x.", "snare": "..x...x.", "hat": ".x.x.x.x"}, (90, 190)),
    "kick on every beat": Style(1, {"kick": "x."}),
    "half-time": Style(4, {"kick": "x.......", "snare": "....x...", "hat": "xxxxxxxx"}, (120, 180)),
    "waltz": Style(3, {"kick": "x..", "snare": ".gg", "hat": "xxx"}, (80, 190)),
    "waltz, eighths": Style(3, {"kick": "x.....", "rim": "..x.x.", "hat": "xxxxxx"}, (60, 160)),
    "swing": Style(4, {"kick": "g..g..g..g..", "hat": "...x.....x..", "ride": "x..x.xx..x.x"}, (90, 190)),
    "shuffle": Style(4, {"kick": "x.....x.....", "snare": "...x.....x..", "hat": "x.xx.xx.xx.x"}, (70, 150)),
    "slow blues": Style(4, {"kick": "x.....x.....", "snare": "...x.....x..", "hat": "xxxxxxxxxxxx"}, (50, 76)),
    "breakbeat": Style(
        4, {"kick": "x.........x.....", "snare": "....x..g.g..x...", "hat": "x.x.x.x.x.x.x.x."}, (150, 190)
    ),
    "two-step": Style(4, {"kick": "x....x..", "snare": "..x...x.", "hat": "xxxxxxxx"}, (150, 190)),
    "hip-hop": Style(
        4, {"kick": "x..x...x..x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.xgx."}, (76, 104)
    ),
    "bossa nova": Style(
        4, {"kick": "x..xx..xx..xx..x", "rim": "x..x..x...x..x..", "hat": "xxxxxxxxxxxxxxxx"}, (60, 90)
    ),
    "march": Style(2, {"kick": "x...", "snare": ".gx.", "ride": "x..."}, (90, 140)),
    "disco": Style(4, {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat": "xgxgxgxgxgxgxgxg"}, (100, 140)),
}  # fmt: skip
HELD_OUT = ("rock, varied", "hip-hop", "march", "disco", "waltz, eighths")
"""Styles that nothing was fitted to."""
LEVELS = {"kick": 1.0, "snare": 0.6, "rim": 0.4, "hat": 0.25, "ride": 0.25, "click": 0.6}


def play(style: Style, bpm: float, rng: Generator, duration_s: float = 20.0) -> NDArray[np.float32]:
    """Play a style at `bpm` beats per minute, (sample,), mono at 16 kHz.

    `rng` makes the drums, the drummer and the room: the same state plays the same.
    """
    sound = np.zeros(round((duration_s + 2) * RATE_HZ))
    beat_s = 60 / bpm
    uneven_s = rng.choice([0.0, 0.004, 0.008])
    begin_s = rng.uniform(0, beat_s)
    for name, bar in style.drums.items():
        strokes = [_stroke(name, rng) for _ in range(3)]  # no two strokes are the same
        level = LEVELS[name] * 10 ** (rng.uniform(-5, 5) / 20)
        part_s = style.beats * beat_s / len(bar)
        for number in range(int((duration_s - begin_s) / part_s)):
            if (sign := bar[number % len(bar)]) != ".":
                stroke = strokes[rng.integers(len(strokes))]
                start = round(max(0, begin_s + number * part_s + rng.normal(0, uneven_s)) * RATE_HZ)
                loud = level * (0.3 if sign == "g" else 1) * 10 ** (rng.normal(0, 1) / 20)
                sound[start : start + len(stroke)] += loud * stroke
    if rng.random() < 0.4 and "click" not in style.drums:
        sound += rng.uniform(0.1, 0.5) * _bass(style, beat_s, begin_s, len(sound), rng)
    return _recorded(sound[: round(duration_s * RATE_HZ)], rng)


def _stroke(name: str, rng: Generator) -> NDArray[np.float64]:
    """One stroke of a drum, peak about 1."""
    time_s = np.arange(RATE_HZ // 3) / RATE_HZ
    hiss = rng.standard_normal(len(time_s))
    if name == "kick":
        hz = rng.uniform(45, 80) * (1 + rng.uniform(0, 2) * np.exp(-rng.uniform(30, 80) * time_s))
        thump = np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * np.exp(-rng.uniform(10, 25) * time_s)
        return thump + rng.uniform(0, 0.2) * hiss * np.exp(-200 * time_s)
    if name == "snare":
        tone = np.sin(2 * np.pi * rng.uniform(160, 250) * time_s) * np.exp(-rng.uniform(20, 50) * time_s)
        return rng.uniform(0.2, 0.8) * tone + 0.4 * hiss * np.exp(-rng.uniform(12, 35) * time_s)
    if name in ("rim", "click"):
        return np.sin(2 * np.pi * rng.uniform(700, 2500) * time_s) * np.exp(-rng.uniform(60, 150) * time_s)
    sharp = sosfilt(butter(2, rng.uniform(3000, 6000), "high", fs=RATE_HZ, output="sos"), hiss)
    decay = rng.uniform(40, 120) if name == "hat" else rng.uniform(6, 20)
    return np.asarray(sharp) * np.exp(-decay * time_s)


def _bass(style: Style, beat_s: float, begin_s: float, samples: int, rng: Generator) -> NDArray[np.float64]:
    """A bass that plays along: a note per beat, or two, or one per bar."""
    sound = np.zeros(samples)
    note_s = beat_s * rng.choice([0.5, 1, 1, 2, style.beats])
    time_s = np.arange(round(note_s * RATE_HZ)) / RATE_HZ
    for start_s in np.arange(begin_s, samples / RATE_HZ - note_s, note_s):
        hz = 55 * 2 ** (rng.choice([0, 0, 3, 5, 7, 10]) / 12)
        note = sum(np.sin(2 * np.pi * hz * k * time_s) / k for k in (1, 2, 3)) * np.exp(-3 * time_s)
        start = round(start_s * RATE_HZ)
        sound[start : start + len(note)] += note[: samples - start]
    return sound


def _recorded(sound: NDArray[np.float64], rng: Generator) -> NDArray[np.float32]:
    """As a microphone in a room had it: some echo, some noise, some basses gone, any level."""
    if rng.random() < 0.4:
        time_s = np.arange(RATE_HZ // 2) / RATE_HZ
        echo = rng.standard_normal(len(time_s)) * np.exp(-rng.uniform(8, 25) * time_s)
        wet = fftconvolve(sound, echo / np.linalg.norm(echo))[: len(sound)]
        sound = sound + rng.uniform(0.1, 0.5) * wet
    if rng.random() < 0.2:  # a telephone's microphone
        sound = np.asarray(sosfilt(butter(2, rng.uniform(100, 250), "high", fs=RATE_HZ, output="sos"), sound))
    sound = sound / np.abs(sound).max()
    noise = rng.standard_normal(len(sound)) * 10 ** (rng.uniform(-70, -25) / 20)
    if rng.random() < 0.2:  # out of a computer
        noise *= 0
    return ((sound + noise) * 10 ** (rng.uniform(-30, -3) / 20)).astype(np.float32)
