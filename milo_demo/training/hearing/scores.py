"""Notes to be played: melodies made up by simple rules, and single parts of the real MIDI scores of a pack.

A part is an array (note, 4) of onset and duration in seconds, MIDI pitch and velocity.
"""

import csv
import re
import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.errors import MiloError

Row = dict[str, str]
"""Of the pack's manifest."""
DRUM_KIT = 128
"""General MIDI has programs 0-127 and, on channel 10, drums, which count as program 128 here."""
CONGA_KEYS = range(60, 65)
"""Keys of the drum kit that are bongos and congas: a part of their own."""
TICKS_PER_S = 960  # of the MIDI files written here: 480 ticks per beat, 120 beats per minute

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 6, 7, 10), tuple(range(12)))
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 5, 7))


def invent(rng: Generator, low: int, high: int, textures: tuple[str, ...], duration_s: float) -> NDArray[np.float64]:
    """Make up a part between two pitches: a ``line``, strummed ``chords``, ``broken`` chords, or a drum ``beat``."""
    beat_s = 60 / rng.uniform(60, 170)
    texture = rng.choice(textures)
    if texture == "beat":
        return _beat(rng, low, high, beat_s, duration_s)
    steps = SCALES[rng.integers(len(SCALES))]
    scale = [pitch for pitch in range(low, high + 1) if (pitch - low) % 12 in steps]
    loudness = rng.uniform(50, 115)
    legato = rng.uniform(0.5, 1.1)
    notes = []
    position = int(rng.integers(len(scale)))
    onset_s = 0.0
    while onset_s < duration_s:
        length_s = beat_s * rng.choice([0.25, 0.5, 0.5, 1, 1, 2, 4] if texture == "line" else [0.5, 1, 1, 2])
        velocity = np.clip(loudness + rng.normal(0, 10), 25, 127)
        if rng.random() > 0.08:  # else a rest
            if texture == "line":
                notes.append((onset_s, length_s * legato, scale[position], velocity))
            else:
                spread_s = rng.uniform(0, 0.03) if texture == "chords" else length_s / 4
                chord = _chord(rng, low, high)
                for number, pitch in enumerate(chord if rng.random() < 0.7 else chord[::-1]):
                    start_s = onset_s + number * spread_s
                    notes.append((start_s, length_s * legato, pitch, np.clip(velocity + rng.normal(0, 5), 25, 127)))
        position = int(np.clip(position + rng.integers(-3, 4), 0, len(scale) - 1))
        onset_s += length_s
    return np.array(notes).reshape(-1, 4)


def _chord(rng: Generator, low: int, high: int) -> NDArray[np.int64]:
    """Three to six pitches of one chord, close together, lowest first."""
    kinds = CHORDS[rng.integers(len(CHORDS))]
    root = int(rng.integers(low, max(low + 1, high - 12)))
    pitches = [root + octave + step for octave in (0, 12, 24) for step in kinds if root + octave + step <= high]
    return np.array(pitches[: rng.integers(3, 7)])


def _beat(rng: Generator, low: int, high: int, beat_s: float, duration_s: float) -> NDArray[np.float64]:
    """A pattern of sixteenths on a few keys, repeated with small changes."""
    keys = np.arange(low, high + 1)
    if high - low > 10:  # a drum kit: kick, snare and hi-hat carry it
        keys = np.concatenate([[35, 36, 36, 38, 38, 40, 42, 42, 42, 44, 46, 51], rng.integers(low, high + 1, 4)])
    lanes = rng.choice(keys, size=min(len(keys), rng.integers(2, 6)), replace=False)
    pattern = rng.random((len(lanes), 16)) < rng.uniform(0.1, 0.5, (len(lanes), 1))
    notes = []
    for sixteenth in range(int(duration_s / beat_s * 4)):
        for key, lane in zip(lanes, pattern, strict=True):
            if lane[sixteenth % 16] != (rng.random() < 0.05):
                notes.append((sixteenth * beat_s / 4 + rng.normal(0.01, 0.003), 0.1, key, rng.integers(50, 127)))
    return np.array(notes).reshape(-1, 4)


