"""How long a file is: of the picture and sound that are used, by what the container knows, or read where it guesses.

Raw streams (ADTS, MP3, AC-3, AMR) have no index: FFmpeg takes their length from the bit rate of their beginning, which
is wrong wherever the rate varies. A container's own length is that of its longest part, which may be a subtitle, a data
stream or a track that nobody listens to.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

GUESSING = {"aac", "ac3", "amr", "eac3", "mp3"}
"""FFmpeg's names of the formats without an index."""
AGREES_S = 0.25
"""A header that says about what was read is more exact: it knows what encoders put before and behind."""
PACKETS_READ = 500_000
"""At most so many are read, three hours of AAC; the rest is taken to be like it."""


def length_s(container: InputContainer, used: Sequence[int], reopen: Callable[[], InputContainer]) -> float:
    """Seconds from the source's beginning to where the last of the streams `used`, FFmpeg's indices, ends.

    reopen : opens the file again, to read its packets (without decoding) where the container does not know
    """
    claimed_s = (container.duration or 0) / av.time_base
    if container.format.name in GUESSING or claimed_s <= 0:
        read_s = _read(reopen, used)
        return claimed_s if abs(read_s - claimed_s) < AGREES_S or read_s <= 0 else read_s
    streams = container.streams
    if all(s.index in used or s.disposition & Disposition.attached_pic for s in streams):
        return claimed_s
    ends = [_end_s(streams[index]) for index in used]
    known = [end_s for end_s in ends if end_s is not None]
    if len(known) == len(ends):
        length = max(known) - _begin_s(container)
    else:
        length = _read(reopen, used, from_s=claimed_s) or _read(reopen, used)
    return min(length, claimed_s) if length > 0 else claimed_s


def _begin_s(container: InputContainer) -> float:
    return (container.start_time or 0) / av.time_base


def _end_s(stream: Any) -> float | None:
    """Where the container says that a stream ends, in its own time stamps; None where it does not."""
    if stream.duration:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    written = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))  # Matroska's tag
    if written is None:
        return None
    hours, minutes, seconds = map(float, written.groups())
    return 3600 * hours + 60 * minutes + seconds or None


def _read(reopen: Callable[[], InputContainer], used: Sequence[int], from_s: float = 0.0) -> float:
    """Seconds to the end of the last packet of the streams, read from the last key frame before `from_s` on."""
    begin_s = end_s = 0.0
    with reopen() as container, suppress(FFmpegError):  # where it breaks off, it ends
        begin_s = end_s = _begin_s(container)
        first = container.streams[used[0]]
        if from_s > 0:
            with suppress(FFmpegError):  # else it is read from its beginning
                container.seek(int((begin_s + from_s) / first.time_base), stream=first)
        for count, packet in enumerate(container.demux([container.streams[index] for index in used])):
            if packet.pts is not None and packet.time_base is not None:
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if count >= PACKETS_READ:
                if packet.pos and container.size:
                    end_s = begin_s + (end_s - begin_s) * container.size / packet.pos
                break
    return end_s - begin_s
