"""Names put right by hand, everywhere in the record: scores, maps, boxes, events, notes, tracks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Analysis, ClipScore, Event
from milo_demo.corrections import Correction
from milo_demo.fusion.events import INSTRUMENT_GROUPS, events
from milo_demo.fusion.product import sound_times_object
from milo_demo.fusion.verdict import joint
from milo_demo.instruments import RESIDUAL

SENSES = ("heard", "seen", "played", "moved")
SCORED = ("sound", "object", "action", "played")
"""The arrays of scores (time, label, ...), by their names in `Maps`."""


def correct(analysis: Analysis, corrections: Sequence[Correction]) -> None:
    """Rename and strike out in an analysis as it was found. Who gets the name of somebody who is there already becomes
    one with them; the sound of whom is struck out is nobody's.

    Tracks keep their order and files here, only their labels change: two may have the same afterwards
    (`saved.correct` makes one of them).
    """
    names = {it.label: it.becomes for it in corrections}
    maps, labels = analysis.maps, analysis.maps.labels
    places = {labels.index(label): None if name is None else labels.index(name) for label, name in names.items()}
    for name in SCORED:
        setattr(maps, name, _moved(getattr(maps, name), places))
    if maps.sound.size and maps.object.size:
        maps.source = sound_times_object(maps.sound, maps.object)
    new = {label: names.get(label, label) for label in labels}
    analysis.boxes = [replace(box, label=name) for box in analysis.boxes if (name := new[box.label])]
    analysis.notes = [replace(note, label=name) for note in analysis.notes if (name := new[note.label])]
    analysis.tracks = [
        track if track.label == RESIDUAL else replace(track, label=new[track.label] or RESIDUAL)
        for track in analysis.tracks
    ]
    analysis.events = _events(analysis, corrections)
    analysis.clip = _clip(analysis.clip, new)
    analysis.corrections = list(corrections)


def _moved(scores: NDArray, places: dict[int, int | None]) -> NDArray:
    """Scores (time, label, ...) under their new names; where two become one, the surer of them counts."""
    if not scores.size:
        return scores
    moved = scores.copy()
    for old in places:
        moved[:, old] = 0
    for old, new in places.items():
        if new is not None:
            np.maximum(moved[:, new], scores[:, old], out=moved[:, new])
    return moved


def _events(analysis: Analysis, corrections: Sequence[Correction]) -> list[Event]:
    """Found anew from the scores that have moved. All others stay: tags, and what somebody looks for, are no names of
    the taxonomy, though some are spelled like one."""
    maps, duration_s, threshold = analysis.maps, analysis.media.duration_s, analysis.options.threshold
    found: list[Event] = []
    if maps.sound.size:
        found += events("heard", maps.sound.astype(np.float32), threshold, duration_s)
    if maps.object.size:
        found += events("seen", analysis.seen(), threshold, duration_s)
    if maps.played.size:
        found += events("played", maps.played.astype(np.float32), threshold, duration_s)
    found += [event for event in analysis.events if event.kind not in SENSES]
    struck = [it for it in corrections if it.becomes is None]
    found += [Event("struck out", it.label, INSTRUMENT_GROUPS[it.label], 0.0, duration_s, it.score) for it in struck]
    return found


def _clip(rows: Sequence[ClipScore], new: dict[str, str | None]) -> list[ClipScore]:
    """The verdict under its new names, best first; who has lost the name has no score."""
    moved = {row.label: row if new[row.label] == row.label else _nothing(row) for row in rows}
    for row in rows:
        name = new[row.label]
        if name in (None, row.label):
            continue
        other = moved.get(name, replace(row, label=name))
        senses = {sense: _surer(getattr(row, sense), getattr(other, sense)) for sense in SENSES}
        known = [score for score in (senses["heard"], senses["seen"]) if score is not None]
        where = row if other.azimuth_deg is None else other
        moved[name] = replace(where, label=name, score=joint(known), **senses)
    return sorted(moved.values(), key=lambda row: (-row.score, row.label))


def _nothing(row: ClipScore) -> ClipScore:
    none = {sense: None if getattr(row, sense) is None else 0.0 for sense in SENSES}
    return replace(row, score=0.0, azimuth_deg=None, elevation_deg=None, **none)


def _surer(one: float | None, other: float | None) -> float | None:
    known = [score for score in (one, other) if score is not None]
    return max(known, default=None)
