"""Broadcasts put together from pieces (MPEG-TS, MPEG-PS), whose clock starts anew with each.

What comes after a restart has times that were already, and nobody can say what belongs where: it is left out, which is
said.
"""

from contextlib import suppress

from av.container import InputContainer
from av.error import FFmpegError

FORMATS = {"mpegts", "mpeg"}
"""FFmpeg's names of the containers that are cut and joined as they are."""
BACK_S = 0.5
"""Time stamps of decoding may not go back at all; encoders that are restarted, by less than this."""
PACKETS_READ = 500_000
"""At most so many are read, without decoding: an hour of picture and sound."""


def restarts_at_s(container: InputContainer, used: list[int]) -> float | None:
    """When the clock of the streams `used`, FFmpeg's indices, starts anew, seconds from the file's beginning; None
    where it does not. Reads through a file of FORMATS, a second for a gigabyte; others are not looked at."""
    if container.format.name not in FORMATS:
        return None
    begin_s, latest_s = (container.start_time or 0) / 1e6, dict[int, float]()
    with suppress(FFmpegError):  # where it breaks off
        for count, packet in enumerate(container.demux([container.streams[index] for index in used])):
            if packet.dts is None or packet.time_base is None:
                continue
            time_s, index = float(packet.dts * packet.time_base), packet.stream.index
            before_s = latest_s.get(index, time_s)
            if time_s < before_s - BACK_S:
                return max(0.0, before_s - begin_s)
            latest_s[index] = max(before_s, time_s)
            if count >= PACKETS_READ:
                break
    return None
