"""The notes of a stretch of sound: what the note network hears, given to the players by the owner network."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import find_peaks

from milo_demo.instruments import LABELS
from milo_demo.models.notes import PER_SEMITONE
from milo_demo.models.owner import BINS, NOBODY, POOLED, SOMEONE, OwnerNet
from milo_demo.separation.notes.decoding import decode
from milo_demo.separation.notes.salience import FRAMES_PER_S, LOWEST_PITCH, Salience

UNPITCHED = frozenset({"drum", "congas"})
CHORDAL = frozenset(
    {"accordion", "bagpipe", "banjo", "guitar", "guzheng", "harp", "piano", "pipa", "ukulele", "xylophone"}
)
"""Instruments that play several notes at once as a rule."""
PLUCKED = frozenset({"electric_bass"})
"""Instruments of one note at a time whose notes die away."""
SOUNDS, HEARD = 0.45, 0.3
"""Evidence and salience from which a chord's note sounds."""
STRUCK, BLOWN = 0.5, 0.75
"""Onset salience at which a note that goes on begins anew: strings that are struck or plucked, and all others, whose
vibrato is taken for onsets up to 0.6."""
BEGINS, ANEW = 0.55, 0.6
"""Onset salience without which no note of a chord begins, and at which one that goes on begins anew. By these, HEARD
and OVERTONES 35 solos of scores gain in onset F1 .66 to .76, in frame F1 .71 to .75."""
OVERTONES, OVERTONE, AT_ONCE = (12, 19, 24, 28, 31, 34, 36), 0.9, 6
"""Semitones of overtones above a note. What begins there within so many frames (70 ms) of a note whose onset is so much
clearer is no note of its own."""
STRANGERS, LEAST = 0.3, 1e-3
"""How likely somebody else's notes are against what the owner network was taught: there, every seventh player was not
asked for."""
SHORTEST = 2
"""Frames (of 46 ms) of the shortest note that counts."""


@dataclass(frozen=True)
class NoteFound:
    """One note of one player.

    player       : index among the names asked for
    pitch        : MIDI
    start, end   : frames of the note network (1/86 s), end excluded
    cents        : how much higher than the pitch it is played, in the mean
    score        : how sure it is that it sounds and is this player's, 0-1
    """

    player: int
    pitch: int
    start: int
    end: int
    cents: float
    score: float

    @property
    def start_s(self) -> float:
        return self.start / FRAMES_PER_S

    @property
    def end_s(self) -> float:
        return self.end / FRAMES_PER_S


def pitched(labels: Sequence[str]) -> list[str]:
    """Those of the labels that play notes."""
    return [label for label in labels if label not in UNPITCHED]


@torch.inference_mode()
def owners(found: Salience, network: OwnerNet, labels: Sequence[str]) -> NDArray[np.float32]:
    """Whose each note would be: (label …, somebody else's, nobody's; pitch, frame), probabilities that sum to 1.

    labels : the names asked for; a frame is POOLED frames of the note network
    """
    where = next(network.parameters()).device
    spectrum = pooled(found.cqt[:BINS]).mean(axis=-1)
    notes = pooled(np.stack([found.note, found.onset])).max(axis=-1)
    wanted = np.isin(LABELS, list(labels)).astype(np.float32)
    inputs = (torch.from_numpy(part)[None].to(where) for part in (spectrum, notes, wanted))
    chances = network(*inputs)[0].softmax(dim=0).cpu().numpy()
    whose = chances[[*(LABELS.index(label) for label in labels), SOMEONE, NOBODY]]
    others = whose[-2] * STRANGERS
    own = whose[:-2].sum(axis=0)
    whose[:-2] *= 1 + (whose[-2] - others) / np.maximum(own, LEAST)
    whose[-2] = 1 - whose[-1] - whose[:-2].sum(axis=0)
    return whose


