"""Names put right by hand: what was found as one instrument is another one, or nothing that counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Correction:
    """What was found as `label`, with this score for the whole clip, is a `becomes`; None: it is struck out."""

    label: str
    becomes: str | None
    score: float

    def __str__(self) -> str:
        return f"{self.label} is a {self.becomes}" if self.becomes else f"{self.label} is struck out"


def revised(
    corrections: Sequence[Correction], shown: str, becomes: str | None, scores: dict[str, float]
) -> list[Correction]:
    """The corrections with one more: what is shown as `shown` is a `becomes`; None: it is struck out.

    scores : of what was found, by label; whoever was called `shown` by an earlier correction is renamed with it

    >>> first = revised([], "guitar", "ukulele", {"guitar": 0.9, "ukulele": 0.0})
    >>> [str(it) for it in revised(first, "ukulele", "banjo", {"guitar": 0.9, "ukulele": 0.0})]
    ['guitar is a banjo']
    """
    names = {it.label: it.becomes for it in corrections}
    for label in [it.label for it in corrections if it.becomes == shown] + [shown]:
        if scores.get(label):
            names[label] = becomes
    return listed(names, scores)


def found_as(corrections: Sequence[Correction], shown: str) -> str | None:
    """What was found as what is shown as `shown` now; None where nothing is: it was renamed or struck out.

    >>> renamed = [Correction("guitar", "ukulele", 0.9)]
    >>> found_as(renamed, "ukulele"), found_as(renamed, "guitar"), found_as(renamed, "piano")
    ('guitar', None, 'piano')
    """
    names = {it.label: it.becomes for it in corrections}
    return next((label for label, becomes in names.items() if becomes == shown), None if shown in names else shown)


def undone(corrections: Sequence[Correction], label: str) -> list[Correction]:
    """The corrections without that of what was found as `label`."""
    return [it for it in corrections if it.label != label]


def listed(names: dict[str, str | None], scores: dict[str, float]) -> list[Correction]:
    """New names by what was found, as corrections; whoever keeps the name needs none."""
    return [Correction(label, name, scores[label]) for label, name in names.items() if name != label]


def was(corrections: Collection[Correction], label: str) -> str:
    """What was found as something else and is a `label` now, in words; empty where nothing was.

    >>> was([Correction("guitar", "ukulele", 0.9)], "ukulele")
    'was guitar'
    """
    others = [it.label for it in corrections if it.becomes == label]
    return f"was {', '.join(others)}" if others else ""
