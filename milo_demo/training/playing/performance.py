"""Music for the made stage: excerpts of real scores, in which players rest now and then, and what the ear hears.

The ear's word is the stage's sound teacher; the notes are its truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.grid import STEPS_PER_S
from milo_demo.hearing import classify
from milo_demo.instruments import LABELS
from milo_demo.training.hearing import scored_music, scores, soundfonts
from milo_demo.training.hearing.scored_music import EXCERPT_S, LEAST_NOTES, Part

MOST_PARTS = 4
RESTS = (2.0, 6.0)
"""Seconds that a player rests, and twice as long at most plays on between rests."""
SOLO = 0.4
"""Share of the pieces of which one part alone is played."""


@dataclass(frozen=True)
class Piece:
    """An excerpt of a score.

    parts : label -> notes (note, 4) as in `training.hearing.scores`
    heard : (step, label), 0-1, what the ear hears in all parts together
    """

    parts: dict[str, NDArray[np.float64]]
    heard: NDArray[np.float32]

    @property
    def steps(self) -> int:
        return len(self.heard)


def pieces(data: Path, split: str, count: int, rng: Generator) -> Iterator[Piece]:
    """So many excerpts of EXCERPT_S of the scores of one split, ``train`` or ``calibration``, played on the sound
    fonts of that split. Needs `fluidsynth` on the path; takes a second of computing for each part and each piece."""
    files = sorted((data / "soundfonts").glob("*/*.sf3"))
    apart = soundfonts.held_apart(files)
    files = soundfonts.usable(files, apart)
    ear = classify.load()
    made = 0
    for row in scores.rows(data, rng):
        if made == count:
            return
        if scores.split_of(row) != split:
            continue
        cast: dict[str, Part] = {}
        for program, notes in scored_music.excerpt(data / "midi" / row["path"], rng).items():
            font = scored_music.font(program, split, files, apart, rng)
            if font is not None:
                part = Part(program, font, rested(notes, rng))
                if len(part.notes) >= LEAST_NOTES:
                    cast.setdefault(part.label, part)
        labels = rng.permutation(sorted(cast))[: 1 if rng.random() < SOLO else MOST_PARTS].tolist()
        if labels:
            made += 1
            yield _played({label: cast[label] for label in labels}, ear, rng)


def rested(notes: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """Notes (note, 4) without those of some stretches of time, so that a player has rests of a few seconds."""
    kept = np.ones(len(notes), bool)
    at_s = rng.uniform(-RESTS[1], RESTS[1])
    while at_s < EXCERPT_S:
        rest_s = rng.uniform(*RESTS)
        kept &= (notes[:, 0] + notes[:, 1] < at_s) | (notes[:, 0] > at_s + rest_s)
        at_s += rest_s + rng.uniform(1, 2) * RESTS[1]
    return notes[kept]


def _played(cast: dict[str, Part], ear: classify.Ear, rng: Generator) -> Piece:
    sound = np.zeros(EXCERPT_S * RATE_HZ, np.float32)
    for part in cast.values():
        own = scored_music.play_part(part, int(rng.integers(1 << 31)))
        loud = own[np.abs(own) > 0.02 * np.abs(own).max(initial=1e-6)]
        level = float(np.sqrt(np.mean(np.square(loud)))) if len(loud) else 1.0
        sound += own * np.float32(0.1 * 10 ** (rng.uniform(-6, 0) / 20) / max(level, 1e-6))
    sound += (rng.standard_normal(len(sound)) * 10 ** rng.uniform(-4, -2.5)).astype(np.float32)
    heard = np.concatenate([block.instruments for block in classify.hear([sound], ear)])
    steps = int(EXCERPT_S * STEPS_PER_S)
    assert heard.shape[1] == len(LABELS)
    return Piece({label: part.notes for label, part in cast.items()}, heard[:steps].astype(np.float32))
