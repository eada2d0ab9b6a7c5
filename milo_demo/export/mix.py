"""Tracks put together again as somebody wants to hear them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from soundfile import LibsndfileError, SoundFile

from milo_demo.analysis import Track
from milo_demo.errors import MiloError

BLOCK_S = 4
"""Mixed at a time, however long the tracks are."""
RAMP_S = 0.015
"""On both sides of a part in which a track is silent: a jump would click."""

Parts = Sequence[tuple[float, float]]


def write_mix(
    tracks: Sequence[Track], folder: Path, levels: Mapping[str, float], cuts: Mapping[str, Parts], out: Path
) -> Iterator[None]:
    """Write a mix of a result's tracks, whose files lie in `folder`, to `out`: FLAC of 24 bits. Yields after every
    BLOCK_S, so that it can be stopped.

    levels : by label, 1 as in the clip; a track that is not named is left out
    cuts   : parts in seconds in which a track is silent, by label

    What passes full scale is cut off there. Raises MiloError where a track cannot be read, or the disk has no room.
    """
    try:
        with ExitStack() as opened:
            files = {track.label: opened.enter_context(SoundFile(folder / track.path)) for track in tracks}
            first = next(iter(files.values()))
            rate_hz = first.samplerate
            mix = SoundFile(out, "w", rate_hz, first.channels, format="FLAC", subtype="PCM_24")
            opened.enter_context(mix)
            for start in range(0, first.frames, BLOCK_S * rate_hz):
                count = min(BLOCK_S * rate_hz, first.frames - start)
                time_s = (start + np.arange(count)) / rate_hz
                whole = np.zeros((count, first.channels))
                for label, file in files.items():
                    sound = file.read(count, always_2d=True)
                    if levels.get(label, 0.0):
                        whole += sound * (levels[label] * openness(time_s, cuts.get(label, ())))[:, None]
                mix.write(whole.clip(-1, 1))
                yield
    except LibsndfileError as error:
        raise MiloError("The mix cannot be written: is there room on the disk?") from error


def openness(time_s: NDArray[np.float64], parts: Parts) -> NDArray[np.float64]:
    """How far a track is open at each of the times: 0 in the parts in which it is silent, 1 elsewhere.

    >>> openness(np.array([0.9, 0.9925, 1.5, 2.5]), [(1, 2)])
    array([1. , 0.5, 0. , 1. ])
    """
    level = np.ones(len(time_s))
    for start_s, end_s in parts:
        level = np.minimum(level, np.interp(time_s, [start_s - RAMP_S, start_s, end_s, end_s + RAMP_S], [1, 0, 0, 1]))
    return level
