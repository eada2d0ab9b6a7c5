"""Parts of scores, played, of which every note is known exactly: two or three melodies on one clock, and one instrument
that plays chords.

Elsewhere the truth about notes is read from the stems, by pYIN, which has an ear of its own for where notes begin.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.evaluation.separation.case import Case, Note
from milo_demo.evaluation.separation.melody import MELODIC
from milo_demo.evaluation.separation.rendered import CASE_S, casts, levelled, play, plays, written
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.separation.notes.owners import CHORDAL
from milo_demo.training.hearing.scored_music import Part

CASES = {"scored": 10, "chords": 16}
SEEDS = {"scored": 144, "chords": 160}
MOST = 3
FEWEST = 8
"""Notes of a part that is worth listening for."""
AT_ONCE = 0.05
"""Share of a line's time in which two of its notes may sound."""
OFTEN = ("guitar", "piano")
"""Who is taken first where several play chords, every other time."""


def scored(data: Path, workdir: Path) -> Iterator[Case]:
    """Mixtures of two or three lines at 16 kHz; rendered once (a minute or two, with `fluidsynth`).

    Raises MiloError if `data` lacks scores or fonts, or if too few scores have two melodies.
    """
    yield from _cases(data, workdir, "scored", _lines, 2)


def chords(data: Path, workdir: Path) -> Iterator[Case]:
    """Solos of those who play chords, as `scored`."""
    yield from _cases(data, workdir, "chords", _of_chords, 1)


def _cases(
    data: Path, workdir: Path, name: str, chosen: Callable[[Sequence[Part], int], dict[str, Part]], least: int
) -> Iterator[Case]:
    """The cases of a set.

    chosen : those of a cast who play, by label; of which case
    least  : how many of them are to be heard
    """
    folder = workdir / name
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(CASES[name]):
        file = folder / f"{number:02}.npz"
        if not file.is_file():
            _render(data, name, number, file, chosen, least)
        rng = np.random.default_rng([SEEDS[name], number])
        with np.load(file) as played:
            labels = sorted(row for row in played.files if not row.endswith(" notes"))
            stems = {label: levelled(played[label], rng) for label in labels}
            notes = [Note(label, *note) for label in labels for note in played[f"{label} notes"].tolist()]
        mixture = np.sum(list(stems.values()), axis=0)
        yield Case(f"{number:02} " + " + ".join(labels), name, mixture, RATE_HZ, stems, None, tuple(stems), notes)


def _render(
    data: Path,
    name: str,
    number: int,
    file: Path,
    chosen: Callable[[Sequence[Part], int], dict[str, Part]],
    least: int,
) -> None:
    """Play the first of this case's own scores that has somebody to play."""
    for cast, rng in casts(data, SEEDS[name], number, CASES[name]):
        parts = chosen(cast, number)
        played = {label: play([part], rng) for label, part in parts.items()} if len(parts) >= least else {}
        stems = {label: sound[: CASE_S * RATE_HZ] for label, sound in played.items() if plays(sound)}
        if len(stems) >= least:
            notes = {f"{label} notes": written([parts[label]]) for label in stems}
            whole = file.with_suffix(".part.npz")
            np.savez(whole, **stems, **notes)  # pyright: ignore[reportArgumentType]
            os.replace(whole, file)
            return
    raise MiloError(f"Too few scores in {data / 'midi'} are for the players of '{name}'.")


def _lines(cast: Sequence[Part], number: int) -> dict[str, Part]:
    """Players of one note at a time."""
    lines = {part.label: part for part in cast if part.label in MELODIC and _is_line(written([part]))}
    return dict(list(lines.items())[:MOST])


def _of_chords(cast: Sequence[Part], number: int) -> dict[str, Part]:
    """One who plays chords; in every other case rather one whom one meets often."""
    found = {part.label: part for part in cast if part.label in CHORDAL and len(written([part])) >= 2 * FEWEST}
    first = sorted(found, key=lambda label: (label in OFTEN) == (number % 2 == 1))[:1]
    return {label: found[label] for label in first}


def _is_line(notes: NDArray[np.float64]) -> bool:
    """Whether notes (note, 3) are many enough, and one at a time."""
    if len(notes) < FEWEST:
        return False
    begins, ends, _ = notes[notes[:, 0].argsort()].T
    doubled = np.maximum(0, ends[:-1] - begins[1:]).sum()
    return bool(doubled < AT_ONCE * (ends - begins).sum())
