"""What a file would cost, asked before work begins: a few bytes can claim a million frames, or pixels without end.

Limits lie above all that cameras, phones and studios make; where a file is merely long, only its beginning is taken
(`normalise.span`).
"""

from collections.abc import Callable
from itertools import islice

import av
from av.container import InputContainer

from milo_demo.errors import MiloError

LEAST_RATE_HZ = 2_000
"""Sound sampled less often than this holds nothing above 1 kHz: it is no music, and its seconds are without end."""
MOST_CHANNELS = 63
"""FFmpeg's filters mix no more."""
MOST_PER_S = 1_000
"""Frames; high-speed cameras' recordings are played slowly."""
MOST_PIXELS_PER_S = 2_000_000_000
"""8K at 60 a second. A core decodes a tenth of that."""
COUNTED = 2_000
"""Packets, where a file claims too many frames: some claim a thousand and have thirty."""


def refuse_sound(name: str, rate_hz: int, channels: int) -> None:
    """Raise MiloError where file `name` has too few sound samples a second, or too many channels."""
    if channels > MOST_CHANNELS:
        raise MiloError(
            f"{name} has {channels} sound channels, more than the {MOST_CHANNELS} that can be mixed: save fewer of "
            "them."
        )
    if rate_hz < LEAST_RATE_HZ:
        raise MiloError(
            f"{name} has {rate_hz} sound samples a second, too few for music: save it with {LEAST_RATE_HZ} or more."
        )


def frames_per_s(name: str, stream: av.VideoStream, reopen: Callable[[], InputContainer]) -> float:
    """Of a picture; counted where the file claims too many. Raises MiloError where they are indeed, or their pixels.

    reopen : opens the file again, to count
    """
    fps = float(stream.average_rate or stream.guessed_rate or 0)
    if fps > MOST_PER_S:
        fps = _counted(reopen, stream.index) or fps
    if fps > MOST_PER_S:
        raise MiloError(
            f"{name} has {fps:.0f} frames a second, more than the {MOST_PER_S} that can be looked at: save it with "
            "fewer."
        )
    pixels = stream.codec_context.width * stream.codec_context.height
    if fps * pixels > MOST_PIXELS_PER_S:
        raise MiloError(
            f"{name} has {fps * pixels / 1e6:.0f} million pixels a second, more than the {MOST_PIXELS_PER_S / 1e6:.0f} "
            "that can be looked at: scale it down, or save it with fewer frames."
        )
    return fps


def _counted(reopen: Callable[[], InputContainer], index: int) -> float:
    """Frames per second among the first COUNTED; 0 where their times do not say."""
    with reopen() as container:
        times_s = [
            float(packet.pts * packet.time_base)
            for packet in islice(container.demux(container.streams[index]), COUNTED)
            if packet.pts is not None and packet.time_base is not None
        ]
    span_s = max(times_s) - min(times_s) if len(times_s) > 1 else 0.0
    return (len(times_s) - 1) / span_s if span_s > 0 else 0.0
