"""Whom a method means that was told no names."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from milo_demo.evaluation.separation.case import Case, Sound
from milo_demo.separation.quality import si_sdr

NOBODY = "nobody"
TOP = 3


def matched(case: Case, tracks: Sequence[tuple[str, Sound]]) -> tuple[dict[str, Sound], dict[str, str]]:
    """Tracks of a blind method, under the stems' labels in the order that gives the highest mean SI-SDR, as blind
    methods are scored; and what the method itself calls them.

    tracks : names and sounds, as many as there are stems; a stem without one gets silence
    """
    names = list(case.stems)
    padded = [*tracks, *[(NOBODY, np.zeros_like(case.mixture))] * (len(names) - len(tracks))]
    reached = np.array([[si_sdr(stem, sound) for _, sound in padded] for stem in case.stems.values()])
    best = max(permutations(range(len(padded)), len(names)), key=lambda order: sum(reached[range(len(names)), order]))
    sounds = {name: padded[k][1] for name, k in zip(names, best, strict=True)}
    return sounds, {name: padded[k][0] for name, k in zip(names, best, strict=True)}


def told(case: Case, names: Sequence[str]) -> dict[str, str]:
    """Label of a stem -> itself, where it is among the TOP names that a method gives, strongest first; else the
    strongest wrong one, as the document counts confusions (Nuotioma 2024, section 4.2)."""
    wrong = iter([name for name in names[:TOP] if name not in case.stems])
    return {label: label if label in names[:TOP] else next(wrong, NOBODY) for label in case.stems}
