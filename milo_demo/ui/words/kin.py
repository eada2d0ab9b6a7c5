"""The deepest level that is sure: where no name is, the family may be; and what is heard outside the taxonomy."""

from collections.abc import Iterable
from typing import NamedTuple

from milo_demo.analysis import Analysis
from milo_demo.corrections import was
from milo_demo.grid import COUNTS, SURE
from milo_demo.instruments import BY_NAME, KIND_OF
from milo_demo.outside import EVERYDAY, OUTSIDERS

CANDIDATE = 0.2
"""Score of the ear from which a label may be what a family's instrument is."""


class Kin(NamedTuple):
    """A family (or kind) of which something is surely heard, and the labels that it may be, likeliest first: seen, or
    heard a little."""

    family: str
    labels: list[str]


def kin(analysis: Analysis, threshold: float = COUNTS) -> list[Kin]:
    """The families that are surely heard, surest first, though none of their instruments is.

    threshold : score from which a label counts as there, 0-1
    """
    named = _named(analysis, threshold)
    sure = [row.family for row in analysis.families if row.heard >= max(threshold, SURE) and row.family != "voice"]
    narrow = {KIND_OF.get(family) for family in sure}
    found = []
    for family in sure:
        if family not in named | narrow:
            own = [row for row in analysis.clip if family in _families([row.label])]
            likely = [row for row in own if (row.heard or 0.0) >= CANDIDATE or (row.seen or 0.0) >= threshold]
            found.append(Kin(family, [row.label for row in sorted(likely, key=lambda row: -row.surest)[:2]]))
    return found


def outsiders(analysis: Analysis, threshold: float = COUNTS) -> list[str]:
    """Instruments outside the taxonomy that are heard, surest first: of families of which no label surely is."""
    named = _named(analysis, threshold)
    heard = [row.name for row in analysis.others if row.heard >= COUNTS and row.name in OUTSIDERS]
    return [name for name in heard if OUTSIDERS[name][0] not in named]


def look_alikes(analysis: Analysis, threshold: float = COUNTS) -> list[str]:
    """Instruments outside the taxonomy that the picture surely looks like, surest first, where the eye sees none of
    ours."""
    if any((row.seen or 0.0) >= threshold for row in analysis.clip):
        return []
    return [row.name for row in analysis.other_sights if row.seen >= SURE]


def _named(analysis: Analysis, threshold: float) -> set[str]:
    """The families of all labels that are heard surely, or heard and seen, or named by hand; and of those that were
    renamed or struck out by hand: who says that it is no guitar does not want to read that something is plucked."""
    enough = max(threshold, SURE)
    sure = [
        row.label
        for row in analysis.clip
        if (row.heard or 0.0) >= (threshold if (row.seen or 0.0) >= threshold else enough)
        or was(analysis.corrections, row.label)
    ]
    return _families([*sure, *(it.label for it in analysis.corrections)])


def everyday(analysis: Analysis) -> list[str]:
    """Everyday sounds that are heard, surest first."""
    return [row.name for row in analysis.others if row.heard >= COUNTS and row.name in EVERYDAY]


def _families(labels: Iterable[str]) -> set[str]:
    """The families of labels, and the kinds of these."""
    families = {BY_NAME[label].family for label in labels}
    return families | {KIND_OF[family] for family in families if family in KIND_OF}
