"""Real scores, played: all parts together, or every part by itself on one clock.

Parts of one score move together and share their harmonies, as in the music that people play; ensembles of unrelated
takes do not.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import LABELS
from milo_demo.training.hearing import scores, soundfonts
from milo_demo.training.hearing.library import Take

TOGETHER = 268
"""Scores that are played by all their instruments together."""
AT_MOST_S = 60
IN_PARTS = 320
"""Scores that are played part by part."""
EXCERPT_S = 30
LEAST_NOTES = 4


def together(data: Path, rng: Generator, processes: int = 2) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Whole pieces on the system's full fonts, where there are any: takes of kind ``music`` and their sound."""
    fonts = soundfonts.system_fonts(soundfonts.held_apart(sorted((data / "soundfonts").glob("*/*.sf3"))))
    chosen, played_by = [], []
    for row in scores.rows(data, rng)[:TOGETHER]:
        programs = [int(program) for program in row["programs"].split()]
        if free := [font for font, copies in fonts.items() if copies.isdisjoint(programs)]:
            chosen.append(row)
            played_by.append(free[rng.integers(len(free))])
    paths = [data / "midi" / row["path"] for row in chosen]
    with ProcessPoolExecutor(processes) as pool:
        for row, sound in zip(chosen, pool.map(soundfonts.play, played_by, paths, chunksize=4), strict=True):
            take = Take(None, LABELS, "music", f"midi/{row['collection']}", scores.split_of(row))
            yield take, sound[: AT_MOST_S * RATE_HZ]


class Part(NamedTuple):
    """One part of a score's excerpt, and the sound font's file that plays it: notes (note, 4) as in `scores`."""

    program: int
    font: Path
    notes: NDArray[np.float64]

    @property
    def label(self) -> str:
        return soundfonts.label_of_program(self.program)


def in_parts(data: Path, rng: Generator, processes: int = 2) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Excerpts of scores for two and more of our instruments, each part on a sound font of its own.

    Yields takes with the same `piece` and their sound (sample,), equally long and on one clock.
    """
    files = sorted((data / "soundfonts").glob("*/*.sf3"))
    apart = soundfonts.held_apart(files)
    files = soundfonts.usable(files, apart)
    takes: list[Take] = []
    parts: list[Part] = []
    played = 0
    for row in scores.rows(data, rng):
        split = scores.split_of(row)
        notes_of = excerpt(data / "midi" / row["path"], rng)
        fonts = {program: font(program, split, files, apart, rng) for program in notes_of}
        cast = [Part(program, font, notes_of[program]) for program, font in fonts.items() if font is not None]
        if len({part.label for part in cast}) < 2:
            continue
        parts += cast
        takes += [Take(part.label, (), "font", f"scores/{part.label}", split, piece=row["path"]) for part in cast]
        played += 1
        if played == IN_PARTS:
            break
    seeds = rng.integers(1 << 31, size=len(parts))
    with ProcessPoolExecutor(processes) as pool:
        yield from zip(takes, pool.map(play_part, parts, seeds, chunksize=8), strict=True)


def excerpt(path: Path, rng: Generator) -> dict[int, NDArray[np.float64]]:
    """Notes of EXCERPT_S by program, (note, 4) as in `scores`, from some note on."""
    parts = {program: np.array(sorted(notes)) for program, notes in scores.read_score(path).items()}
    if not parts:
        return {}
    onsets_s = np.concatenate([notes[:, 0] for notes in parts.values()])
    start_s = rng.uniform(onsets_s.min(), max(onsets_s.min() + 0.1, onsets_s.max() - EXCERPT_S))
    found = {}
    for program, notes in parts.items():
        notes = notes[(notes[:, 0] >= start_s) & (notes[:, 0] < start_s + EXCERPT_S)]
        if len(notes) >= LEAST_NOTES:
            found[program] = notes - [start_s, 0, 0, 0]
    return found


def font(program: int, split: str, files: list[Path], apart: dict[int, Path], rng: Generator) -> Path | None:
    """A sound font's file for a program: for calibration the one that is kept for it, if any. None if none plays it."""
    kit = min(program, scores.DRUM_KIT)  # congas are keys of the drum kit
    if split == "calibration" and kit in apart:
        return apart[kit]
    choice = [path for path in files if int(path.stem) == kit and path != apart.get(kit)]
    return choice[rng.integers(len(choice))] if choice else None


def play_part(part: Part, seed: int) -> NDArray[np.float32]:
    """A part by itself for EXCERPT_S: (sample,) at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "part.mid"
        scores.write_midi(midi, [part.notes], EXCERPT_S, part.program, np.random.default_rng(seed))
        sound = soundfonts.play(part.font, midi)[: EXCERPT_S * RATE_HZ]
    return np.pad(sound, (0, EXCERPT_S * RATE_HZ - len(sound)))
