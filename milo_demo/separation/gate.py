"""Silence where an instrument does not play: what leaks into its track in its rests goes back to the others.

A gate per track: closed where the track is too faint beside the mixture and beside itself, between its notes, and where
the ear does not hear it. It opens before a sound begins and closes after it has died away, with fades, so that nobody
hears it work.
"""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from milo_demo.features.stft import TRACK_HZ
from milo_demo.grid import COUNTS, STEPS_PER_S
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.outside import EVERYDAY, OTHERS, OUTSIDERS
from milo_demo.separation.notes.owners import NoteFound

HOP = 512
"""Samples (12 ms) from one decision to the next."""
FRAMES_PER_S = TRACK_HZ / HOP
LEVEL_S = 0.1
"""Over which levels are taken."""
BELOW_SELF_DB, BELOW_MIXTURE_DB = 22.0, 9.0
"""A track is silent where it is so far below its own loud places and so far below the mixture as well …"""
BURIED_DB, BURIED_S = 14.0, 1.0
"""… and where it is this far below the mixture for so long."""
HOLD_S = 0.15
"""How long the gate stays open before and after."""
FADE_S = 0.06
SHORTEST_S = 0.08
"""Sounds shorter than this are no sounds."""
UNHEARD = 0.3
"""Score of the ear, against its best for this label, below which a track is silent: there it holds somebody else's
notes. A step is judged by those around it and by the whole clip, so that beside a player's turns even rests score
something: real solos that take turns leak −37 dB into each other's rests. With 0.35 a flute and a horn that play
together lose 5 dB, since the ear doubts the horn beside it."""
FAINT_DB = 30.0
"""Below the stretch's mean level, the mixture counts as that faint."""
SURE = 0.85
"""Score of notes that are believed all the same."""
LEAST_BEST = 0.3
"""Who scores less at best is hardly known to the ear: it says nothing about such a one."""

Sound = NDArray[np.float32]


def against_best(scores: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.float32]:
    """The ear's scores of a clip (step, label of LABELS) against its best for some labels: (label, step), 0-1."""
    own = np.asarray(scores, np.float32)[:, [LABELS.index(label) for label in labels]].T
    best = own.max(axis=1, initial=0, keepdims=True)
    return np.where(best < LEAST_BEST, 1, own / np.maximum(best, LEAST_BEST))


def strangers(
    scores: NDArray[np.floating], others: NDArray[np.floating], labels: Collection[str]
) -> NDArray[np.float32]:
    """How surely anybody is heard in a clip whom nobody asked for, (step,), 0-1.

    scores : (step, label of LABELS) by the ear
    others : (step, other of OTHERS) by its wider vocabulary, or of no others; who is of the family of one asked for may
             be that one by another name, and says nothing
    labels : the names asked for
    """
    kin = {BY_NAME[label].family for label in labels}
    unknown = [name in EVERYDAY or OUTSIDERS[name][0] not in kin for name in OTHERS]
    heard = [np.asarray(scores, np.float32)[:, [label not in labels for label in LABELS]]]
    heard += [np.asarray(others, np.float32)[:, unknown]] if others.size else []
    return np.concatenate(heard, axis=1).max(axis=1)


class Heard(NamedTuple):
    """What the ear says, step by step, of those who were asked for, and of all else.

    own       : (label, step) its scores against its best for each label, 0-1, see `against_best`
    strangers : (step,) how surely anybody is heard whom nobody asked for, 0-1, see `strangers`
    besides   : (step,) how surely something is heard that is no music, talk or applause, 0-1
    begun     : part of the first step that lies before the tracks, 0-1: stretches begin between steps
    """

    own: NDArray[np.floating]
    strangers: NDArray[np.floating]
    besides: NDArray[np.floating]
    begun: float = 0.0

    def since(self, at_s: float) -> "Heard":
        """The same from some second of the clip on."""
        begun, first = math.modf(at_s * STEPS_PER_S)
        here = slice(int(first), None)
        return Heard(self.own[:, here], self.strangers[here], self.besides[here], begun)


def by_ear(scores: NDArray[np.floating], others: NDArray[np.floating], labels: Sequence[str]) -> Heard:
    """What the ear says of a clip.

    scores : (step, label of LABELS)
    others : (step, other of OTHERS) by its wider vocabulary, or of no others
    labels : the names asked for
    """
    talk = np.zeros(len(scores), np.float32)
    if others.size:
        talk = np.asarray(others, np.float32)[:, [name in EVERYDAY for name in OTHERS]].max(axis=1)
    return Heard(against_best(scores, labels), strangers(scores, others, labels), talk)


