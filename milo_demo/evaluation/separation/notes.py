"""Figures of notes, 0-1: F1, the harmonic mean of the share of the true notes that are found and of the found that are
true (`mir_eval`).

onset F1  : notes that begin within 50 ms of a true one of the same label and pitch (half a semitone); their ends do
            not count (Bay et al. 2009)
frame F1  : semitones that sound, in steps of 10 ms, under the right label
any owner : the same, whoever is said to play them
"""

import numpy as np
from mir_eval.transcription import match_notes
from mir_eval.util import midi_to_hz
from numpy.typing import NDArray

from milo_demo.evaluation.separation.case import Note

ONSET_S = 0.05
FRAME_S = 0.01
PITCHES = 128


def onset_f1(true: list[Note], said: list[Note]) -> float:
    """Of notes found; both may be of several labels."""
    hits = 0
    for label in {note.label for note in true} & {note.label for note in said}:
        (true_s, true_hz), (said_s, said_hz) = (
            _arrays([note for note in some if note.label == label]) for some in (true, said)
        )
        pairs = match_notes(
            true_s,
            true_hz,
            said_s,
            said_hz,
            onset_tolerance=ONSET_S,
            offset_ratio=None,  # pyright: ignore[reportArgumentType]
        )
        hits += len(pairs)
    return _f1(hits, len(true), len(said))


def frame_f1(true: list[Note], said: list[Note], *, owner: bool = True) -> float:
    """Of notes found, step by step.

    owner : whether the label has to be right as well
    """
    labels = sorted({note.label for note in [*true, *said]})
    end_s = max([0.0, *(note.end_s for note in [*true, *said])])
    rolls = [_roll(notes, labels, end_s) for notes in (true, said)]
    one, other = rolls if owner else [roll.any(axis=0) for roll in rolls]
    return _f1(int((one & other).sum()), int(one.sum()), int(other.sum()))


def _arrays(notes: list[Note]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Beginnings and ends (note, 2) in seconds, and pitches (note,) in hertz."""
    return np.array([(note.start_s, note.end_s) for note in notes]), midi_to_hz(np.array([n.midi for n in notes]))


def _roll(notes: list[Note], labels: list[str], end_s: float) -> NDArray[np.bool_]:
    """(label, frame, semitone)"""
    roll = np.zeros((len(labels), round(end_s / FRAME_S) + 1, PITCHES), bool)
    for note in notes:
        begin, end = round(note.start_s / FRAME_S), round(note.end_s / FRAME_S)
        roll[labels.index(note.label), begin:end, round(note.midi)] = True
    return roll


def _f1(hits: int, true: int, said: int) -> float:
    """1 where there is nothing to find and nothing was found."""
    return 2 * hits / (true + said) if true + said else 1.0
