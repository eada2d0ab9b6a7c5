"""Who gets a track: the players that are heard in a clip, and those heard less clearly but seen."""

from milo_demo.analysis import Analysis, ClipScore

HEARD = 0.5
SEEN, HEARD_BESIDE = 0.5, 0.25
"""Scores of the eye, and of the ear beside it, at which both together are enough."""
MOST = 8


def players(analysis: Analysis) -> list[str]:
    """The labels that are asked for, surest first."""
    chosen = [row for row in analysis.clip if _plays(row)]
    return [row.label for row in sorted(chosen, key=lambda row: -(row.heard or 0.0))[:MOST]]


def _plays(row: ClipScore) -> bool:
    heard, seen = row.heard or 0.0, row.seen or 0.0
    return heard >= HEARD or (heard >= HEARD_BESIDE and seen >= SEEN)
