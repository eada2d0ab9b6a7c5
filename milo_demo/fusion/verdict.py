"""The clip's verdict: which labels, how sure, by which sense."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import ClipScore
from milo_demo.hearing.localise import Direction
from milo_demo.instruments import LABELS


def verdict(
    heard: NDArray | None,
    seen: NDArray | None,
    visible: Sequence[str],
    placed: Mapping[str, Direction] | None = None,
    played: NDArray | None = None,
    moved: NDArray | None = None,
) -> list[ClipScore]:
    """Join the clip scores of the senses: every label that ear or eye was asked about, best first.

    heard, seen : (label,), 0-1, or None where there is no sound or no picture
    visible     : labels that the eye has evidence for; for all others `seen` is None, not 0
    placed      : where labels were heard from, as far as that is clear; None where the sound knows no directions
    played, moved : (label,), 0-1, or None where nobody looked; nothing is said of the voice, which no hand plays

    The score is the probability that at least one sense is right, 1 - (1 - heard)(1 - seen): an instrument out of the
    picture keeps what the ear says, one that both senses notice gains.
    """
    rows = []
    for index, label in enumerate(LABELS):
        ear = None if heard is None else float(heard[index])
        eye = None if seen is None or label not in visible else float(seen[index])
        known = [value for value in (ear, eye) if value is not None]
        if known:
            hand, moves = (None if label == "voice" or part is None else float(part[index]) for part in (played, moved))
            where = (placed or {}).get(label, (None, None))
            rows.append(ClipScore(label, joint(known), ear, eye, hand, *where, moves))
    return sorted(rows, key=lambda row: (-row.score, row.label))


def joint(scores: Sequence[float]) -> float:
    """The probability that at least one of the senses is right, of what each of them says.

    >>> joint([0.5, 0.5])
    0.75
    """
    return 1 - float(np.prod([1 - score for score in scores]))