def gains(tracks: Sound, notes: Sequence[NoteFound], modelled: Collection[int], heard: Heard | None = None) -> Sound:
    """How far each label's gate is open, (label, sample), 0-1.

    tracks   : (label … and the residual, channel, sample)
    notes    : what is played
    modelled : indices of the labels that are cut out by their notes: they are silent between them, and where the ear
               does not hear them
    heard    : by the ear, from the tracks' beginning on: where it hears what is no music, everybody is silent whom it
               does not hear; None: it is not asked
    """
    levels = _levels(tracks)
    whole = tracks.sum(axis=0)
    faintest = 10 * np.log10(np.square(whole).mean() + 1e-12) - FAINT_DB
    together = np.maximum(_levels(whole[None])[0], faintest)
    result = np.ones((len(tracks) - 1, tracks.shape[-1]), np.float32)
    for label in range(len(tracks) - 1):
        audible = _audible(levels[label], together)
        if heard is not None:
            suspected = _during(heard.own[label], UNHEARD, heard.begun, len(audible))
            audible &= ~_during(heard.besides, COUNTS, heard.begun, len(audible)) | suspected
        if label in modelled:
            own = [note for note in notes if note.player == label]
            audible &= _noted(own, len(audible))
            if heard is not None:
                sure = [note for note in own if note.score > SURE]
                audible &= suspected | _noted(sure, len(audible))
        result[label] = _gains(audible, tracks.shape[-1])
    return result


def _levels(tracks: Sound) -> NDArray[np.float64]:
    """(track, frame) dB"""
    power = np.square(tracks).mean(axis=1)
    missing = -power.shape[-1] % HOP
    frames = np.pad(power, ((0, 0), (0, missing))).reshape(len(power), -1, HOP).mean(axis=-1)
    smooth = uniform_filter1d(frames, max(1, round(LEVEL_S * FRAMES_PER_S)), axis=1, mode="constant")
    return 10 * np.log10(np.maximum(smooth, 0) + 1e-12)


def _audible(level: NDArray[np.float64], mixture: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(frame,) where a track of some level (frame,) dB sounds in a mixture of another."""
    loud = np.percentile(level, 95)
    sounds = (level > loud - BELOW_SELF_DB) | (level > mixture - BELOW_MIXTURE_DB)
    share = 10 ** (level / 10), 10 ** (mixture / 10)
    wide = max(1, round(BURIED_S * FRAMES_PER_S))
    own, all_ = (uniform_filter1d(power, wide, mode="nearest") for power in share)
    return sounds & (10 * np.log10((own + 1e-12) / (all_ + 1e-12)) > -BURIED_DB)


def _during(scores: NDArray[np.floating], least: float, begun: float, frames: int) -> NDArray[np.bool_]:
    """(frame,) where the ear hears something in a step, scores (step,), or in one beside it.

    begun : see Heard
    """
    there = maximum_filter1d(np.asarray(scores, np.float32), 3) >= least
    steps = (np.arange(frames) / FRAMES_PER_S * STEPS_PER_S + begun).astype(int)
    return there[np.minimum(steps, len(there) - 1)]


def _noted(notes: Sequence[NoteFound], frames: int) -> NDArray[np.bool_]:
    """(frame,) where any of the notes sounds."""
    sounds = np.zeros(frames, bool)
    for note in notes:
        sounds[int(note.start_s * FRAMES_PER_S) : int(np.ceil(note.end_s * FRAMES_PER_S))] = True
    return sounds


def _gains(audible: NDArray[np.bool_], samples: int) -> NDArray[np.float32]:
    """(sample,) 0 to 1, from decisions frame by frame."""
    open_ = audible.astype(np.float32)
    shortest = max(1, round(SHORTEST_S * FRAMES_PER_S))
    open_ = -maximum_filter1d(-open_, shortest)  # shorter ones vanish …
    hold = round(HOLD_S * FRAMES_PER_S) + shortest // 2  # … and what stays is widened again
    open_ = maximum_filter1d(open_, 2 * hold + 1)
    fades = uniform_filter1d(open_, max(1, 2 * round(FADE_S * FRAMES_PER_S / 2) + 1), mode="nearest")
    place = np.arange(samples) / HOP - 0.5
    return np.interp(place, np.arange(len(fades)), fades).astype(np.float32)
