"""Our separation, whole and in parts, and what it would reach if it knew the truth."""

from collections.abc import Callable

import librosa
import numpy as np

from milo_demo import weights
from milo_demo.analysis import ClipScore
from milo_demo.evaluation.hearing.baselines import whole
from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates, Note, Sound
from milo_demo.evaluation.separation.published.note_events import published
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.stft import TRACK_HZ
from milo_demo.grid import pool
from milo_demo.hearing import classify
from milo_demo.hearing.classify import Scores
from milo_demo.hearing.judging import judged
from milo_demo.instruments import LABELS
from milo_demo.models.owner import POOLED
from milo_demo.separation import stretch
from milo_demo.separation.gate import by_ear
from milo_demo.separation.names import alone, suspects, there
from milo_demo.separation.networks import Networks, load
from milo_demo.separation.notes.owners import NoteFound, find_notes, owners, pooled
from milo_demo.separation.notes.salience import FRAMES_PER_S, LOWEST_PITCH
from milo_demo.separation.separate import name_players, parts
from milo_demo.separation.stream import separated
from milo_demo.separation.stretch import Stretch

SOFT = 0.12
"""Salience of a note that may as well be none."""


def given_names(case: Case) -> Estimates:
    """Asked for who plays. Whom it does not find there gets a silent track, as of all who are told: without one its
    means would be over fewer mixtures, and easier ones, than theirs."""
    heard = _heard(case)
    scores = dict(zip(LABELS, pool(judged(heard)).tolist(), strict=True))
    labels = there(case.asked, scores, [_at_track_rate(case)], load(), weights.load("spectrogram").module)
    found = _taken_apart(case, heard, labels, "best")
    silent = dict.fromkeys(case.asked, np.zeros_like(case.mixture))
    return Estimates(silent | found.tracks, found.notes)


def own_names(case: Case) -> Estimates:
    """Asked for whom it hears."""
    networks, heard = load(), _heard(case)
    scores = pool(judged(heard))
    clip = [ClipScore(label, score, score, None, None) for label, score in zip(LABELS, scores.tolist(), strict=True)]
    classifier = weights.load("spectrogram").module
    sound = _at_track_rate(case)
    edges = [(round(at_s * TRACK_HZ), round((at_s + length_s) * TRACK_HZ)) for at_s, length_s in parts(case.duration_s)]
    samples = [sound[first:end] for first, end in edges]
    labels = name_players(suspects(clip), samples, networks, classifier, ["voice"], alone(judged(heard)))
    return _taken_apart(case, heard, labels, "best")


def masks_alone(case: Case) -> Estimates:
    """The mask network's shares, of all labels."""
    return _taken_apart(case, _heard(case), list(case.asked), "masks")


def notes_alone(case: Case) -> Estimates:
    """Everybody who plays notes by harmonics."""
    return _taken_apart(case, _heard(case), list(case.asked), "notes")


def networks_owners(case: Case) -> Estimates:
    """The notes that are heard, given to those whom the owner network says, without asking what the clip's players
    sound like."""
    networks = load()
    heard = stretch.heard_notes(_at_track_rate(case), networks)
    notes = find_notes(heard, owners(heard, networks.owner, case.asked), case.asked)
    return _taken_apart(case, _heard(case), list(case.asked), "best", notes)


def published_notes(case: Case) -> Estimates | None:
    """The notes of one who plays alone, as the note network's authors read them from its answers."""
    if case.notes is None or len(case.asked) != 1:
        return None
    label = case.asked[0]
    found = published(stretch.heard_notes(_at_track_rate(case), load()))
    return Estimates(case.stems, [Note(label, start_s, end_s, midi) for start_s, end_s, midi in found])


def true_owners(case: Case) -> Estimates | None:
    """The notes that are heard, given to those who truly play them."""
    return _with_truth(case, _owned)


def true_notes(case: Case) -> Estimates | None:
    """The notes that are truly played."""
    return _with_truth(case, _written)


def _with_truth(case: Case, notes_of: Callable[[Case, Sound, Networks], list[NoteFound]]) -> Estimates | None:
    if case.notes is None:
        return None
    notes = notes_of(case, _at_track_rate(case), load())
    return _taken_apart(case, _heard(case), list(case.asked), "notes", notes)


def _written(case: Case, sound: Sound, networks: Networks) -> list[NoteFound]:
    return [
        NoteFound(
            case.asked.index(note.label),
            round(note.midi),
            round(note.start_s * FRAMES_PER_S),
            round(note.end_s * FRAMES_PER_S),
            0.0,
            1.0,
        )
        for note in case.notes or ()
    ]


def _owned(case: Case, sound: Sound, networks: Networks) -> list[NoteFound]:
    heard = stretch.heard_notes(sound, networks)
    salience = pooled(heard.note).max(axis=-1)
    salience = salience / (salience + SOFT)  # phrases are soft, and so is their salience
    chances = np.zeros((len(case.asked) + 2, *salience.shape), np.float32)
    per_frame = FRAMES_PER_S / POOLED
    for note in case.notes or ():
        frames = slice(round(note.start_s * per_frame), round(note.end_s * per_frame) + 1)
        chances[case.asked.index(note.label), round(note.midi) - LOWEST_PITCH, frames] = 1
    chances[:-1] *= salience / np.maximum(chances[:-1].sum(axis=0), 1)
    chances[-1] = 1 - chances[:-1].sum(axis=0)
    return find_notes(heard, chances, case.asked)


def _heard(case: Case) -> Scores:
    """By the ear, step by step."""
    sound = librosa.resample(case.mixture, orig_sr=case.rate_hz, target_sr=RATE_HZ)
    return whole(sound, classify.load(tags=False))


def _at_track_rate(case: Case) -> Sound:
    return librosa.resample(case.mixture, orig_sr=case.rate_hz, target_sr=TRACK_HZ)


def _taken_apart(
    case: Case, scores: Scores, labels: list[str], way: stretch.Way, notes: list[NoteFound] | None = None
) -> Estimates:
    sound, networks = _at_track_rate(case), load()
    heard = by_ear(judged(scores), scores.others, labels)

    def apart(sound: Sound, at_s: float) -> Stretch:
        return stretch.take_apart(sound, sound[0], labels, networks, way, notes, heard.since(at_s))

    pieces = list(separated([sound[None]], apart))
    tracks = np.concatenate([piece.tracks for piece in pieces], axis=-1)[:, 0]
    back = [librosa.resample(track, orig_sr=TRACK_HZ, target_sr=case.rate_hz) for track in tracks]
    fitted = [librosa.util.fix_length(track, size=len(case.mixture)) for track in back]
    found = [
        Note(labels[note.player], note.start_s, note.end_s, float(note.pitch))
        for piece in pieces
        for note in piece.notes
    ]
    return Estimates(dict(zip([*labels, RESIDUAL], fitted, strict=True)), found)