def manifest(data: Path) -> list[Row]:
    """The rows of the pack in `data`. Raises MiloError where there is none."""
    path = data / "midi" / "manifest.csv"
    if not path.is_file():
        raise MiloError(f"There are no scores in {data}: it needs a folder midi with manifest.csv.")
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(data: Path, rng: Generator, apart: Callable[[Row], bool] | None = None) -> list[Row]:
    """The rows of the pack in `data`, shuffled, but for other versions of pieces that are held apart.

    apart : whether a row is; by default those of the split ``calibration`` are
    """
    apart = apart or (lambda row: split_of(row) == "calibration")
    found = manifest(data)
    held = {piece(row) for row in found if apart(row)}
    shuffled = [found[k] for k in rng.permutation(len(found))]
    return [row for row in shuffled if apart(row) or piece(row) not in held]


def piece(row: Row) -> str:
    """What several rows may be versions of: a tune that was arranged, or a folder with a score's parts and keys."""
    return re.sub(r"^(tune|melody): |(/[^/;]+\.ly)?(;.*)?$", "", row["source"])


def split_of(row: Row) -> str:
    """Whether a score is for training or ``calibration``. Files of one source are takes of one piece: they stay
    together."""
    return "calibration" if zlib.crc32(row["source"].encode()) % 7 == 0 else "train"


def read_parts(data: Path, rng: Generator, files: int = 400) -> dict[int, list[NDArray[np.float64]]]:
    """Single parts of so many scores for training, by program (128: drums; 129: bongos and congas)."""
    parts = defaultdict(list)
    for row in [row for row in rows(data, rng) if split_of(row) == "train"][:files]:
        for program, notes in read_score(data / "midi" / row["path"]).items():
            if len(notes) >= 8:
                parts[program].append(np.array(sorted(notes)))
    return dict(parts)


def read_score(path: Path) -> dict[int, list[tuple[float, float, float, float]]]:
    """Notes of a MIDI file by program: onset_s, duration_s, pitch, velocity."""
    program = dict.fromkeys(range(16), 0)
    sounding: dict[tuple[int, int], tuple[float, float]] = {}
    parts = defaultdict(list)
    now_s = 0.0
    for message in mido.MidiFile(path, clip=True):
        now_s += message.time
        if message.type == "program_change":
            program[message.channel] = message.program
        elif message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            if key in sounding:
                onset_s, velocity = sounding.pop(key)
                part = program[message.channel]
                if message.channel == 9:
                    part = DRUM_KIT + (message.note in CONGA_KEYS)
                parts[part].append((onset_s, now_s - onset_s, message.note, velocity))
            if message.type == "note_on" and message.velocity > 0:
                sounding[key] = (now_s, message.velocity)
    return parts


def excerpt(rng: Generator, part: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """A stretch of a part from some note on, a little faster or slower, long rests closed."""
    start = rng.integers(max(1, len(part) - 20))
    notes = part[start:].copy()
    gaps = np.diff(notes[:, 0], prepend=notes[0, 0])
    notes[:, 0] = np.cumsum(np.minimum(gaps, 1.5)) / rng.uniform(0.8, 1.25)
    return notes[notes[:, 0] < duration_s]


def write_midi(path: Path, pieces: list[NDArray[np.float64]], period_s: float, program: int, rng: Generator) -> None:
    """Write parts, one beginning every `period_s`, as a MIDI file for `program`; each tuned and with as much vibrato as
    chance will have it."""
    channel = 9 if program >= DRUM_KIT else 0
    events: list[tuple[float, int, mido.Message]] = []
    for number, notes in enumerate(pieces):
        begin_s = number * period_s
        if program < DRUM_KIT:
            vibrato = int(rng.integers(70)) if rng.random() < 0.4 else 0
            pitch = int(rng.normal(0, 600))  # 600: 15 cents
            events.append((begin_s, 0, mido.Message("program_change", channel=channel, program=program)))
            events.append((begin_s, 0, mido.Message("pitchwheel", channel=channel, pitch=pitch)))
            events.append((begin_s, 0, mido.Message("control_change", channel=channel, control=1, value=vibrato)))
        for onset_s, duration_s, pitch, velocity in notes:
            key = int(np.clip(pitch, 0, 127))
            on_s = begin_s + max(0.0, onset_s)
            off_s = on_s + max(0.03, duration_s)
            events.append((on_s, 2, mido.Message("note_on", channel=channel, note=key, velocity=int(velocity))))
            events.append((off_s, 1, mido.Message("note_off", channel=channel, note=key)))
    track = mido.MidiTrack()
    last = 0
    for at_s, _, message in sorted(events, key=lambda event: event[:2]):
        tick = int(at_s * TICKS_PER_S)
        track.append(message.copy(time=tick - last))
        last = tick
    mido.MidiFile(ticks_per_beat=TICKS_PER_S // 2, tracks=[track]).save(path)
