"""What is said of one separated mixture, and of all of a set together.

Of a set with parts to be told apart:

SI-SDR, SDR, SIR, SAR : dB, see `metrics`; means over the tracks of the mixtures whose instruments were named rightly
gain, SDR gain        : the same over those of the mixture itself, and the least gain of a track
there, SDR there      : the share of tracks that are not THERE_DB softer than their player, and the SDR of these: who
                        gives a player another's name leaves a nearly silent track, of which SDR says little
leak                  : dB, of a track while its player rests, where one does
IoU, Dice              : of the places of the spectrogram, see `published.overlap`
onset F1, frame F1, any owner : see `notes`

Of ``solos``  : how much of the energy the right track holds, at least, and the share that holds ENOUGH
Of ``absent`` : energy of the track of an instrument that is not there over the mixture's, dB, at most, and the share
                below QUIET_DB

names       : the share of mixtures whose set of instruments is right
× duration  : processor time, all cores together, of the median mixture
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from milo_demo.evaluation.separation import metrics, notes
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates, Note, Sound
from milo_demo.evaluation.separation.published.overlap import overlaps
from milo_demo.evaluation.table import Figure
from milo_demo.separation.quality import si_sdr

ENOUGH = 0.97
QUIET_DB = -30.0
THERE_DB = -20.0
GAIN, CARRIED, ABSENT, COST = "gain", "carried", "absent", "× duration"
EXTREMES = {GAIN: ("least gain", min), CARRIED: ("least", min), ABSENT: ("most", max)}
"""Column -> the column of its worst, and which that is."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Measured:
    """Figures of one mixture.

    tracks : label -> figure -> value; empty where the names are wrong
    whole  : figure -> value
    named  : label -> what the track is called that holds most of it
    """

    whole: Figures
    tracks: dict[str, Figures] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


def measure(case: Case, estimates: Estimates, cost: float) -> Measured:
    """All that can be said of one separated mixture. Takes up to two seconds.

    cost : processor time over duration
    """
    tracks = _complete(case, estimates)
    called = estimates.called or {label: label for label in tracks if label != RESIDUAL}
    whole = {"names": float(set(called.values()) == set(case.stems)), COST: cost}
    if case.set == "solos":
        whole = _carried(case, tracks) | whole
        return Measured(whole, named=estimates.called or _named(case, tracks))
    if case.set == "absent":
        return Measured(_absent(case, tracks) | {COST: cost})
    if case.notes and estimates.notes is not None:
        whole = _notes(case, case.notes, estimates.notes) | whole
    told = whole["names"] or estimates.called
    return Measured(whole, _tracks(case, tracks) if told else {}, estimates.called or _named(case, tracks))


def summary(measured: list[Measured], label: str | None = None) -> dict[str, Figure]:
    """Of all mixtures of a set, or only of the tracks of one label in them; the count is that of the mixtures."""
    values: dict[str, list[list[float]]] = {}
    for one in measured:
        of_case: dict[str, list[float]] = {}
        for figures in [*one.tracks.values(), one.whole] if label is None else [one.tracks.get(label, {})]:
            for name, value in figures.items():
                of_case.setdefault(name, []).append(value)
        for name, found in of_case.items():
            values.setdefault(name, []).append(found)
    table: dict[str, Figure] = {}
    for name, by_case in values.items():
        found = [value for values_of_case in by_case for value in values_of_case]
        table[name] = Figure(float(np.median(found) if name == COST else np.mean(found)), len(by_case))
        if name in EXTREMES:
            column, worst = EXTREMES[name]
            table[column] = Figure(worst(found), len(by_case))
    return table


def confusion(measured: list[Measured]) -> dict[str, dict[str, int]]:
    """How often what a label plays lies on a track of which name: label -> name -> count."""
    counts: dict[str, dict[str, int]] = {}
    for one in measured:
        for label, name in one.named.items():
            row = counts.setdefault(label, {})
            row[name] = row.get(name, 0) + 1
    return counts


def _complete(case: Case, estimates: Estimates) -> dict[str, Sound]:
    """The tracks, with what they leave over."""
    rest = case.mixture - np.sum([np.zeros_like(case.mixture), *estimates.tracks.values()], axis=0)
    return {RESIDUAL: rest} | estimates.tracks


def _tracks(case: Case, tracks: dict[str, Sound]) -> dict[str, Figures]:
    references = list(case.references.values())
    overlap = overlaps(case, tracks)
    ours = metrics.bss_eval(references, [tracks[label] for label in case.references])
    without = _unseparated(case)
    found: dict[str, Figures] = {}
    for number, (label, reference) in enumerate(case.references.items()):
        reached = si_sdr(reference, tracks[label])
        found[label] = {
            "SI-SDR": reached,
            GAIN: reached - si_sdr(reference, case.mixture),
            "SDR": float(ours.sdr[number]),
            "SDR gain": float(ours.sdr[number] - without.sdr[number]),
            "SIR": float(ours.sir[number]),
            "SAR": float(ours.sar[number]),
        }
        there = metrics.level_db(tracks[label], reference) >= THERE_DB
        found[label]["there"] = float(there)
        if there:
            found[label]["SDR there"] = float(ours.sdr[number])
        found[label] |= overlap.get(label, {})
        leak = metrics.leak_db(reference, tracks[label], case.mixture, case.rate_hz)
        if leak is not None:
            found[label]["leak"] = leak
    return found


@lru_cache(maxsize=1)
def _unseparated(case: Case) -> metrics.BssEval:
    """Of the mixture in place of all tracks: the same for all methods."""
    references = list(case.references.values())
    return metrics.bss_eval(references, [case.mixture] * len(references))


def _carried(case: Case, tracks: dict[str, Sound]) -> Figures:
    (label,) = case.stems
    share = 10 ** (metrics.level_db(tracks[label], case.mixture) / 10) if label in tracks else 0.0
    return {CARRIED: share, "enough": float(share >= ENOUGH)}


def _absent(case: Case, tracks: dict[str, Sound]) -> Figures:
    (label,) = set(case.asked) - set(case.stems)
    level = metrics.level_db(tracks[label], case.mixture) if label in tracks else metrics.SILENT_DB
    return {ABSENT: level, "quiet": float(level <= QUIET_DB)}


def _notes(case: Case, true: list[Note], said: list[Note]) -> Figures:
    """Of the labels whose notes are known; whoever plays them can only be left open where those are all."""
    known = {note.label for note in true}
    ours = [note for note in said if note.label in known]
    figures = {"onset F1": notes.onset_f1(true, ours), "frame F1": notes.frame_f1(true, ours)}
    if known == set(case.references):
        figures |= {"any owner": notes.frame_f1(true, said, owner=False)}
    return figures


def _named(case: Case, tracks: dict[str, Sound]) -> dict[str, str]:
    """Of every stem, the track that resembles it most."""
    names = list(tracks)
    levelled = np.stack([track / max(1e-9, float(np.linalg.norm(track))) for track in tracks.values()])
    return {label: names[int(np.abs(levelled @ stem).argmax())] for label, stem in case.stems.items()}
