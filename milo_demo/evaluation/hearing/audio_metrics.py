"""Figures of what an ear said, by scikit-learn, as Liu (2018, section 3.3.1) defines them.

Clips  : a clip's scores are its steps', pooled as the program pools them (`grid.pool`). AUC and mean average precision
         (MAP) *per class*: over all clips, label by label, then averaged; *per clip*: over all labels, clip by clip,
         then averaged.
Frames : all steps of all recordings in one row. AUC label by label. Precision, recall and F1 of what reaches 0.5:
         *micro* over all decisions on all 26 labels, *macro* averaged over the labels that occur.

Labels that are true everywhere or nowhere have no AUC and are left out of averages.

Counts and frame figures of fewer than a hundred recordings have an interval (`intervals`): Wilson's for counts, a
bootstrap over whole recordings for frames.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    top_k_accuracy_score,
)

from milo_demo.evaluation.hearing.answers import Answer, clips, of, steps
from milo_demo.evaluation.hearing.openmic import SUBSETS
from milo_demo.evaluation.hearing.recordings import SOFTER_DB, SOFTLY, UNSUNG
from milo_demo.evaluation.intervals import Interval, bootstrap, wilson
from milo_demo.evaluation.table import Figure
from milo_demo.instruments import LABELS

FEW = 100
SURE = 0.5
TOPS = (1, 3)
NOTHING = ("noise", "speech", "silence")
NEIGHBOURS = ("violin", "erhu")
"""Two names for nearly one sound: neither may swallow the other."""


def figures(answers: list[Answer]) -> dict[str, Figure]:
    """All figures of one ear, each with the number of independent recordings behind it."""
    return {name: Figure(hits / count, count) for name, (hits, count) in _counts(answers).items()} | _graded(answers)


def intervals(answers: list[Answer]) -> dict[str, Interval]:
    """The interval of every count and frame figure of fewer than a hundred independent recordings. Takes seconds."""
    bounds = {name: wilson(hits, count) for name, (hits, count) in _counts(answers).items() if count < FEW}
    for kind, measure in FRAMES.items():
        by_source: dict[str, list[Answer]] = {}
        for answer in of(kind, answers):
            by_source.setdefault(answer.source, []).append(answer)
        if 1 < len(by_source) < FEW:
            found = _redrawn(list(by_source.values()), measure)
            bounds |= {f"{kind}: {name}": interval for name, interval in found.items()}
    return bounds


def chance(answers: list[Answer]) -> dict[str, Figure]:
    """The figures of guessing: any ranking as likely as any other, everything called all the time."""
    blind = [Answer(a.kind, a.source, a.truth, np.ones_like(a.steps), np.ones_like(a.clip)) for a in answers]
    phrases = len(of("phrases", answers))
    return {f"phrases: top-{top}": Figure(top / len(LABELS), phrases) for top in TOPS} | _graded(blind)


def best_threshold(answers: list[Answer]) -> tuple[float, float]:
    """The threshold, one for all labels, of the best micro-F1 over the steps of the stems, and that F1."""
    truth, scores = steps(of("stems", answers))
    precision, recall, thresholds = precision_recall_curve(truth.ravel(), scores.ravel())
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1[:-1].argmax())
    return float(thresholds[best]), float(f1[best])


def confusion(answers: list[Answer]) -> NDArray[np.int64]:
    """How often the phrases of one label (row) were given each label (column) as the strongest. (label, label)"""
    truth, scores = clips("phrases", answers)
    return confusion_matrix(truth.argmax(axis=1), scores.argmax(axis=1), labels=np.arange(len(LABELS)))


def recalls(answers: list[Answer]) -> dict[str, tuple[float, float, int]]:
    """How many phrases of each label are right at top-1 and at top-3, as shares, and how many there are."""
    truth, scores = clips("phrases", answers)
    places = truth.argmax(axis=1)
    found = {}
    for k in np.unique(places):
        own = places == k
        first, third = (_hits(places[own], scores[own], top) / own.sum() for top in TOPS)
        found[LABELS[k]] = (float(first), float(third), int(own.sum()))
    return found


def frame_auc(truth: NDArray[np.bool_], scores: NDArray[np.float32]) -> dict[str, float]:
    """AUC of every label that is sometimes true and sometimes not, and `mean`. (frame, label) each"""
    varying = np.flatnonzero(_varying(truth))
    areas = {LABELS[k]: float(roc_auc_score(truth[:, k], scores[:, k])) for k in varying}
    return areas | {"mean": float(np.mean(list(areas.values())))}


def _counts(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Figures that count recordings: name -> (how many of them, out of how many)."""
    return _first_among(answers) | _swallowed(answers) | _voices(answers) | _alarms(answers)


