"""What a player of one note at a time plays, from the clean stem: the truth about notes where there is no score.

pYIN (Mauch and Dixon 2014), rounded to semitones. A note ends where the pitch changes or stops, and where the level
dips as between two strokes: so the same note struck twice is two notes.
"""

from itertools import pairwise

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import find_peaks

from milo_demo.evaluation.separation.case import Note, Sound
from milo_demo.training.hearing.instrumentation import PARTS

MELODIC = frozenset({
    "bassoon", "cello", "clarinet", "flute", "french_horn", "recorder", "saxophone", "trombone", "trumpet", "tuba",
    "violin", "voice",
})  # fmt: skip
"""Labels that mostly play one note at a time, and are read rightly: an electric bass is not, its deepest notes being
strong in their overtones only."""
MARGIN = 5
"""Semitones that a player may leave the label's usual range by."""
WINDOW, HOP = 2048, 256
STEADY = 9
"""Frames: shorter excursions of the pitch (0.1 s at 22,050 Hz) are no notes of their own."""
SHORTEST_S = 0.05
DIP_DB = 6.0


def melody(stem: Sound, rate_hz: int, label: str) -> list[Note]:
    """The notes of a stem (sample,) of one of the MELODIC labels. Takes a twentieth of its duration."""
    low, high = PARTS[label][:2]
    lowest_hz, highest_hz = librosa.midi_to_hz([low - MARGIN, high + MARGIN])
    hertz, *_ = librosa.pyin(
        stem, fmin=lowest_hz, fmax=highest_hz, sr=rate_hz, frame_length=WINDOW, hop_length=HOP, fill_na=0.0
    )
    sounds = hertz > 0
    pitch = np.zeros(len(hertz), int)
    pitch[sounds] = np.round(librosa.hz_to_midi(hertz[sounds]))
    pitch = median_filter(pitch, STEADY)
    changes = np.flatnonzero(np.diff(pitch)) + 1
    edges = sorted({0, *changes.tolist(), *_dips(stem).tolist(), len(pitch)})
    frame_s = HOP / rate_hz
    return [
        Note(label, begin * frame_s, end * frame_s, float(pitch[begin]))
        for begin, end in pairwise(edges)
        if pitch[begin] and (end - begin) * frame_s >= SHORTEST_S
    ]


def _dips(stem: Sound) -> NDArray[np.intp]:
    """Frames in which the level is least between two strokes."""
    level = librosa.feature.rms(y=stem, frame_length=WINDOW, hop_length=HOP)[0]
    return find_peaks(-librosa.amplitude_to_db(level), prominence=DIP_DB)[0]
