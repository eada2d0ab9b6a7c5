"""Our separation, whole and in parts, and what it would reach if it knew the truth."""

from collections.abc import Callable
from functools import partial

import librosa
import numpy as np

from milo_demo.evaluation.separation.case import RESIDUAL, Case, Estimates, Note, Sound
from milo_demo.features.stft import TRACK_HZ
from milo_demo.separation import stretch
from milo_demo.separation.stream import separated
from milo_demo.separation.stretch import Stretch

Separate = Callable[[Sound, list[str]], Stretch]


def given_names(case: Case) -> Estimates:
    """Asked for who plays."""
    return _taken_apart(case, list(case.asked), stretch.BY_MASK)


def masks_alone(case: Case) -> Estimates:
    """The mask network's shares, of all labels."""
    return _taken_apart(case, list(case.asked), frozenset(case.asked))


def notes_alone(case: Case) -> Estimates:
    """Everybody who plays notes by harmonics."""
    return _taken_apart(case, list(case.asked), frozenset())


def _taken_apart(case: Case, labels: list[str], by_mask: frozenset[str]) -> Estimates:
    sound = librosa.resample(case.mixture, orig_sr=case.rate_hz, target_sr=TRACK_HZ)
    networks = stretch.load()
    apart = partial(_stretch, labels=labels, networks=networks, by_mask=by_mask)
    pieces = list(separated([sound[None]], apart))
    tracks = np.concatenate([piece.tracks for piece in pieces], axis=-1)[:, 0]
    back = [librosa.resample(track, orig_sr=TRACK_HZ, target_sr=case.rate_hz) for track in tracks]
    fitted = [librosa.util.fix_length(track, size=len(case.mixture)) for track in back]
    notes = [
        Note(labels[note.player], note.start_s, note.end_s, float(note.pitch))
        for piece in pieces
        for note in piece.notes
    ]
    return Estimates(dict(zip([*labels, RESIDUAL], fitted, strict=True)), notes)


def _stretch(sound: Sound, labels: list[str], networks: stretch.Networks, by_mask: frozenset[str]) -> Stretch:
    return stretch.take_apart(sound, sound[0], labels, networks, by_mask)
