"""How high each note is played, frame by frame: intonation, vibrato, slides.

A note is given as a semitone; its harmonics stand in the spectrum of the whole mixture, where they are followed by
dynamic programming: the path through the note's frames along which most of its harmonics have energy, and which does
not jump. What is found is what `separation.harmonic` needs: its partials must lie on the true ones within a bin.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.features.constant_q import RATE_HZ

WINDOW, HOP = 4096, 512
"""Of the spectra that separation works on, samples at 22,050 Hz. Twice the window costs 4 dB on duets."""
BIN_HZ = RATE_HZ / WINDOW

CENTS = np.arange(-80, 81, 5)
"""Where a note may lie around its semitone: past a quarter tone on either side, for vibrato."""
HARMONICS = 10
JUMP = 0.08
"""What a step of 5 cents from frame to frame costs, in standard deviations of a note's scores; six times as much would
flatten vibrato, and cost 1.5 dB."""

A4_HZ, A4_PITCH = 440.0, 69


class Note(NamedTuple):
    """A note, and who plays it.

    start, end : spectral frames, end not included
    pitch      : MIDI, 69 is 440 Hz
    owner      : index of its instrument
    """

    start: int
    end: int
    pitch: int
    owner: int


class Voice(NamedTuple):
    """What an instrument plays one note at a time; for chords it has several.

    f0_hz : (frame,), 0 where it is silent
    """

    owner: int
    f0_hz: NDArray[np.float32]


def follow(notes: Sequence[Note], magnitudes: NDArray[np.float32]) -> tuple[list[NDArray[np.float32]], NDArray]:
    """The fundamental frequency of each note.

    magnitudes : (frame, bin) of the mixture, spectra of `WINDOW` samples every `HOP`; or (owner, frame, bin), where the
                 owners' shares of it are known already, which makes a second pass more certain

    Returns Hz in each of a note's frames, and the notes' mean deviations from their semitones in cents, (note,).
    Raises ValueError where a note is empty, or does not lie in the spectra.

    Takes 0.0005 × the duration of the notes on one core.
    """
    _check(notes, frames=magnitudes.shape[-2])
    if not notes:
        return [], np.zeros(0)
    # From the longest to the shortest: at any time those that still sound come first.
    order = sorted(range(len(notes)), key=lambda note: notes[note].start - notes[note].end)
    ordered = [notes[note] for note in order]
    paths = _smoothest(_scores(ordered, magnitudes), np.array([note.end - note.start for note in ordered]))
    found = dict(zip(order, paths, strict=True))
    cents = [CENTS[found[note]] for note in range(len(notes))]
    f0_hz = [
        (pitch_hz(note.pitch) * 2 ** (curve / 1200)).astype(np.float32)
        for note, curve in zip(notes, cents, strict=True)
    ]
    return f0_hz, np.array([curve.mean() for curve in cents])


def voices(notes: Sequence[Note], f0_hz: Sequence[NDArray[np.float32]], frames: int) -> list[Voice]:
    """The notes laid one after another, in as few voices per owner as they need.

    f0_hz  : of each note, from `follow`
    frames : of the clip
    """
    found: list[Voice] = []
    busy_until: list[int] = []
    for index in sorted(range(len(notes)), key=lambda index: notes[index].start):
        note = notes[index]
        free = (n for n, voice in enumerate(found) if voice.owner == note.owner and busy_until[n] <= note.start)
        place = next(free, len(found))
        if place == len(found):
            found.append(Voice(note.owner, np.zeros(frames, np.float32)))
            busy_until.append(0)
        found[place].f0_hz[note.start : note.end] = f0_hz[index]
        busy_until[place] = note.end
    return found


def pitch_hz(pitch: float) -> float:
    """MIDI pitch -> Hz."""
    return A4_HZ * 2 ** ((pitch - A4_PITCH) / 12)


def _check(notes: Iterable[Note], frames: int) -> None:
    for note in notes:
        if not 0 <= note.start < note.end <= frames:
            raise ValueError(f"{note} is empty, or not within {frames} frames")


def _scores(notes: Sequence[Note], magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of a note's harmonics there is at each deviation.

    Returns (frames of all notes, one after another; deviation), in standard deviations within each note.
    """
    # Roots, so that one strong harmonic, which may be another's, does not outweigh the others.
    root = np.sqrt(magnitudes if magnitudes.ndim == 3 else magnitudes[None])
    lengths = np.array([note.end - note.start for note in notes])
    which = np.repeat(np.arange(len(notes)), lengths)
    frame = np.concatenate([np.arange(note.start, note.end) for note in notes])
    owner = np.array([note.owner if magnitudes.ndim == 3 else 0 for note in notes])[which]
    rows = root.reshape(-1)
    row_start = ((owner * root.shape[1] + frame) * root.shape[2])[:, None]
    grid_hz = np.array([pitch_hz(note.pitch) for note in notes])[:, None] * 2 ** (CENTS / 1200)
    scores = np.zeros((len(which), len(CENTS)), np.float32)
    for harmonic in range(1, HARMONICS + 1):
        place = grid_hz * harmonic / BIN_HZ
        inside = place < 0.95 * (root.shape[2] - 1)
        place = np.where(inside, place, 0)
        low = place.astype(np.int64)
        rest = (place - low).astype(np.float32)
        weight = (inside / np.sqrt(harmonic)).astype(np.float32)
        at = row_start + low[which]
        scores += (weight * (1 - rest))[which] * rows[at] + (weight * rest)[which] * rows[at + 1]
    scores /= _deviation(scores, lengths)[which, None] + 1e-9
    return scores


def _deviation(scores: NDArray[np.float32], lengths: NDArray) -> NDArray[np.float32]:
    """Standard deviation within each note: (note,)."""
    starts = np.cumsum(lengths) - lengths
    counts = lengths * scores.shape[1]
    mean = np.add.reduceat(scores.sum(1), starts) / counts
    centred = scores - np.repeat(mean, lengths)[:, None]
    variance = np.add.reduceat((centred**2).sum(1), starts) / counts
    return np.sqrt(variance).astype(np.float32)


def _smoothest(scores: NDArray[np.float32], lengths: NDArray) -> list[NDArray]:
    """The best path through each note, all notes at once (Viterbi).

    scores  : (frames of all notes, one after another; deviation)
    lengths : (note,), frames, none longer than the one before

    Returns deviations, as indices: one array for each note.
    """
    starts = np.cumsum(lengths) - lengths
    sounding = (lengths[None] > np.arange(lengths[0])[:, None]).sum(1)
    index = np.arange(scores.shape[1])
    cost = (JUMP * np.abs(index[:, None] - index)).astype(np.float32)
    best = scores[starts]
    came_from = np.zeros(scores.shape, np.int8)
    for step in range(1, lengths[0]):
        rows = starts[: sounding[step]] + step
        reached = best[: len(rows), None, :] - cost
        origin = reached.argmax(axis=2)
        came_from[rows] = origin
        best[: len(rows)] = np.take_along_axis(reached, origin[:, :, None], axis=2)[:, :, 0] + scores[rows]
    path = np.zeros(len(scores), np.int64)
    path[starts + lengths - 1] = best.argmax(axis=1)
    for step in range(lengths[0] - 1, 0, -1):
        rows = starts[: sounding[step]] + step
        path[rows - 1] = came_from[rows, path[rows]]
    return np.split(path, starts[1:])
