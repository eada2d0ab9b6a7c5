"""Made pop with exact truth: scores and sound fonts that are held apart from training (split ``calibration`` of
`scored_music`), and a singer that nobody was trained on.

Every part is played by the held-apart font of the nearest General MIDI program of its family. Drums, bass, what else
plays, and the voice are equally loud on average, and up to LOUDER_DB louder or softer.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.evaluation.files import required
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Note, Sound
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.training.hearing import scored_music, scores, soundfonts, sounds

CASES = 16
CASE_S = 12
LEVEL = 0.05
LOUDER_DB = 3.0
SEED = 128
ROWS = ("drum", "electric_bass", RESIDUAL)
BASSES = range(32, 40)
"""General MIDI programs."""
FAMILY = 8
"""General MIDI programs of one family."""
LEAST_SHARE = 0.2
"""A row counts as playing if its level in the excerpt is at least so much of that in the half minute around."""


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
            stems = {row: _levelled(played[row], rng) for row in ROWS}
            notes = [Note("electric_bass", *note) for note in played["notes"].tolist()]
        if number % 2 == 0:
            stems["voice"] = _levelled(_voice(songs, number), rng)
        mixture = np.sum(list(stems.values()), axis=0)
        rest = stems.pop(RESIDUAL)
        yield Case(f"{number:02}", "pop", mixture, RATE_HZ, stems, rest, tuple(stems), notes)


def _render(data: Path, number: int, file: Path) -> None:
    """Play the first of this case's own scores that has something to play for all ROWS."""
    sounds.check(data)
    rows = scored_music.rows(data, np.random.default_rng(SEED))
    rows = [row for row in rows if row["has_drums"] == "1" and scored_music.split_of(row) == "calibration"]
    fonts = soundfonts.held_apart(sorted((data / "soundfonts").glob("*/*.sf3")))
    rng = np.random.default_rng([SEED, number])
    for row in rows[number::CASES]:
        parts = scored_music.excerpt(data / "midi" / row["path"], rng)
        by_row = {name: [part for part in _cast(parts, fonts) if _row(part.program) == name] for name in ROWS}
        if all(by_row.values()):
            played = {name: _play(cast, rng) for name, cast in by_row.items()}
            if all(map(_plays, played.values())):
                stems = {name: sound[: CASE_S * RATE_HZ] for name, sound in played.items()}
                whole = file.with_suffix(".part.npz")
                np.savez(whole, **stems, notes=_notes(by_row["electric_bass"]))  # pyright: ignore[reportArgumentType]
                os.replace(whole, file)
                return
    raise MiloError(f"Too few scores in {data / 'midi'} have drums, a bass and something else.")


def _cast(parts: dict[int, NDArray[np.float64]], fonts: dict[int, Path]) -> Iterator[scored_music.Part]:
    """Who plays which part; none plays congas, of which nobody can say whether they are drums."""
    pitched = [program for program in fonts if program != scores.DRUM_KIT]
    for program, notes in parts.items():
        if program < scores.DRUM_KIT:
            nearest = min(pitched, key=lambda other: (other // FAMILY != program // FAMILY, abs(other - program)))
            yield scored_music.Part(nearest, fonts[nearest], notes)
        elif program == scores.DRUM_KIT and program in fonts:
            yield scored_music.Part(program, fonts[program], notes)


def _row(program: int) -> str:
    if program == scores.DRUM_KIT:
        return "drum"
    return "electric_bass" if program in BASSES else RESIDUAL


def _play(cast: list[scored_music.Part], rng: Generator) -> Sound:
    """All of a row together, for half a minute."""
    return np.sum([scored_music.play_part(part, int(rng.integers(1 << 31))) for part in cast], axis=0)


def _plays(sound: Sound) -> bool:
    """Whether there is something to hear in the excerpt at the beginning."""
    loudness, excerpt = (np.sqrt(np.mean(np.square(some))) for some in (sound, sound[: CASE_S * RATE_HZ]))
    return bool(excerpt > max(1e-4, LEAST_SHARE * loudness))


def _notes(cast: list[scored_music.Part]) -> NDArray[np.float64]:
    """(note, 3): beginning and end in seconds, pitch."""
    onset_s, duration_s, pitch, _ = np.concatenate([part.notes for part in cast]).T
    inside = onset_s < CASE_S
    return np.stack([onset_s, np.minimum(onset_s + duration_s, CASE_S), pitch], axis=1)[inside]


def _voice(songs: list[Path], number: int) -> Sound:
    """What is sung in some songs, one after the other."""
    sung = np.zeros(0, np.float32)
    while len(sung) < CASE_S * RATE_HZ:
        channels, _ = librosa.load(songs[number % len(songs)], sr=RATE_HZ, mono=False)
        sung = np.concatenate([sung, channels[1]])
        number += 1
    return sung[: CASE_S * RATE_HZ]


def _levelled(sound: Sound, rng: Generator) -> Sound:
    gain = 10 ** (rng.uniform(-LOUDER_DB, LOUDER_DB) / 20)
    return sound * np.float32(LEVEL * gain / np.sqrt(np.mean(np.square(sound))))
