"""How well the tempo is told: ``python -m milo_demo evaluate tempo --data DIR``.

Made drum patterns, 2 beats per minute apart, with sounds, levels, noise and rooms drawn anew (those marked with a star
are in styles that nothing was fitted to), and rendered scores that were held out.

right  : accuracy 1, within TOLERANCE of the true tempo (Gouyon et al. 2006); of scores, by steps that have a tempo
level  : accuracy 2, or of its half, double, third or triple
either : one of the two candidates of the clip is right

told   : share of the steps that are given a tempo at all

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
from milo_demo.errors import MiloError
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.tempo import Onsets, Tempo, follow, overall_bpm
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
FIGURES = ("right", "level", "either", "told", "librosa right", "librosa level")


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


def evaluate(data: Path) -> dict[str, dict[str, float]]:
    """Measure; print and return the table: group -> figure -> value. Takes some minutes.

    Raises MiloError where there are no scores in `data`.
    """
    if not (Path(data) / "midi" / "manifest.csv").is_file():
        raise MiloError(f"There are no scores in {data}: it needs a folder midi with manifest.csv.")
    table, answers = {}, []
    print(f"{'':28} {'clips':>6}" + "".join(f"{name:>15}" for name in FIGURES))
    for name in patterns.STYLES:
        own = list(made(name))
        answers += own
        table[name] = _print(name + ("*" if name in patterns.HELD_OUT else ""), own)
    for words, held_out in (("styles fitted to", False), ("styles held out", True)):
        some = [answer for answer in answers if (answer.group in patterns.HELD_OUT) is held_out]
        table[words] = _print(f"all {words}", some)
    played = list(rendered(Path(data)))
    for kind, words in ((True, "scores with drums"), (False, "scores without drums")):
        if own := [answer for answer in played if answer.group.endswith("+") is kind]:
            table[words] = _print(words, own)
    if played:
        table["scores"] = _print("all scores", played)
    for words, some in (("patterns", answers), ("scores", played)):
        _print_strengths(words, some)
    return table


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


def _print(words: str, answers: list[Answer]) -> dict[str, float]:
    """Print and return a row: means over the clips, of which each counts by the share of its steps."""
    row: dict[str, list[float]] = {}
    for each in answers:
        at = np.isfinite(each.true) & np.isfinite(each.told.bpm)
        true = each.true[np.isfinite(each.true)]
        overall = float(np.median(true))
        if at.any():
            row.setdefault("right", []).append(right(each.told.bpm[at], each.true[at]).mean())
            row.setdefault("level", []).append(right(each.told.bpm[at], each.true[at], RELATIVES).mean())
        if overall_bpm(each.told.bpm) is not None:
            either = any(right(bpm, overall) for bpm, _ in each.told.candidates)
            row.setdefault("either", []).append(float(either))
        row.setdefault("told", []).append(float(np.isfinite(each.told.bpm).mean()))
        row.setdefault("librosa right", []).append(right(each.rival, true).mean())
        row.setdefault("librosa level", []).append(right(each.rival, true, RELATIVES).mean())
    means = {name: float(np.mean(values)) for name, values in row.items()}
    print(f"{words:28} {len(answers):6}" + "".join(f"{means.get(name, np.nan):15.2f}" for name in FIGURES), flush=True)
    return means


def _print_strengths(words: str, answers: list[Answer]) -> None:
    """How often which candidate is right, by the second one's strength: whether strengths mean what they say."""
    rows = [
        (each.told.candidates[1][1], *(bool(right(bpm, np.nanmedian(each.true))) for bpm, _ in each.told.candidates))
        for each in answers
        if each.told.candidates
    ]
    if not rows:
        return
    second, first_right, second_right = np.array(rows, float).T
    edges = (0.0, 0.1, 0.2, NEARLY_AS_STRONG, 0.4, 1.0)
    print(f"{words}: the second candidate's strength, how many clips, first right, second right")
    for low, high in pairwise(edges):
        at = (second >= low) & (second < high)
        if at.any():
            told = f"{100 * first_right[at].mean():6.0f} % {100 * second_right[at].mean():6.0f} %"
            print(f"    {low:.2f}-{high:.2f} {at.sum():6} {told}")
