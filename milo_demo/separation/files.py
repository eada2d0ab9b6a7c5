"""The tracks' files: FLAC with 24 bits, written block by block as the tracks come, so that length costs no memory."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from soundfile import LibsndfileError, SoundFile

from milo_demo.errors import MiloError
from milo_demo.folder import TRACKS

BLOCK = 1 << 18
"""Samples of a track in memory at a time."""


class TrackWriters:
    """Files for the tracks of one clip, under their names in an existing folder, all or none: as a context, which gives
    them their names when it ends well and removes them when it does not.

    labels   : of the tracks in the order of their samples, the last taking up what does not fit into the others: FLAC
               ends at full scale, which a track of a loud clip may pass by itself. Their sum stays what it is, as long
               as the clip itself does not pass full scale
    rate_hz  : samples per second
    channels : 1-8

    Raises MiloError where the disk has no room.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     with TrackWriters(Path(name), ["violin", "residual"], 48_000, channels=2) as writers:
    ...         writers.write(np.zeros((2, 2, 4096), np.float32))
    ...     sorted(path.name for path in Path(name).iterdir())
    ['track-residual.flac', 'track-violin.flac']
    """

    def __init__(self, folder: Path, labels: Sequence[str], rate_hz: int, channels: int) -> None:
        self.paths = [Path(folder) / TRACKS[label] for label in labels]
        self.kind = {"samplerate": rate_hz, "channels": channels, "format": "FLAC", "subtype": "PCM_24"}
        self.files: list[SoundFile] = []
        self.opened = ExitStack()

    def __enter__(self) -> "TrackWriters":
        try:
            for path in self.paths:
                self.files.append(self.opened.enter_context(SoundFile(_part(path), "w", **self.kind)))
        except LibsndfileError as error:
            self.__exit__(LibsndfileError, error, None)
            raise _no_room() from error
        return self

    def write(self, blocks: NDArray[np.float32]) -> None:
        """Append (track, channel, sample) to the files; full scale is -1 to 1."""
        fitting = np.clip(blocks, -1, 1)
        fitting[-1] = np.clip(blocks[-1] + (blocks[:-1] - fitting[:-1]).sum(axis=0), -1, 1)
        try:
            for file, samples in zip(self.files, fitting, strict=True):
                file.write(samples.T)
        except LibsndfileError as error:
            raise _no_room() from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.opened.close()  # writes what is still held back
        except LibsndfileError as full:
            self._remove()
            raise _no_room() from full
        if kind is not None:
            self._remove()
            return
        for path in self.paths:
            _part(path).replace(path)

    def _remove(self) -> None:
        for path in self.paths:
            _part(path).unlink(missing_ok=True)


def add_up(paths: Sequence[Path], out: Path) -> None:
    """Write the sum of some tracks as one, block by block; what passes full scale ends there.

    out : may be one of `paths`

    Raises MiloError where one of them cannot be read, or the disk has no room.
    """
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(SoundFile(path)) for path in paths]
            kind = {"samplerate": files[0].samplerate, "channels": files[0].channels, "subtype": "PCM_24"}
            added = opened.enter_context(SoundFile(_part(out), "w", format="FLAC", **kind))
            for _ in range(0, files[0].frames, BLOCK):
                sounds = [file.read(BLOCK, dtype="float32", always_2d=True) for file in files]
                added.write(np.sum(sounds, axis=0).clip(-1, 1))
        _part(out).replace(out)
    except LibsndfileError as error:
        raise _no_room() from error
    finally:
        _part(out).unlink(missing_ok=True)


def outline(path: Path, count: int) -> NDArray[np.float32]:
    """How loud a track is from its beginning to its end: its highest sample, 0-1, in each of `count` equal parts. Reads
    the file block by block; 20 minutes of stereo take some seconds.

    Returns (count,).
    """
    peaks = np.zeros(count, np.float32)
    with SoundFile(path) as file:
        edges = np.linspace(0, file.frames, count + 1).round().astype(int)
        for part, length in enumerate(np.diff(edges).tolist()):
            peaks[part] = np.abs(file.read(length, dtype="float32")).max(initial=0)
    return peaks


def _part(path: Path) -> Path:
    """Where a file lies until it is complete."""
    return path.with_name(f".{path.name}.part")


def _no_room() -> MiloError:
    return MiloError("The tracks cannot be written: make room on the disk.")
