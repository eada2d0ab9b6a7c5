"""Scores played by sound fonts, both held apart from training (split ``calibration`` of `training.hearing.scores`),
with exact truth: which notes are played, and what each part sounds like.

Every part is played by the held-apart font of the nearest General MIDI program of its family.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.evaluation.separation.case import Sound
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.training.hearing import scored_music, scores, soundfonts, sounds

CASE_S = 12
LEVEL = 0.05
LOUDER_DB = 3.0
FAMILY = 8
"""General MIDI programs of one family."""
LEAST_SHARE = 0.2
"""A part counts as playing if its level in the excerpt is at least so much of that in the half minute around."""


def casts(
    data: Path, seed: int, number: int, of: int, drums: bool = False
) -> Iterator[tuple[list[scored_music.Part], Generator]]:
    """Who plays what in every `of`-th score, from number `number` on, and what is drawn from to play it.

    drums : only of scores that have some

    Raises MiloError if `data` lacks scores or fonts.
    """
    sounds.check(data)
    rows = scores.rows(data, np.random.default_rng(seed))
    rows = [row for row in rows if scores.split_of(row) == "calibration"]
    rows = [row for row in rows if row["has_drums"] == "1" or not drums]
    fonts = soundfonts.held_apart(sorted((data / "soundfonts").glob("*/*.sf3")))
    rng = np.random.default_rng([seed, number])
    for row in rows[number::of]:
        yield list(_cast(scored_music.excerpt(data / "midi" / row["path"], rng), fonts)), rng


def _cast(parts: dict[int, NDArray[np.float64]], fonts: dict[int, Path]) -> Iterator[scored_music.Part]:
    """Who plays which part; none plays congas, of which nobody can say whether they are drums."""
    pitched = [program for program in fonts if program != scores.DRUM_KIT]
    for program, notes in parts.items():
        if program < scores.DRUM_KIT:
            nearest = min(pitched, key=lambda other: (other // FAMILY != program // FAMILY, abs(other - program)))
            yield scored_music.Part(nearest, fonts[nearest], notes)
        elif program == scores.DRUM_KIT and program in fonts:
            yield scored_music.Part(program, fonts[program], notes)


def play(cast: Sequence[scored_music.Part], rng: Generator) -> Sound:
    """Some parts together, for half a minute, at 16 kHz."""
    return np.sum([scored_music.play_part(part, int(rng.integers(1 << 31))) for part in cast], axis=0)


def plays(sound: Sound) -> bool:
    """Whether there is something to hear in the excerpt at the beginning of what was played."""
    loudness, excerpt = (np.sqrt(np.mean(np.square(some))) for some in (sound, sound[: CASE_S * RATE_HZ]))
    return bool(excerpt > max(1e-4, LEAST_SHARE * loudness))


def written(cast: Sequence[scored_music.Part]) -> NDArray[np.float64]:
    """(note, 3) of the excerpt: beginning and end in seconds, pitch."""
    onset_s, duration_s, pitch, _ = np.concatenate([part.notes for part in cast]).T
    inside = onset_s < CASE_S
    return np.stack([onset_s, np.minimum(onset_s + duration_s, CASE_S), pitch], axis=1)[inside]


def keep(file: Path, played: Mapping[str, Sound], **notes: NDArray[np.float64]) -> None:
    """Write what was played, of it the excerpt, and notes as `written` gives them: whole, or not at all."""
    stems = {name: sound[: CASE_S * RATE_HZ] for name, sound in played.items()}
    whole = file.with_suffix(".part.npz")
    np.savez(whole, **stems, **notes)  # pyright: ignore[reportArgumentType]
    os.replace(whole, file)


def levelled(sound: Sound, rng: Generator) -> Sound:
    """At LEVEL, and up to LOUDER_DB louder or softer."""
    gain = 10 ** (rng.uniform(-LOUDER_DB, LOUDER_DB) / 20)
    return sound * np.float32(LEVEL * gain / np.sqrt(np.mean(np.square(sound))))
