"""The verdict in words: a sentence, and a row per instrument."""

from milo_demo.ui.words.kin import kin
from milo_demo.ui.words.rows import as_html, left_out, pending
from milo_demo.ui.words.sentence import (
    FAINT,
    HIGHEST,
    THRESHOLD,
    UNSURE,
    answer,
    by_ear_only,
    looked,
    ranked,
    remark_on,
    shown,
    told,
    verdicts,
)

__all__ = [
    "FAINT",
    "HIGHEST",
    "THRESHOLD",
    "UNSURE",
    "answer",
    "as_html",
    "by_ear_only",
    "kin",
    "left_out",
    "looked",
    "pending",
    "ranked",
    "remark_on",
    "shown",
    "told",
    "verdicts",
]
