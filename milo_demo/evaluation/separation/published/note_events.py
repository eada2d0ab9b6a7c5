"""Notes as basic-pitch's authors read them from their network's answers (Bittner et al. 2022).

A note begins at a peak of the onsets and lasts while its pitch sounds; the latest is found first, and what a note has
no other gets, nor its neighbours a semitone away.
"""

import numpy as np

from milo_demo.separation.notes.salience import FRAMES_PER_S, LOWEST_PITCH, Salience

ONSET, SOUNDS = 0.5, 0.3
GAP = 11
"""Frames (0.13 s) of silence within a note, and of the shortest note."""


def published(found: Salience) -> list[tuple[float, float, int]]:
    """Beginning and end, seconds, and MIDI pitch of each note."""
    onset, sounding = found.onset, found.note.copy()
    pitches, frames = sounding.shape
    peaks = onset > ONSET
    peaks[:, 1:] &= onset[:, 1:] > onset[:, :-1]
    peaks[:, :-1] &= onset[:, :-1] >= onset[:, 1:]
    notes = []
    for start, pitch in sorted(zip(*np.nonzero(peaks.T), strict=True), reverse=True):
        silent = np.flatnonzero(sounding[pitch, start + 1 :] < SOUNDS) + start + 1
        gaps = (
            silent[GAP - 1 :] - silent[: len(silent) - GAP + 1] == GAP - 1 if len(silent) >= GAP else np.zeros(0, bool)
        )
        end = int(silent[gaps.argmax()]) if gaps.any() else frames
        if end - start > GAP:
            sounding[max(0, pitch - 1) : min(pitches, pitch + 2), start:end] = 0
            notes.append((start / FRAMES_PER_S, end / FRAMES_PER_S, int(LOWEST_PITCH + pitch)))
    return notes
