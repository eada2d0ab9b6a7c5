"""What a file is, before it is analysed: asked for the page, which refuses what is neither video nor sound at once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.media import decode
from milo_demo.media.probe import probe

OUTLINE_HZ = 8_000
"""Sound is read at for an outline: more would show nothing new."""


@dataclass(frozen=True)
class Survey:
    """width, height : pixels of the upright picture; 0 without one
    tracks        : the sound tracks that can be listened to, as people know them, and their numbers
    """

    name: str
    duration_s: float
    width: int
    height: int
    has_video: bool
    has_audio: bool
    tracks: list[tuple[str, int]]


def survey(source: str | Path) -> Survey:
    """Look into a file without decoding all of it. Raises MiloError if it is no video or sound.

    >>> survey("assets/examples/drawn_duet.mp4").duration_s
    16.0
    """
    found = probe(source)
    tracks = [(track.name, track.number) for track in found.sound_tracks if track.decodes]
    size = (found.width, found.height) if found.has_video else (0, 0)
    return Survey(found.name, found.duration_s, *size, found.has_video, found.has_audio, tracks)


def waveform(source: str | Path, count: int) -> NDArray[np.float32]:
    """How loud a file's sound is from beginning to end: the highest sample in each of so many equal parts, 0-1 of the
    loudest. All of the sound is decoded for it, in pieces: a quarter of a second for a minute.

    Returns (count,); all 0 where nothing can be heard or read.
    """
    peaks = np.zeros(count, np.float32)
    try:
        found = probe(source)
        if not found.has_audio:
            return peaks
        total, done = max(1, round(found.duration_s * OUTLINE_HZ)), 0
        for samples in decode.audio(found, OUTLINE_HZ):
            level = np.abs(samples).ravel()
            part = np.minimum((done + np.arange(len(level))) * count // total, count - 1)
            np.maximum.at(peaks, part, level)
            done += len(level)
    except MiloError:  # of a damaged file, what came before
        pass
    return peaks / max(peaks.max(), 1e-6)
