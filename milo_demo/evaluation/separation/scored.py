"""Parts of scores, played, of which every note is known exactly: two or three melodies on one clock, and one instrument
that plays chords.

Elsewhere the truth about notes is read from the stems, by pYIN, which has an ear of its own for where notes begin.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.evaluation.separation.case import Case, Note
from milo_demo.evaluation.separation.melody import MELODIC
from milo_demo.evaluation.separation.rendered import casts, keep, levelled, play, plays, written
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import LABELS
from milo_demo.separation.notes.owners import CHORDAL
from milo_demo.training.hearing.scored_music import Part

MOST = 3
FEWEST = 8
"""Notes of a part that is worth listening for."""
AT_ONCE = 0.05
"""Share of a line's time in which two of its notes may sound."""
OFTEN = ("guitar", "piano")
"""Who is taken first where several play chords, every other time."""


class Kind(NamedTuple):
    """A set of such cases: how many, what its scores are drawn by, who of a cast plays in which case, by label, and how
    many of these are to be heard."""

    cases: int
    seed: int
    players: Callable[[Sequence[Part], int], dict[str, Part]]
    least: int


def scored(data: Path, workdir: Path) -> Iterator[Case]:
    """Mixtures of two or three lines at 16 kHz; rendered once (a minute or two, with `fluidsynth`).

    Raises MiloError if `data` lacks scores or fonts, or if too few scores have two melodies.
    """
    yield from _cases(data, workdir, "scored")


def chords(data: Path, workdir: Path) -> Iterator[Case]:
    """Solos of those who play chords, as `scored`."""
    yield from _cases(data, workdir, "chords")


def _cases(data: Path, workdir: Path, name: str) -> Iterator[Case]:
    kind, folder = KINDS[name], workdir / name
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(kind.cases):
        file = folder / f"{number:02}.npz"
        if not file.is_file():
            _render(data, kind, number, file)
        rng = np.random.default_rng([kind.seed, number])
        with np.load(file) as played:
            labels = sorted(row for row in played.files if row in LABELS)
            stems = {label: levelled(played[label], rng) for label in labels}
            notes = [Note(label, *note) for label in labels for note in played[f"{label} notes"].tolist()]
        mixture = np.sum(list(stems.values()), axis=0)
        yield Case(f"{number:02} " + " + ".join(labels), name, mixture, RATE_HZ, stems, None, tuple(stems), notes)


def _render(data: Path, kind: Kind, number: int, file: Path) -> None:
    """Play the first of this case's own scores that has somebody to play."""
    for cast, rng in casts(data, kind.seed, number, kind.cases):
        parts = kind.players(cast, number)
        played = {label: play([part], rng) for label, part in parts.items()} if len(parts) >= kind.least else {}
        heard = {label: sound for label, sound in played.items() if plays(sound)}
        if len(heard) >= kind.least:
            keep(file, heard, **{f"{label} notes": written([parts[label]]) for label in heard})
            return
    raise MiloError(f"Too few scores in {data / 'midi'} are for those who play in {file.parent.name}.")


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


KINDS = {"scored": Kind(10, 144, _lines, 2), "chords": Kind(16, 160, _of_chords, 1)}
