"""Sound of many channels in one file that browsers play, no channel touched by another."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from milo_demo.errors import MiloError

RATE_HZ = 48_000
"""What Opus works at."""
CHANNEL_BPS = 80_000
EFFORT = "5"
"""Of 10, with which a file takes half as long again to write."""
APART = "255"
"""Opus's mapping family of channels without places: with any other, pairs are coded together and the one for low
frequencies loses all others."""
NAMED, NAMELESS = (6, 8), 10
"""So many channels Chromium (seen in version 150) takes for the loudspeakers of a cinema, whatever the file says, and
brings them into another order; with this many it does not. What is added is silent, and takes hardly any room."""


class OpusWriter:
    """An MP4 file of Opus sound, written as it comes: as a context, which gives the file its name when it ends well and
    removes it when it does not.

    rate_hz  : of what is written; the file has RATE_HZ
    channels : at most 32, if browsers are to play it; the file may have silent ones behind them, see NAMED

    Raises MiloError where the disk has no room.
    """

    def __init__(self, path: Path, rate_hz: int, channels: int) -> None:
        self.path, self.part = path, path.with_name(f".{path.name}.part")
        self.rate_hz, self.silent = rate_hz, NAMELESS - channels if channels in NAMED else 0
        self.layout, self.bps = f"{channels + self.silent} channels", (channels + self.silent) * CHANNEL_BPS
        self.written = 0

    def __enter__(self) -> "OpusWriter":
        # Its index goes to the front: a browser begins to play, and to seek, before it has all of the file.
        self.file = av.open(f"file:{self.part}", "w", format="mp4", options={"movflags": "+faststart"})
        options = {"mapping_family": APART, "b": str(self.bps), "compression_level": EFFORT}
        self.stream = self.file.add_stream("libopus", rate=RATE_HZ, layout=self.layout, format="flt", options=options)
        try:
            self.file.start_encoding()
        except FFmpegError as error:
            self.part.unlink(missing_ok=True)
            raise self._no_room() from error
        return self

    def write(self, sound: NDArray[np.float32]) -> None:
        """Append (channel, sample); full scale is -1 to 1."""
        for start in range(0, sound.shape[1], self.rate_hz):  # a second at a time, of which FFmpeg makes several copies
            part = np.pad(sound[:, start : start + self.rate_hz].T, [(0, 0), (0, self.silent)])
            frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), "flt", self.layout)
            frame.sample_rate, frame.pts = self.rate_hz, self.written
            self.written += len(part)
            try:
                self.file.mux(self.stream.encode(frame))
            except FFmpegError as error:
                raise self._no_room() from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.file.mux(self.stream.encode(None))  # what is still held back
            self.file.close()
            if kind is None:
                self.part.replace(self.path)
        except FFmpegError as full:
            raise self._no_room() from full
        finally:
            self.part.unlink(missing_ok=True)

    def _no_room(self) -> MiloError:
        return MiloError(f"{self.path.name} cannot be written: make room on the disk.")


def add_up(source: Path, out: Path, groups: Sequence[Sequence[int]]) -> None:
    """Write a file of which each channel is the sum of some channels of another one that `OpusWriter` wrote.

    groups : for each channel, the numbers of those that are added up

    Raises MiloError where the source cannot be read, or the disk has no room.
    """
    try:
        with av.open(f"file:{source}") as container, OpusWriter(out, RATE_HZ, len(groups)) as writer:
            packed = av.AudioResampler("flt")  # of planes PyAV reads eight, and beyond them what is not there
            for frame in (ready for read in container.decode(audio=0) for ready in packed.resample(read)):
                sound = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
                writer.write(np.stack([sound[list(group)].sum(axis=0) for group in groups]).astype(np.float32))
    except FFmpegError as error:
        raise MiloError(f"{source.name} cannot be read: analyse the clip again.") from error
