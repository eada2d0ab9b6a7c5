"""Pairs of solos as the document mixes them (Nuotioma 2024, section 3.1.1), of fonts and recordings kept from training.

For every General MIDI program, the sound font that is held apart (`training.hearing.soundfonts`) plays a part that
nobody heard; of recordings, those that FSDKaggle's classes keep for calibration. With the same takes, in other
mixtures, the semantic network's one threshold was set.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

from milo_demo.evaluation.separation.case import Case, Sound
from milo_demo.evaluation.separation.published import frames
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import label_of
from milo_demo.training.hearing import recordings, scores, soundfonts, sounds
from milo_demo.training.hearing.instrumentation import PARTS

PAIRS, PAIR_S = 40, 6.0
LEVEL, LOUDER_DB = 0.05, 3.0
SEED = 18
SONG_S = 12.0


def solo_pairs(data: Path, workdir: Path) -> Iterator[Case]:
    """PAIRS mixtures at 16 kHz of two labels each, the first of each in turn; the solos are rendered once (a minute,
    with `fluidsynth`). Raises MiloError if data are missing."""
    rng = np.random.default_rng(SEED)
    takes = _solos(data, workdir / "solos.npz")
    labels = sorted(takes)
    for number in range(PAIRS):
        first = labels[number % len(labels)]
        second = str(rng.choice([label for label in labels if label != first]))
        stems = {label: _excerpt(takes[label][rng.integers(len(takes[label]))], rng) for label in (first, second)}
        mixture = np.sum(list(stems.values()), axis=0)
        name, seen = f"{number:02} {first} + {second}", partial(frames.seen, data, (first, second), number)
        yield Case(name, "solo-pairs", mixture, RATE_HZ, stems, asked=tuple(stems), seen=seen)


def _solos(data: Path, file: Path) -> dict[str, list[Sound]]:
    """Label -> solos at 16 kHz."""
    if not file.is_file():
        sounds.check(data)
        made: dict[str, Sound] = {}
        rng = np.random.default_rng(SEED)
        for program, font in sorted(soundfonts.held_apart(sorted((data / "soundfonts").glob("*/*.sf3"))).items()):
            for label, plays in _players(program):
                part = scores.invent(rng, *PARTS[label], SONG_S)
                made[f"{label}/font{program}"] = soundfonts.render(font, plays, [part], rng)
        for path in sorted((data / "recordings" / "fsd").glob("*/*.ogg")):
            label = label_of(path.parent.name, "fsd")
            if label and recordings.split_of(path, recordings.KEPT_SHARE) == "calibration":
                made[f"{label}/{path.stem}"] = recordings.load(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(".part.npz")
        np.savez(whole, **made)  # pyright: ignore[reportArgumentType]
        os.replace(whole, file)
    takes: dict[str, list[Sound]] = {}
    with np.load(file) as kept:
        for name in kept.files:
            if np.abs(kept[name]).max(initial=0) > 0:
                takes.setdefault(name.partition("/")[0], []).append(kept[name])
    return takes


def _players(program: int) -> list[tuple[str, int]]:
    """Labels and programs that a font's file is played for; of the drum kit, congas are keys of their own."""
    kit = program == scores.DRUM_KIT
    return [(soundfonts.label_of_program(program), program), *([("congas", program + 1)] if kit else [])]


def _excerpt(solo: Sound, rng: Generator) -> Sound:
    """PAIR_S of a solo that are not silent, at LEVEL and up to LOUDER_DB louder or softer."""
    samples = round(PAIR_S * RATE_HZ)
    loud = np.flatnonzero(np.abs(solo) > 0.02 * np.abs(solo).max())
    solo = solo[loud[0] : loud[-1] + 1]
    solo = np.tile(solo, -(-samples // len(solo)))
    at = int(rng.integers(len(solo) - samples + 1))
    solo = solo[at : at + samples]
    gain = 10 ** (rng.uniform(-LOUDER_DB, LOUDER_DB) / 20)
    return solo * np.float32(LEVEL * gain / max(1e-6, float(np.sqrt(np.mean(np.square(solo))))))
