"""Sound of any length in, tracks and notes out, stretch by stretch: 20 minutes need no more memory than one.

Stretches overlap; where they do, one fades into the next, so that no track clicks, and because the tracks of every
stretch sum to its sound, those of the clip do.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.features.stft import TRACK_HZ
from milo_demo.separation.notes.joined import Joined, TimedNote
from milo_demo.separation.stretch import Stretch

Sound = NDArray[np.float32]

CORE_S = 16
"""Length of a stretch without what its neighbours have of it as well."""
OVERLAP_S = 4
"""What two neighbours share; in its middle one fades into the other."""
FADE_S = 1
MORE_S = 4
"""By how much the last stretch may be longer: a tail of moments would cost, and be known, as one by itself."""


class Piece(NamedTuple):
    """The next piece of all tracks.

    tracks   : (track, channel, sample)
    notes    : those that are known whole by now
    expected : SI-SDR that every label's track is expected to have here, dB
    """

    tracks: Sound
    notes: list[TimedNote]
    expected: list[float]


def separated(chunks: Iterable[Sound], take_apart: Callable[[Sound, float], Stretch]) -> Iterator[Piece]:
    """Take a clip apart.

    chunks     : sound (channel, sample) at 44.1 kHz in pieces of any length
    take_apart : what gives the tracks and notes of one stretch (channel, sample), and of the second that it begins in

    Yields pieces that one after another make up the clip.
    """
    tail: Sound | None = None  # of the stretch before, faded out
    joined = Joined()
    for start, sound, last in _stretches(chunks):
        found = take_apart(sound, start / TRACK_HZ)
        tracks = found.tracks
        overlap, fade = OVERLAP_S * TRACK_HZ, FADE_S * TRACK_HZ
        if tail is not None:
            rise = _rise(overlap, fade)
            tracks[..., :overlap] = tracks[..., :overlap] * rise + tail
        until_s = math.inf
        if not last:
            until_s = (start + tracks.shape[-1] - overlap // 2) / TRACK_HZ
            tail = tracks[..., -overlap:] * (1 - _rise(overlap, fade))
            tracks = tracks[..., :-overlap]
        yield Piece(tracks, joined.add(found.notes, start / TRACK_HZ, until_s), found.expected)


def _stretches(chunks: Iterable[Sound]) -> Iterator[tuple[int, Sound, bool]]:
    """First sample, sound, and whether it is the last, of stretches that overlap by OVERLAP_S."""
    whole, step, more = (CORE_S + OVERLAP_S) * TRACK_HZ, CORE_S * TRACK_HZ, MORE_S * TRACK_HZ
    held: list[Sound] = []
    count, start = 0, 0
    for chunk in chunks:
        held.append(np.asarray(chunk, np.float32))
        count += chunk.shape[-1]
        while count > whole + more:  # else it may be the last
            sound = np.concatenate(held, axis=-1)
            yield start, sound[:, :whole], False
            held, count, start = [sound[:, step:]], count - step, start + step
    if count:
        yield start, np.concatenate(held, axis=-1), True


def _rise(overlap: int, fade: int) -> NDArray[np.float32]:
    """(overlap,) from 0 to 1, fading in the middle."""
    return np.clip((np.arange(overlap) - (overlap - fade) / 2) / fade, 0, 1).astype(np.float32)
