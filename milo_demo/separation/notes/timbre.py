"""Whose a note is, asked once more of the clip itself: which of its players does the note sound like?

The owner network knows instruments, not these players in these rooms. It is right of most of a player's notes; how
those sound here, how loud, in which register, tells whose the others are. Each player is a normal distribution over
what notes sound like, all of one covariance, found together with whose the notes are (expectation maximisation, after
Dempster, Laird & Rubin 1977), begun and held by what the network says. A long clip is asked stretch by stretch.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.features.constant_q import PER_OCTAVE
from milo_demo.models.notes import PER_SEMITONE
from milo_demo.models.owner import BINS
from milo_demo.separation.notes.owners import STRUCK, pooled
from milo_demo.separation.notes.salience import Salience

HARMONICS = np.array([1, 2, 3, 4, 5, 6, 7, 8, 10])
LOUDNESS = 4
"""Harmonics whose mean is how loud a note is."""
SILENCE = 1e-3
"""Magnitude, against the clip's mean, from which on a harmonic counts."""
UNLIKELY = 1e-3
"""What is added to a player's chance before its logarithm: the network may be wrong."""
LEAST_SHARE = 1e-9
"""Keeps what is all somebody else's from being divided by nothing."""
SOUNDS, SHORTEST, APART = 0.3, 2, 3
"""Evidence from which something sounds; frames of the shortest note, and from one attack to the next."""
MOST = 20
"""Frames from which on a longer note says no more than a shorter one."""
FEWEST = 4
"""Notes without which nothing can be learnt from them."""
ROUNDS = 5
TOWARDS_ALL, UNCORRELATED, LEAST = 5.0, 0.5, 1e-3
"""Frames by which everybody's mean is drawn to that of all, share by which what is correlated is taken for less so,
and the least variance."""
TRUST, FARTHEST = 0.3, 6.0
"""Share of the logarithms' difference that is believed, since harmonics say much the same and belong to others, too;
and the most that is. Of 125 made mixtures of players kept apart, asked for by name, those of two gain 0.2 dB by it, of
three and four 1.2; with two thirds of that trust a third less, with half as much again half or nothing. Real trios gain
0.9, solos beside chords 1.0, pairs that take turns 1.0; other pairs lose 0.3."""


class _Note(NamedTuple):
    """What sounds on one pitch between two attacks, in pooled frames, `end` excluded."""

    pitch: int
    start: int
    end: int


def by_timbre(found: Salience, chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """The chances of `owners`, (label …, somebody else's, nobody's; pitch, frame), after the clip was asked.

    Only what the labels have together is shared among them anew.
    """
    labels = len(chances) - 2
    evidence = 1 - chances[-1]
    notes = _notes(evidence, pooled(found.onset).max(axis=-1))
    if labels < 2 or len(notes) < FEWEST:
        return chances
    together = chances[:labels].sum(axis=0)
    whose = chances[:labels] / np.maximum(together, LEAST_SHARE)
    said = np.stack([np.log(whose[:, note.pitch, note.start : note.end] + UNLIKELY).mean(axis=1) for note in notes])
    sure = np.array([evidence[note.pitch, note.start : note.end].mean() for note in notes])
    frames = np.array([min(MOST, note.end - note.start) for note in notes])
    likely = _likelihoods(_sounds(found, notes), said, sure * frames)
    result = chances.copy()
    for (pitch, start, end), factors in zip(notes, np.exp(likely), strict=True):
        shared = whose[:, pitch, start:end] * factors[:, None]
        result[:labels, pitch, start:end] = shared / np.maximum(shared.sum(axis=0), LEAST_SHARE)
        result[:labels, pitch, start:end] *= together[pitch, start:end]
    return result


def _notes(evidence: NDArray[np.floating], onset: NDArray[np.floating]) -> list[_Note]:
    """Whatever sounds, (pitch, frame) each, whoever plays it."""
    edges = np.diff(np.pad((evidence > SOUNDS).astype(np.int8), ((0, 0), (1, 1))), axis=1)
    before, after = np.pad(onset, ((0, 0), (1, 0)))[:, :-1], np.pad(onset, ((0, 0), (0, 1)))[:, 1:]
    attacks = (onset > STRUCK) & (onset > before) & (onset >= after)
    notes = []
    for pitch in np.flatnonzero((edges > 0).any(axis=1)).tolist():
        for first, last in zip(np.flatnonzero(edges[pitch] > 0), np.flatnonzero(edges[pitch] < 0), strict=True):
            anew = first + APART + np.flatnonzero(attacks[pitch, first + APART : last - SHORTEST])
            cuts = [int(first), *anew.tolist(), int(last)]
            notes += [_Note(pitch, start, end) for start, end in pairwise(cuts) if end - start >= SHORTEST]
    return notes


def _sounds(found: Salience, notes: list[_Note]) -> NDArray:
    """What each note sounds like, (note, feature): its harmonics beside its loudness, its loudness, its octave."""
    spectrum = pooled(found.cqt[:BINS]).mean(axis=-1, dtype=np.float64)
    levels = np.log10(spectrum / (np.sqrt(np.square(spectrum).mean()) + 1e-9) + SILENCE)
    beside = np.pad(levels, ((1, 1), (0, 0)), constant_values=np.log10(SILENCE))
    levels = np.maximum(levels, np.maximum(beside[:-2], beside[2:]))  # out of tune by a third of a semitone
    above = np.round(PER_OCTAVE * np.log2(HARMONICS)).astype(int)
    rows = []
    for note in notes:
        bins = PER_SEMITONE * note.pitch + above
        heard = np.full(len(bins), np.log10(SILENCE))
        inside = bins < BINS
        heard[inside] = levels[bins[inside], note.start : note.end].mean(axis=1)
        loudness = heard[:LOUDNESS].mean()
        rows.append([*(heard - loudness), loudness, note.pitch / 12])
    return np.array(rows)


def _likelihoods(sounds: NDArray, said: NDArray, weight: NDArray) -> NDArray:
    """Logarithms, 0 for the likeliest player of every note and at least −FARTHEST: (note, player).

    sounds : (note, feature)
    said   : (note, player) logarithms of what the network holds to be likely
    weight : (note,) how much each counts
    """
    chances, likely = _normalised(said), np.zeros_like(said)
    of_all = weight @ sounds / weight.sum()
    for _ in range(ROUNDS):
        shares = chances * weight[:, None]
        means = (shares.T @ sounds + TOWARDS_ALL * of_all) / (shares.sum(axis=0) + TOWARDS_ALL)[:, None]
        apart = sounds[:, None] - means
        covariance = np.einsum("np,npf,npg->fg", shares, apart, apart) / weight.sum()
        correlated = np.where(np.eye(len(covariance)), 1, 1 - UNCORRELATED) * covariance
        precision = np.linalg.inv(correlated + LEAST * np.eye(len(covariance)))
        distance = np.einsum("npf,fg,npg->np", apart, precision, apart)
        likely = np.maximum(-FARTHEST, TRUST / 2 * (distance.min(axis=1, keepdims=True) - distance))
        chances = _normalised(said + likely)
    return likely


def _normalised(logarithms: NDArray) -> NDArray:
    """Probabilities that sum to 1 for every note."""
    powers = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
