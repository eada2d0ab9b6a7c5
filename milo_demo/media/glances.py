"""A few frames of a clip, here and there: enough to tell what kind of picture it is."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError

PACKETS = 500
"""After so many packets without a frame nothing more is expected there."""


def glances(container: InputContainer, stream: av.VideoStream, times_s: Sequence[float]) -> Iterator[av.VideoFrame]:
    """A frame from near each of some times, seconds from the file's beginning: the key frame before it, which costs one
    frame's decoding and a seek. Where the format cannot seek they follow each other. Fewer come where some cannot be
    decoded."""
    for time_s in times_s:
        with suppress(FFmpegError):
            container.seek((container.start_time or 0) + int(time_s * av.time_base))
        frame = _next(container, stream)
        if frame is not None:
            yield frame


def _next(container: InputContainer, stream: av.VideoStream) -> av.VideoFrame | None:
    with suppress(FFmpegError):  # where the file breaks off
        for packet in islice(container.demux(stream), PACKETS):
            with suppress(InvalidDataError):
                for frame in packet.decode():
                    return frame
    return None
