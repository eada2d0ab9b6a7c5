"""Figures of what an ear said, by scikit-learn, as Liu (2018, section 3.3.1) defines them.

Clips  : a clip's scores are its steps', pooled as the program pools them (`grid.pool`). AUC and mean average precision
         (MAP) *per class*: over all clips, label by label, then averaged; *per clip*: over all labels, clip by clip,
         then averaged.
Frames : all steps of all recordings in one row. AUC label by label. Precision, recall and F1 of what reaches 0.5:
         *micro* over all decisions on all 26 labels, *macro* averaged over the labels that occur.

Labels that are true everywhere or nowhere have no AUC and are left out of averages.

Beside counts and frame figures of fewer than a hundred recordings stands an interval that holds the truth 9 times out
of 10 if the recordings are a fair sample of the world: Wilson's for counts, a bootstrap over whole recordings for
frames, since steps of one recording resemble each other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    top_k_accuracy_score,
)
from sklearn.utils import resample

from milo_demo.evaluation.hearing.recordings import Recording
from milo_demo.grid import pool
from milo_demo.instruments import LABELS

Listener = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Mono sound (sample,) at 16 kHz in, scores (step, label) out, 0-1."""

FEW = 100
CONFIDENCE = 0.9
RESAMPLES = 200
TOPS = (1, 3)
NOTHING = ("noise", "speech", "silence")
NEIGHBOURS = ("violin", "erhu")
"""Two names for nearly one sound: neither may swallow the other."""


class Figure(NamedTuple):
    """A figure and the number of independent recordings behind it."""

    value: float
    count: int


@dataclass(frozen=True)
class Answer:
    """What an ear said of one recording; `kind`, `source` and `truth` are the recording's.

    steps : (step, label), scores
    clip  : (label,), how surely each label is in the recording
    """

    kind: str
    source: str
    truth: NDArray[np.bool_]
    steps: NDArray[np.float32]
    clip: NDArray[np.float32]


def listen(listener: Listener, recordings: Iterable[Recording]) -> list[Answer]:
    """Let somebody hear every recording, once: everything else is arithmetic on its answers."""
    answers = []
    for recording in recordings:
        steps = listener(recording.sound)
        answers.append(Answer(recording.kind, recording.source, recording.truth, steps, pool(steps)))
    return answers


def of(kind: str, answers: list[Answer]) -> list[Answer]:
    """The answers to one kind of recordings."""
    return [answer for answer in answers if answer.kind == kind]


def figures(answers: list[Answer]) -> dict[str, Figure]:
    """All figures of one ear."""
    return {name: Figure(hits / count, count) for name, (hits, count) in _counts(answers).items()} | _graded(answers)


def intervals(answers: list[Answer]) -> dict[str, tuple[float, float]]:
    """The interval of every count and frame figure of fewer than a hundred independent recordings. Takes seconds."""
    bounds = {}
    for name, (hits, count) in _counts(answers).items():
        if count < FEW:
            interval = binomtest(hits, count).proportion_ci(CONFIDENCE, method="wilson")
            bounds[name] = (float(interval.low), float(interval.high))
    for kind in FRAMES:
        by_source: dict[str, list[Answer]] = {}
        for answer in of(kind, answers):
            by_source.setdefault(answer.source, []).append(answer)
        if 1 < len(by_source) < FEW:
            bounds |= _bootstrap(kind, by_source)
    return bounds


def chance(answers: list[Answer]) -> dict[str, Figure]:
    """The figures of guessing: any ranking as likely as any other, everything called all the time."""
    blind = [Answer(a.kind, a.source, a.truth, np.ones_like(a.steps), np.ones_like(a.clip)) for a in answers]
    phrases = len(of("phrases", answers))
    return {f"phrases: top-{top}": Figure(top / len(LABELS), phrases) for top in TOPS} | _graded(blind)


def best_threshold(answers: list[Answer]) -> tuple[float, float]:
    """The threshold, one for all labels, of the best micro-F1 over the steps of the stems, and that F1."""
    truth, scores = _steps(of("stems", answers))
    precision, recall, thresholds = precision_recall_curve(truth.ravel(), scores.ravel())
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1[:-1].argmax())
    return float(thresholds[best]), float(f1[best])


def confusion(answers: list[Answer]) -> NDArray[np.int64]:
    """How often the phrases of one label (row) were given each label (column) as the strongest. (label, label)"""
    truth, scores = _clips("phrases", answers)
    return confusion_matrix(truth.argmax(axis=1), scores.argmax(axis=1), labels=np.arange(len(LABELS)))


def recalls(answers: list[Answer]) -> dict[str, tuple[float, float, int]]:
    """How many phrases of each label are right at top-1 and at top-3, as shares, and how many there are."""
    truth, scores = _clips("phrases", answers)
    places = truth.argmax(axis=1)
    found = {}
    for k in np.unique(places):
        count = int(np.sum(places == k))
        first, third = (_hits(places[places == k], scores[places == k], top) / count for top in TOPS)
        found[LABELS[k]] = (first, third, count)
    return found


