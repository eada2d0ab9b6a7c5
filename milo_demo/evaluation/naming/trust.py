"""How far a name can be trusted, by ear: ``python -m milo_demo evaluate trust --data DIR``.

Solo phrases that no recipe learns from, in parts of five seconds: of the instruments that MILO knows, and of others. A
part's claim is its likeliest name, and its score how sure that is; of an instrument that MILO does not know every name
is wrong. Risk is the share of wrong claims among those made, coverage the share of parts about which one is made; their
area (AURC) is the mean risk over all thresholds (Geifman and El-Yaniv 2017).

without words : the sound model and the classifier alone, names only: the flat verdict
MILO          : names judged by the wider vocabulary
with families : the family where the name is not sure
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from milo_demo import weights
from milo_demo.evaluation.files import required
from milo_demo.evaluation.hearing.baselines import whole
from milo_demo.evaluation.table import Figure, Printer, Table, share
from milo_demo.grid import COUNTS, SURE, pool
from milo_demo.hearing import classify
from milo_demo.hearing.classify import Ear, Scores
from milo_demo.hearing.judging import judged
from milo_demo.instruments import BY_NAME, FAMILIES, KIND_OF, LABELS, label_of
from milo_demo.training.hearing.recordings import load

WHO = ("without words", "MILO", "with families")
PART = 10
"""Steps."""
RISK = 0.05
FAMILY_OF_OUTSIDERS = {
    "clavecin": "keyboard", "contrebasse": "bowed string", "contrebasse_jazz": "plucked string", "hautbois": "reed",
    "orgue": "keyboard", "piano_elec_jazz": "keyboard", "timbales": "percussion", "vibraphone": "percussion",
    "vibraphone_jazz": "percussion", "violon_alto": "bowed string",
}  # fmt: skip
"""Of the phrases of instruments without a label: harpsichord, double basses (bowed, and plucked), oboe, organ, electric
piano, timpani, vibraphones, viola."""


class Claim(NamedTuple):
    """label, family : what it truly is, label None for an instrument that MILO does not know
    name, sure     : the likeliest name, and its score
    kin, kin_sure  : the likeliest family, and its score
    """

    label: str | None
    family: str
    name: str
    sure: float
    kin: str
    kin_sure: float


def evaluate(data: Path) -> Table:
    """Measure; print and return what is found. Takes a minute.

    data : folder with recordings

    Raises MiloError where the data or the checkpoints are missing.
    """
    printer = Printer(WHO)
    ear, flat = classify.load(tags=False), Ear(*(weights.load(role).module for role in ("sound", "spectrogram")))
    files = required(Path(data) / "recordings" / "phrases_val", "*.ogg", "recordings")
    phrases = [(path.stem, load(path)) for path in files]
    heard = {
        who: [(stem, whole(sound, one)) for stem, sound in phrases]
        for who, one in zip(WHO[:2], (flat, ear), strict=True)
    }
    printer.show(_whole(heard))
    printer.show(_parts(heard))
    return printer.table


def _whole(heard: dict[str, list[tuple[str, Scores]]]) -> Table:
    """Of whole phrases: who is named, and known from unknown."""
    table: Table = {}

    def add(row: str, who: str, found: list[bool]) -> None:
        table.setdefault(row, {})[who] = share(found)

    for who, phrases in heard.items():
        claims = [claim(stem, scores, slice(None)) for stem, scores in phrases]
        known, unknown = ([one for one in claims if (one.label is None) == other] for other in (False, True))
        add("phrases of what MILO knows: first name right", who, [one.name == one.label for one in known])
        add("  and at 50 %", who, [one.name == one.label and one.sure >= COUNTS for one in known])
        add("phrases of others: any name at 50 %", who, [one.sure >= COUNTS for one in unknown])
        add(f"  at {SURE:.0%}", who, [one.sure >= SURE for one in unknown])
        auc = roc_auc_score([one.label is not None for one in claims], [one.sure for one in claims])
        table.setdefault("known from unknown, AUROC", {})[who] = Figure(float(auc), len(claims))
        if who != WHO[0]:
            add("family right, of what MILO knows", who, [one.kin == one.family for one in known])
            add("family right, of others", who, [one.kin == one.family for one in unknown])
    return table


def _parts(heard: dict[str, list[tuple[str, Scores]]]) -> Table:
    """Of parts: risk and coverage."""
    table: Table = {}
    claims: dict[str, list[Claim]] = {}
    for who, phrases in heard.items():
        claims[who] = [
            claim(stem, scores, slice(first, first + PART))
            for stem, scores in phrases
            for first in range(0, len(scores.instruments) - PART + 1, PART)
        ]
    for who, some in claims.items():
        _add(table, who, [one.sure for one in some], [one.name == one.label for one in some])
    deep = [deepest(one) for one in claims[WHO[1]]]
    _add(table, WHO[2], [sure for sure, _ in deep], [right for _, right in deep])
    return table


def _add(table: Table, who: str, sure: list[float], right: list[bool]) -> None:
    risk, coverage = risk_coverage(np.array(sure), np.array(right))
    made = np.array(sure) >= COUNTS
    table.setdefault("parts: mean risk over all thresholds (AURC)", {})[who] = Figure(float(risk.mean()), len(sure))
    within = coverage[risk <= RISK]
    table.setdefault(f"coverage at {RISK:.0%} risk", {})[who] = Figure(float(within.max(initial=0)), len(sure))
    table.setdefault("claims made at 50 %", {})[who] = share(made.tolist())
    table.setdefault("of them right", {})[who] = share(np.array(right)[made].tolist())


def risk_coverage(sure: NDArray[np.floating], right: NDArray[np.bool_]) -> tuple[NDArray, NDArray]:
    """Risk and coverage (claim,) as ever less sure claims are made.

    >>> risk, coverage = risk_coverage(np.array([0.9, 0.8, 0.1]), np.array([True, True, False]))
    >>> risk.round(2).tolist(), coverage.round(2).tolist()
    ([0.0, 0.0, 0.33], [0.33, 0.67, 1.0])
    """
    order = np.argsort(-sure, kind="stable")
    count = np.arange(1, len(sure) + 1)
    return np.cumsum(~right[order]) / count, count / len(sure)


def claim(stem: str, scores: Scores, steps: slice) -> Claim:
    """What is claimed of some steps of a phrase."""
    scores = Scores(*(part[steps] for part in scores))
    names, families = pool(judged(scores)), np.zeros(len(FAMILIES))
    if scores.families.size:
        families = pool(scores.families)
    label = label_of(stem, "phrases")
    narrow = [k for k, family in enumerate(FAMILIES) if family not in KIND_OF.values()]
    kin = max(narrow, key=families.__getitem__)
    family = BY_NAME[label].family if label else FAMILY_OF_OUTSIDERS[stem]
    best = int(names.argmax())
    return Claim(label, family, LABELS[best], float(names[best]), FAMILIES[kin], float(families[kin]))


def deepest(one: Claim) -> tuple[float, bool]:
    """Score and rightness of the deepest level that is sure: the name, else the family."""
    if one.sure >= COUNTS or one.sure >= one.kin_sure:
        return one.sure, one.name == one.label
    return one.kin_sure, one.kin == one.family
