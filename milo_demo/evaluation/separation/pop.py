"""Made pop with exact truth: scores and sound fonts that are held apart from training (`rendered`), and a singer that
nobody was trained on. Drums, bass, what else plays, and the voice are equally loud on average.
"""

from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np

from milo_demo.errors import MiloError
from milo_demo.evaluation.files import required
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Note, Sound
from milo_demo.evaluation.separation.rendered import CASE_S, casts, keep, levelled, play, plays, written
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.training.hearing.scores import DRUM_KIT

CASES = 16
SEED = 128
ROWS = ("drum", "electric_bass", RESIDUAL)
BASSES = range(32, 40)
"""General MIDI programs."""


def pop(data: Path, workdir: Path) -> Iterator[Case]:
    """CASES mixtures at 16 kHz, every other one sung; rendered once (a minute or two, with `fluidsynth`).

    Raises MiloError if `data` lacks scores or fonts, or if too few scores have drums, bass and something else.
    """
    songs = required(data / "recordings" / "mir1k_val", "*.ogg", "recordings")
    folder = workdir / "pop"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(CASES):
        file = folder / f"{number:02}.npz"
        if not file.is_file():
            _render(data, number, file)
        rng = np.random.default_rng([SEED, number])
        with np.load(file) as played:
            stems = {row: levelled(played[row], rng) for row in ROWS}
            notes = [Note("electric_bass", *note) for note in played["notes"].tolist()]
        if number % 2 == 0:
            stems["voice"] = levelled(_voice(songs, number), rng)
        mixture = np.sum(list(stems.values()), axis=0)
        rest = stems.pop(RESIDUAL)
        yield Case(f"{number:02}", "pop", mixture, RATE_HZ, stems, rest, tuple(stems), notes)


def _render(data: Path, number: int, file: Path) -> None:
    """Play the first of this case's own scores that has something to play for all ROWS."""
    for cast, rng in casts(data, SEED, number, CASES, drums=True):
        by_row = {name: [part for part in cast if _row(part.program) == name] for name in ROWS}
        if all(by_row.values()):
            played = {name: play(parts, rng) for name, parts in by_row.items()}
            if all(map(plays, played.values())):
                keep(file, played, notes=written(by_row["electric_bass"]))
                return
    raise MiloError(f"Too few scores in {data / 'midi'} have drums, a bass and something else.")


def _row(program: int) -> str:
    if program == DRUM_KIT:
        return "drum"
    return "electric_bass" if program in BASSES else RESIDUAL


def _voice(songs: list[Path], number: int) -> Sound:
    """What is sung in some songs, one after the other."""
    sung = np.zeros(0, np.float32)
    while len(sung) < CASE_S * RATE_HZ:
        channels, _ = librosa.load(songs[number % len(songs)], sr=RATE_HZ, mono=False)
        sung = np.concatenate([sung, channels[1]])
        number += 1
    return sung[: CASE_S * RATE_HZ]