def frame_auc(truth: NDArray[np.bool_], scores: NDArray[np.float32]) -> dict[str, float]:
    """AUC of every label that is sometimes true and sometimes not, and `mean`. (frame, label) each"""
    varying = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0))
    areas = {LABELS[k]: float(roc_auc_score(truth[:, k], scores[:, k])) for k in varying}
    return areas | {"mean": float(np.mean(list(areas.values())))}


def _counts(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Figures that count recordings: name -> (how many of them, out of how many)."""
    counts = {}
    truth, scores = _clips("phrases", answers)
    for top in TOPS:
        counts[f"phrases: top-{top}"] = (_hits(truth.argmax(axis=1), scores, top), len(truth))
    table = confusion(answers)
    for one, other in (NEIGHBOURS, NEIGHBOURS[::-1]):
        row = table[LABELS.index(one)]
        if row.any():
            counts[f"phrases: {one} called {other}"] = (int(row[LABELS.index(other)]), int(row.sum()))
    alarms = {kind: [bool((a.clip > 0.5).any()) for a in of(kind, answers)] for kind in NOTHING}
    alarms["nothing played"] = [alarm for kind in NOTHING for alarm in alarms[kind]]
    return counts | {f"{kind}: anything heard": (sum(clips), len(clips)) for kind, clips in alarms.items()}


def _stems(answers: list[Answer]) -> dict[str, float]:
    truth, scores = _steps(answers)
    found = {f"AUC {label}": area for label, area in frame_auc(truth, scores).items()}
    for average, labels in (("micro", None), ("macro", np.flatnonzero(truth.any(axis=0)))):
        values = precision_recall_fscore_support(truth, scores > 0.5, average=average, labels=labels, zero_division=0)
        found |= {f"{average} {name}": float(v) for name, v in zip(("precision", "recall", "F1"), values, strict=False)}
    found["micro F1 at its best threshold"] = best_threshold(answers)[1]
    violins = [a for a in answers if a.truth.any(axis=0).tolist() == [label == "violin" for label in LABELS]]
    called = np.concatenate([a.steps[a.truth.any(axis=1)].argmax(axis=1) for a in violins])
    found["violin alone called erhu"] = float(np.mean(called == LABELS.index("erhu")))
    return found


def _singing(answers: list[Answer]) -> dict[str, float]:
    voice = LABELS.index("voice")
    truth = np.concatenate([answer.truth[:, voice] for answer in answers])
    return {"AUC voice": float(roc_auc_score(truth, np.concatenate([answer.steps[:, voice] for answer in answers])))}


FRAMES: dict[str, Callable[[list[Answer]], dict[str, float]]] = {"stems": _stems, "singing": _singing}


def _graded(answers: list[Answer]) -> dict[str, Figure]:
    """Figures that are more than counts of recordings."""
    found = {}
    for kind, measures in FRAMES.items():
        chosen = of(kind, answers)
        count = len({answer.source for answer in chosen})
        found |= {f"{kind}: {name}": Figure(value, count) for name, value in measures(chosen).items()}
    for kind in ("phrases", "stems"):
        truth, scores = _clips(kind, answers)
        varying = truth.any(axis=0) & ~truth.all(axis=0)
        for name, measure in (("AUC", roc_auc_score), ("MAP", average_precision_score)):
            per_class = measure(truth[:, varying], scores[:, varying], average="macro")
            per_clip = measure(truth, scores, average="samples")
            found[f"{kind}: clip {name} per class"] = Figure(float(per_class), len(truth))
            found[f"{kind}: clip {name} per clip"] = Figure(float(per_clip), len(truth))
    return found


def _bootstrap(kind: str, by_source: dict[str, list[Answer]]) -> dict[str, tuple[float, float]]:
    """Percentiles of the figures of one kind when its recordings are drawn anew, with replacement."""
    drawn: dict[str, list[float]] = {}
    for seed in range(RESAMPLES):
        sources = resample(list(by_source), random_state=seed)
        for name, value in FRAMES[kind]([answer for source in sources for answer in by_source[source]]).items():
            drawn.setdefault(f"{kind}: {name}", []).append(value)
    tails = [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)]
    return {name: tuple(np.percentile(values, tails).tolist()) for name, values in drawn.items()}


def _hits(places: NDArray[np.int64], scores: NDArray[np.float32], top: int) -> int:
    """How many clips have their label's place (clip,) among the `top` highest scores (clip, label)."""
    return int(top_k_accuracy_score(places, scores, k=top, normalize=False, labels=np.arange(len(LABELS))))


def _steps(answers: list[Answer]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Truth and scores (step, label), one answer after another."""
    return np.concatenate([answer.truth for answer in answers]), np.concatenate([answer.steps for answer in answers])


def _clips(kind: str, answers: list[Answer]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Truth and scores (clip, label) of one kind of recordings."""
    chosen = of(kind, answers)
    return np.stack([answer.truth.any(axis=0) for answer in chosen]), np.stack([answer.clip for answer in chosen])