def _first_among(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Phrases whose label is the strongest, or among the strongest few."""
    truth, scores = clips("phrases", answers)
    places = truth.argmax(axis=1)
    found = {f"phrases: top-{top}": (_hits(places, scores, top), len(places)) for top in TOPS}
    for name, labels in SUBSETS.items():  # as if there were no other labels
        chosen = [LABELS.index(label) for label in labels]
        own = np.isin(places, chosen)
        if own.any():
            first = np.array(chosen)[scores[own][:, chosen].argmax(axis=1)]
            found[f"phrases of {name}: top-1"] = (int((first == places[own]).sum()), int(own.sum()))
    return found


def _swallowed(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Phrases of either of the NEIGHBOURS, where there are any, that are given the other's name."""
    table, counts = confusion(answers), {}
    for one, other in (NEIGHBOURS, NEIGHBOURS[::-1]):
        named = table[LABELS.index(one)]
        if named.any():
            counts[f"phrases: {one} called {other}"] = (int(named[LABELS.index(other)]), int(named.sum()))
    return counts


def _voices(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Songs in which a voice counts as heard, the softer it is and where there is none."""
    voice, counts = LABELS.index("voice"), {}
    for kind in ("singing", *(SOFTLY.format(softer_db) for softer_db in SOFTER_DB), UNSUNG):
        heard = [bool(answer.clip[voice] > SURE) for answer in of(kind, answers)]
        if heard:
            counts[f"{kind}: voice heard"] = (sum(heard), len(heard))
    return counts


def _alarms(answers: list[Answer]) -> dict[str, tuple[int, int]]:
    """Recordings of nothing that plays in which anything is heard, by kind and in all."""
    alarms = {kind: [bool((answer.clip > SURE).any()) for answer in of(kind, answers)] for kind in NOTHING}
    alarms["nothing played"] = list(chain.from_iterable(alarms.values()))
    return {f"{kind}: anything heard": (sum(heard), len(heard)) for kind, heard in alarms.items()}


def _graded(answers: list[Answer]) -> dict[str, Figure]:
    """Figures that are more than counts of recordings."""
    found = {}
    for kind, measure in FRAMES.items():
        chosen = of(kind, answers)
        count = len({answer.source for answer in chosen})
        found |= {f"{kind}: {name}": Figure(value, count) for name, value in measure(chosen).items()}
    for kind in ("phrases", "stems"):
        truth, scores = clips(kind, answers)
        found |= {f"{kind}: clip {name}": Figure(value, len(truth)) for name, value in _ranked(truth, scores).items()}
    return found


def _stems(answers: list[Answer]) -> dict[str, float]:
    """Frame figures of ensembles."""
    truth, scores = steps(answers)
    areas = {f"AUC {label}": area for label, area in frame_auc(truth, scores).items()}
    called = scores > SURE
    decided = _decided("micro", truth, called, None) | _decided(
        "macro", truth, called, np.flatnonzero(truth.any(axis=0))
    )
    _, best_f1 = best_threshold(answers)
    violin_called_erhu = _alone_called("violin", "erhu", answers)
    return areas | decided | {"micro F1 at its best threshold": best_f1, "violin alone called erhu": violin_called_erhu}


def _singing(answers: list[Answer]) -> dict[str, float]:
    """Frame figures of songs, of which only the voice is known."""
    truth, scores = steps(answers)
    voice = LABELS.index("voice")
    sung, called = truth[:, voice], scores[:, voice] > SURE
    return {
        "AUC voice": float(roc_auc_score(sung, scores[:, voice])),
        "voice called, of sung steps": float(called[sung].mean()),
        "voice called, of others": float(called[~sung].mean()),
    }


FRAMES: dict[str, Callable[[list[Answer]], dict[str, float]]] = {"stems": _stems, "singing": _singing}
"""Kind of recordings -> frame figures of answers to it."""


def _decided(
    average: str, truth: NDArray[np.bool_], called: NDArray[np.bool_], labels: NDArray[np.intp] | None
) -> dict[str, float]:
    """Precision, recall and F1 of decisions (step, label) on `labels`, None for all; of none that is right, 0."""
    how: dict[str, Any] = {"average": average, "labels": labels, "zero_division": 0}
    precision, recall, f1, _ = precision_recall_fscore_support(truth, called, **how)
    found = {"precision": precision, "recall": recall, "F1": f1}
    return {f"{average} {name}": float(value) for name, value in found.items()}


def _alone_called(label: str, other: str, answers: list[Answer]) -> float:
    """Share of the steps in which an instrument sounds, nobody else being there, that are given the other's name."""
    alone = [answer for answer in answers if set(np.flatnonzero(answer.truth.any(axis=0))) == {LABELS.index(label)}]
    strongest = [answer.steps[answer.truth.any(axis=1)].argmax(axis=1) for answer in alone]
    return float(np.mean(np.concatenate(strongest) == LABELS.index(other)))


def _ranked(truth: NDArray[np.bool_], scores: NDArray[np.float32]) -> dict[str, float]:
    """How well labels are ranked, (clip, label) each."""
    found, varying = {}, _varying(truth)
    for name, measure in (("AUC", roc_auc_score), ("MAP", average_precision_score)):
        found[f"{name} per class"] = float(measure(truth[:, varying], scores[:, varying], average="macro"))
        found[f"{name} per clip"] = float(measure(truth, scores, average="samples"))
    return found


def _redrawn(by_source: list[list[Answer]], measure: Callable[[list[Answer]], dict[str, float]]) -> dict[str, Interval]:
    """Intervals of figures when whole recordings are drawn anew, each with all answers to what was made of it."""
    return bootstrap(len(by_source), lambda drawn: measure([answer for k in drawn for answer in by_source[k]]))


def _varying(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which labels are sometimes true and sometimes not. (time or clip, label) -> (label,)"""
    return np.logical_and(truth.any(axis=0), ~truth.all(axis=0))


def _hits(places: NDArray[np.int64], scores: NDArray[np.float32], top: int) -> int:
    """How many clips have their label's place (clip,) among the `top` highest scores (clip, label)."""
    return int(top_k_accuracy_score(places, scores, k=top, normalize=False, labels=np.arange(len(LABELS))))