def pooled(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, frame) -> (…, frame / POOLED, POOLED), the last frame repeated where one is not whole."""
    missing = -rows.shape[-1] % POOLED
    padded = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, missing)], "edge")
    return padded.reshape(*rows.shape[:-1], -1, POOLED)


def find_notes(found: Salience, chances: NDArray[np.float32], labels: Sequence[str]) -> list[NoteFound]:
    """The notes of every player, in order of their beginning.

    chances : from `owners`, for the same labels
    """
    evidence = 1 - chances[-1]
    single = [k for k, label in enumerate(labels) if label not in CHORDAL | UNPITCHED]
    chordal = [k for k, label in enumerate(labels) if label in CHORDAL]
    known = np.maximum(1 - chances[-1], 1e-6)
    whose = chances[:-1] / known
    free = whose[-1] + whose[chordal].sum(axis=0)
    paths = decode(evidence, whose[single], free)
    taken = np.zeros(evidence.shape, bool)
    notes: list[NoteFound] = []
    for k, path in zip(single, paths, strict=True):
        sounding = np.zeros(evidence.shape, bool)
        frames = np.flatnonzero(path >= 0)
        sounding[path[frames], frames] = True
        taken |= sounding
        attack = STRUCK if labels[k] in PLUCKED else BLOWN
        notes += _runs(k, sounding, chances[k], found, attack)
    for k in chordal:
        sounding = (median_filter(chances[k], size=(1, 3)) > SOUNDS) & (pooled(found.note).max(axis=-1) > HEARD)
        notes += _struck(_runs(k, sounding & ~taken, chances[k], found, ANEW), found.onset)
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def _runs(
    player: int, sounding: NDArray[np.bool_], chances: NDArray[np.float32], found: Salience, attack: float
) -> list[NoteFound]:
    """Notes from where pitches sound, (pitch, pooled frame): a run is a note, and a new attack in it another."""
    notes = []
    edges = np.diff(np.pad(sounding.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    for pitch in np.flatnonzero(sounding.any(axis=1)).tolist():
        for first, last in zip(np.flatnonzero(edges[pitch] > 0), np.flatnonzero(edges[pitch] < 0), strict=True):
            if last - first < SHORTEST:
                continue
            score = float(chances[pitch, first:last].mean())
            cuts = _cuts(found.onset[pitch], first * POOLED, min(last * POOLED, found.note.shape[1]), attack)
            for start, end in pairwise(cuts):
                cents = _cents(found.contour, pitch, start, end)
                notes.append(NoteFound(player, LOWEST_PITCH + pitch, start, end, cents, score))
    return notes


def _struck(notes: list[NoteFound], onset: NDArray[np.float32]) -> list[NoteFound]:
    """Of one player's chords, the notes that are struck themselves.

    onset : (pitch, frame)
    """
    if not notes:
        return []
    pitches, starts = np.array([(note.pitch, note.start) for note in notes]).T
    attacks = np.array([_attack(onset[note.pitch - LOWEST_PITCH], note.start) for note in notes])
    above = np.isin(pitches[:, None] - pitches, OVERTONES) & (np.abs(starts[:, None] - starts) <= AT_ONCE)
    overtone = (above & (attacks[:, None] < OVERTONE * attacks)).any(axis=1)
    return [note for note, struck in zip(notes, (attacks > BEGINS) & ~overtone, strict=True) if struck]


def _attack(onset: NDArray[np.float32], start: int) -> float:
    """How clearly something begins within a pooled frame of a note's start, 0-1, which may be off by as much.

    onset : (frame,) of its pitch
    """
    return float(onset[max(0, start - POOLED) : start + POOLED].max())


def _cuts(onset: NDArray[np.float32], first: int, last: int, attack: float) -> list[int]:
    """Where the notes between two frames begin, and where the last ends: on attacks, where there are any.

    onset : (frame,) of the pitch
    """
    low = max(0, first - POOLED)
    start = low + int(onset[low : first + POOLED].argmax())
    if onset[start] < STRUCK / 2:
        start = first
    cuts = [start]
    peaks, _ = find_peaks(onset[: last - 2 * POOLED], height=attack, distance=2 * POOLED)
    cuts += (peak for peak in peaks.tolist() if peak >= start + 2 * POOLED)
    return [*cuts, max(last, cuts[-1] + 1)]


def _cents(contour: NDArray[np.float32], pitch: int, start: int, end: int) -> float:
    """How far from its semitone a note lies: the middle of what the contour has around it."""
    rows = np.arange(-1, 2)
    heard = np.pad(contour, ((0, 1), (0, 0)))[PER_SEMITONE * pitch + 1 + rows, start:end].sum(axis=1)
    return float((heard * rows).sum() / max(heard.sum(), 1e-9) * 100 / PER_SEMITONE)
