"""Lines of one score, played: two or three melodies on one clock, of which every note is known exactly.

Elsewhere the truth about notes is read from the stems, by the same means as the program reads its own tracks.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.evaluation.separation.case import Case, Note
from milo_demo.evaluation.separation.melody import MELODIC
from milo_demo.evaluation.separation.rendered import CASE_S, casts, levelled, play, plays, written
from milo_demo.features.log_mel import RATE_HZ

CASES, MOST = 10, 3
SEED = 144
FEWEST = 8
"""Notes of a part that is worth listening for."""
AT_ONCE = 0.05
"""Share of a line's time in which two of its notes may sound."""


def scored(data: Path, workdir: Path) -> Iterator[Case]:
    """CASES mixtures at 16 kHz; rendered once (a minute or two, with `fluidsynth`).

    Raises MiloError if `data` lacks scores or fonts, or if too few scores have two melodies.
    """
    folder = workdir / "scored"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(CASES):
        file = folder / f"{number:02}.npz"
        if not file.is_file():
            _render(data, number, file)
        rng = np.random.default_rng([SEED, number])
        with np.load(file) as played:
            labels = sorted(name for name in played.files if name in MELODIC)
            stems = {label: levelled(played[label], rng) for label in labels}
            notes = [Note(label, *note) for label in labels for note in played[f"{label} notes"].tolist()]
        mixture = np.sum(list(stems.values()), axis=0)
        yield Case(f"{number:02} " + " + ".join(labels), "scored", mixture, RATE_HZ, stems, None, tuple(stems), notes)


def _render(data: Path, number: int, file: Path) -> None:
    """Play the first of this case's own scores that has two lines for players of one note at a time."""
    for cast, rng in casts(data, SEED, number, CASES):
        lines = {part.label: part for part in cast if part.label in MELODIC and _is_line(written([part]))}
        played = {label: play([part], rng) for label, part in list(lines.items())[:MOST]}
        stems = {label: sound[: CASE_S * RATE_HZ] for label, sound in played.items() if plays(sound)}
        if len(stems) > 1:
            notes = {f"{label} notes": written([lines[label]]) for label in stems}
            whole = file.with_suffix(".part.npz")
            np.savez(whole, **stems, **notes)  # pyright: ignore[reportArgumentType]
            os.replace(whole, file)
            return
    raise MiloError(f"Too few scores in {data / 'midi'} have two melodies.")


def _is_line(notes: NDArray[np.float64]) -> bool:
    """Whether notes (note, 3) are many enough, and one at a time."""
    if len(notes) < FEWEST:
        return False
    begins, ends, _ = notes[notes[:, 0].argsort()].T
    doubled = np.maximum(0, ends[:-1] - begins[1:]).sum()
    return bool(doubled < AT_ONCE * (ends - begins).sum())
