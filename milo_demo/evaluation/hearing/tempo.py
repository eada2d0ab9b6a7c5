"""How well the tempo is told: ``python -m milo_demo evaluate tempo --data DIR``.

Made drum patterns, 2 beats per minute apart, with sounds, levels, noise and rooms drawn anew (those marked with a star
are in styles that nothing was fitted to), and rendered scores that were held out.

right  : accuracy 1, a clip's tempo is within TOLERANCE of the true one, the median over time (Gouyon et al. 2006); none
         told is wrong
level  : accuracy 2, or of its half, double, third or triple
either : one of the two candidates of the clip is right

told   : share of the steps that are given a tempo at all
steps  : right, of the steps that are given one and have one

librosa : its own `feature.tempo` with its own settings, which always answers
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import NEARLY_AS_STRONG
from milo_demo.evaluation.table import Figure, Printer, Table
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.tempo import Onsets, Tempo, follow, overall_bpm
from milo_demo.training.hearing.scores import manifest
from milo_demo.training.tempo import patterns
from milo_demo.training.tempo.scored import scored

TOLERANCE = 0.04
RELATIVES = (1, 2, 3, 1 / 2, 1 / 3)
PATTERN_S = 20.0
APART_BPM = 2
SEED = 20_000_003
"""Of the patterns measured; the recipe's begins at 0."""
SCORES = 90
CHUNK = 10 * RATE_HZ
EDGES = (0.0, 0.1, 0.2, NEARLY_AS_STRONG, 0.4, 1.0)
"""Of the second candidate's strength."""
FIGURES = ("right", "level", "either", "told", "steps", "librosa right", "librosa level")


@dataclass(frozen=True)
class Answer:
    """What is said of one clip.

    group  : the style, or where the score is from
    true   : (step,), beats per minute; nan where there is none
    told   : what MILO says
    rival  : librosa's tempo of the whole clip, beats per minute
    """

    group: str
    true: NDArray[np.float64]
    told: Tempo
    rival: float


def evaluate(data: Path) -> Table:
    """Measure; print and return the table, and for patterns and scores whether the candidates' strengths mean what they
    say.

    Raises MiloError where there are no scores in `data`.
    """
    manifest(Path(data))  # before the patterns, which take minutes
    printer, answers = Printer(FIGURES), []
    for name in patterns.STYLES:
        own = list(made(name))
        answers += own
        printer.show({name + ("*" if name in patterns.HELD_OUT else ""): row(own)})
    for words, held_out in (("styles fitted to", False), ("styles held out", True)):
        some = [answer for answer in answers if (answer.group in patterns.HELD_OUT) is held_out]
        printer.show({f"all {words}": row(some)})
    played = list(rendered(Path(data)))
    for kind, words in ((True, "scores with drums"), (False, "scores without drums")):
        if own := [answer for answer in played if answer.group.endswith("+") is kind]:
            printer.show({words: row(own)})
    if played:
        printer.show({"all scores": row(played)})
    told = Printer()
    for words, some in (("patterns", answers), ("scores", played)):
        told.show(by_strength(words, some))
    return printer.table | told.table


def made(name: str) -> Iterator[Answer]:
    """Patterns of a style at all its tempi."""
    style = patterns.STYLES[name]
    slowest, fastest = style.common
    for number, bpm in enumerate(range(slowest, fastest + 1, APART_BPM)):
        seed = np.random.default_rng([SEED, list(patterns.STYLES).index(name), number])
        sound = patterns.play(style, bpm, seed, PATTERN_S)
        yield answer(name, sound, np.full(-(-len(sound) // STEP), float(bpm)))


def rendered(data: Path) -> Iterator[Answer]:
    """Scores that nothing was fitted to."""
    for piece in scored(data, held_out=True, count=SCORES, rng=np.random.default_rng(SEED)):
        yield answer(piece.collection + "+" * piece.drums, piece.sound, piece.bpm)


def answer(group: str, sound: NDArray[np.float32], true: NDArray[np.float64]) -> Answer:
    """Ask both about a sound (sample,) of tempo `true` (step,)."""
    onsets = Onsets()
    for _ in onsets.tap(sound[start : start + CHUNK] for start in range(0, len(sound), CHUNK)):
        pass
    rival = librosa.feature.tempo(y=sound, sr=RATE_HZ).item()
    return Answer(group, true, follow(onsets, len(true)), rival)


def right(bpm: NDArray | float, true: NDArray | float, relatives: tuple[float, ...] = (1,)) -> NDArray:
    """Whether tempi are within TOLERANCE of the true ones, or of one of their relatives: booleans, as many as tempi."""
    ratios = np.asarray(bpm, float)[..., None] / (np.asarray(true, float)[..., None] * np.array(relatives))
    return np.asarray((np.abs(ratios - 1) <= TOLERANCE).any(axis=-1))


def row(answers: list[Answer]) -> dict[str, Figure]:
    """FIGURES of some clips: means over those that have them."""
    found: dict[str, list[float]] = {}
    for each in answers:
        true, told = float(np.nanmedian(each.true)), overall_bpm(each.told.bpm)
        at = np.isfinite(each.true) & np.isfinite(each.told.bpm)
        figures = {
            "right": told is not None and right(told, true),
            "level": told is not None and right(told, true, RELATIVES),
            "either": told is not None and any(right(bpm, true) for bpm, _ in each.told.candidates),
            "told": np.isfinite(each.told.bpm).mean(),
            "librosa right": right(each.rival, true),
            "librosa level": right(each.rival, true, RELATIVES),
        }
        if at.any():
            figures["steps"] = right(each.told.bpm[at], each.true[at]).mean()
        for name, value in figures.items():
            found.setdefault(name, []).append(float(value))
    return {name: Figure(float(np.mean(values)), len(values)) for name, values in found.items()}


def by_strength(words: str, answers: list[Answer]) -> Table:
    """How often which candidate is right, by the second one's strength."""
    said = [
        (each.told.candidates[1][1], *(bool(right(bpm, np.nanmedian(each.true))) for bpm, _ in each.told.candidates))
        for each in answers
        if each.told.candidates
    ]
    table: Table = {}
    if said:
        second, first_right, second_right = np.array(said, float).T
        for low, high in pairwise(EDGES):
            at = (second >= low) & (second < high)
            if at.any():
                shares = {"first right": first_right[at].mean(), "second right": second_right[at].mean()}
                name = f"{words}: second candidate {low:.1f}-{high:.1f}"
                table[name] = {who: Figure(float(share), int(at.sum())) for who, share in shares.items()}
    return table
