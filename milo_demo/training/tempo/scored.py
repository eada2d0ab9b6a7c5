"""Real scores, played, with the tempo that is written in them.

A MIDI file says how long its quarter note lasts and in what metre it stands. The beat is the quarter; the half note
where metres count halves, the dotted quarter in 6/8, 9/8 and 12/8. Others (3/8, 5/8) are counted in several ways, and
stretches of them have no true tempo here.
"""

import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.training.hearing import scores, soundfonts

AT_MOST_S, AT_LEAST_S = 45, 15
FEWEST_BPM, MOST_BPM = 42.0, 236.0
STEADY = 1.04
"""A tempo that changes by more than this factor around a step is not the step's tempo."""
AROUND = 8
"""Steps on either side over which it has to be steady."""
PER_COLLECTION = 0.25
"""Share of the scores that one collection gives at most: two of eleven would be three quarters of all."""


@dataclass(frozen=True)
class Scored:
    """A piece of music.

    collection : where it comes from
    drums      : whether a drum kit plays
    sound      : (sample,), mono at 16 kHz
    bpm        : (step,), beats per minute; nan where the tempo changes or the metre is counted in several ways
    """

    collection: str
    drums: bool
    sound: NDArray[np.float32]
    bpm: NDArray[np.float64]


def scored(data: Path, held_out: bool, count: int, rng: Generator, processes: int = 2) -> Iterator[Scored]:
    """So many scores, a third of all pieces being held out of fitting. Needs `fluidsynth` and one of the system's
    fonts; gives none without a font. Raises MiloError where there are no scores in `data`."""
    chosen = _chosen(data, held_out, count, rng)
    fonts = [path for path in soundfonts.SYSTEM_FONTS if path.is_file()]
    if not fonts:
        return
    paths = [data / "midi" / row["path"] for row in chosen]
    played_by = [fonts[k] for k in rng.integers(len(fonts), size=len(chosen))]
    with ProcessPoolExecutor(processes) as pool:
        for row, path, sound in zip(chosen, paths, pool.map(soundfonts.play, played_by, paths), strict=True):
            sound = sound[: AT_MOST_S * RATE_HZ]
            bpm = steady(written_bpm(path, len(sound) // STEP))
            if np.isfinite(bpm).any() and sound.any():
                yield Scored(row["collection"], row["has_drums"] == "1", sound, bpm)


def _apart(row: scores.Row) -> bool:
    return zlib.crc32(row["source"].encode()) % 3 == 0


def _chosen(data: Path, held_out: bool, count: int, rng: Generator) -> list[scores.Row]:
    chosen: list[scores.Row] = []
    taken: dict[str, int] = {}
    for row in scores.rows(data, rng, _apart):
        few = taken.get(row["collection"], 0) < PER_COLLECTION * count
        if _apart(row) == held_out and few and float(row["duration_s"]) >= AT_LEAST_S and len(chosen) < count:
            chosen.append(row)
            taken[row["collection"]] = taken.get(row["collection"], 0) + 1
    return chosen


def written_bpm(path: Path, steps: int) -> NDArray[np.float64]:
    """Beats per minute in the middle of each step, (step,), as a MIDI file has them; nan where it is open what a beat
    is."""
    now_s, quarter_bpm, metre = 0.0, 120.0, (4, 4)
    times_s, tempi_bpm = [0.0], [120.0]
    for message in mido.MidiFile(path, clip=True):
        now_s += message.time
        if message.type == "set_tempo":
            quarter_bpm = mido.tempo2bpm(message.tempo)
        elif message.type == "time_signature":
            metre = (message.numerator, message.denominator)
        else:
            continue
        times_s.append(now_s)
        tempi_bpm.append(quarter_bpm / _quarters_per_beat(*metre))
    middles_s = (np.arange(steps) + 0.5) * STEP / RATE_HZ
    return np.array(tempi_bpm)[np.searchsorted(times_s, middles_s, side="right") - 1]


def _quarters_per_beat(numerator: int, denominator: int) -> float:
    if denominator == 8 and numerator in (6, 9, 12):
        return 1.5
    return {2: 2.0, 4: 1.0}.get(denominator, np.nan)


def steady(bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same, nan where it changes within AROUND steps or is out of what is looked for."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(bpm, AROUND, mode="edge"), 2 * AROUND + 1)
    even = around.max(axis=1) <= STEADY * around.min(axis=1)
    return np.where(even & (bpm >= FEWEST_BPM) & (bpm <= MOST_BPM), bpm, np.nan)
