"""Which of a file's streams is looked at and which is listened to: chosen once, and used by copy, ear and eye alike.

Of several sound tracks (an empty microphone beside the music, a commentary, another language, an ambisonic one), and of
several pictures, the one is taken that can be decoded, is no commentary or help for the deaf or blind, is flagged as
the default, and is clearly the largest; the first of equals. Whoever wants another one names it by its number.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from milo_demo.errors import MiloError

MAX_PIXELS = 8192 * 8192
"""A frame of the largest 8K formats fits; a header that claims more would take gigabytes before the first frame."""
MAX_FRAME_BYTES = 140_000_000
"""8K with four bytes for a pixel fits; FFmpeg holds several frames, and a GIF of a few kilobytes may claim any size."""
PACKETS_TO_FIRST_FRAME = 500
"""A stream that has shown nothing after so many packets (8 s at 60 fps) is taken as unreadable."""
PACKETS_OF_ALL = 20_000
"""A stream without a packet among so many of all streams (minutes) is taken as empty, if there is another."""
PACKETS_AT_MOST = 500_000
"""The only one of its kind is waited for so long: more than an hour."""
BYTES_COMPARED = 1 << 30
"""Tracks that nothing else tells apart are compared by their size in so much of the file, read without decoding."""
CLEARLY_LARGER = 1.25
NAMED = 4
"""A warning names so many tracks, and counts the others."""

STILL = Disposition.attached_pic | Disposition.timed_thumbnails
BESIDE = (
    Disposition.comment
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.clean_effects
    | Disposition.descriptions
    | Disposition.karaoke
    | Disposition.dependent
)
"""What a file flags as something else than the performance itself."""
BESIDE_BY_TITLE = re.compile(r"\b(commentary|audio description)\b", re.IGNORECASE)
NO_TITLES = re.compile(r"handle?r|core media|mainconcept|^(mono|stereo|audio|video|und)$", re.IGNORECASE)
"""What programs write where a title could stand."""


@dataclass(frozen=True)
class Track:
    """One stream of sound or moving picture.

    number  : from 1, among the file's streams of its kind
    index   : FFmpeg's number, among all streams
    name    : what people can tell it by, such as ``track 2 (Music, stereo)``
    decodes : whether anything of it can be decoded
    beside  : whether it is flagged as commentary, description or the like
    default : whether it is flagged as the one to play
    """

    number: int
    index: int
    name: str
    decodes: bool
    beside: bool
    default: bool


def video_streams(container: InputContainer) -> list[av.VideoStream]:
    """The moving pictures that FFmpeg can decode; cover art and thumbnails are left out."""
    return [s for s in container.streams.video if s.codec_context is not None and not s.disposition & STILL]


def audio_streams(container: InputContainer) -> list[av.AudioStream]:
    """The sound tracks that FFmpeg can decode."""
    return [s for s in container.streams.audio if s.codec_context is not None]


def is_too_large(stream: av.VideoStream) -> bool:
    """Whether a frame would have more than MAX_PIXELS or MAX_FRAME_BYTES."""
    context = stream.codec_context
    pixels = context.width * context.height
    bits = context.format.bits_per_pixel if context.format is not None else 12
    return pixels > MAX_PIXELS or pixels * bits > 8 * MAX_FRAME_BYTES


def first_frames(container: InputContainer) -> dict[int, Any]:
    """The first frame of every stream of picture and sound that decodes, by the stream's index.

    Reads as little as it can; a stream that never begins does not make it read on once one of its kind has been found.
    """
    pictures = [s for s in video_streams(container) if not is_too_large(s)]
    waiting = {s.index: PACKETS_TO_FIRST_FRAME for s in (*pictures, *audio_streams(container))}
    kinds = {s.index: s.type for s in container.streams}
    found: dict[int, Any] = {}
    if not waiting:
        return found
    with suppress(FFmpegError):  # where the file breaks off
        for count, packet in enumerate(container.demux([container.streams[index] for index in waiting])):
            index = packet.stream.index
            if index in waiting:
                waiting[index] -= 1
                with suppress(FFmpegError):  # a damaged start: the next packets may be whole
                    if decoded := packet.decode():
                        found[index] = decoded[0]
                if index in found or not waiting[index]:
                    del waiting[index]
            missing = {kinds[index] for index in waiting} - {kinds[index] for index in found}
            if not waiting or count >= (PACKETS_AT_MOST if missing else PACKETS_OF_ALL):
                break
    return found


def listed(streams: Sequence[Any], frames: dict[int, Any]) -> list[Track]:
    """All streams of one kind as tracks; `frames` as `first_frames` gives them."""
    return [
        Track(
            number=number,
            index=stream.index,
            name=_name(number, stream, frames.get(stream.index)),
            decodes=stream.index in frames,
            beside=_is_beside(stream),
            default=bool(stream.disposition & Disposition.default),
        )
        for number, stream in enumerate(streams, start=1)
    ]


def choose(found: Sequence[Track], reopen: Callable[[], InputContainer]) -> Track | None:
    """The track to use; None where none decodes.

    reopen : opens the file again, to compare sizes where nothing else tells tracks apart

    Examples
    --------
    >>> music = Track(2, 1, "track 2", decodes=True, beside=False, default=True)
    >>> mic = Track(1, 0, "track 1", decodes=True, beside=False, default=False)
    >>> choose([mic, music], reopen=lambda: av.open("not needed")) is music
    True
    """
    best = [track for track in found if track.decodes]
    for worse in (lambda track: track.beside, lambda track: not track.default):
        best = [track for track in best if not worse(track)] or best
    if len(best) < 2:
        return best[0] if best else None
    with reopen() as container:
        sizes = _sizes(container, [track.index for track in best])
    chosen = best[0]
    for track in best[1:]:
        if sizes[track.index] > CLEARLY_LARGER * sizes[chosen.index]:
            chosen = track
    return chosen


def wished(number: int, found: Sequence[Track], name: str) -> Track:
    """The sound track that a user asked for. Raises MiloError where file `name` has none of that number."""
    if not found:
        raise MiloError(f"{name} has no sound track: leave the choice of one out.")
    if number > len(found):
        have = "only one sound track: choose 1" if len(found) == 1 else f"{len(found)} sound tracks: choose 1"
        raise MiloError(f"{name} has {have}{f' to {len(found)}' if len(found) > 1 else ''}, not {number}.")
    if not found[number - 1].decodes:
        raise MiloError(f"Sound track {number} of {name} cannot be read: choose another one.")
    return found[number - 1]


def said(name: str, kind: str, chosen: Track | None, found: Sequence[Track]) -> list[str]:
    """A sentence on which track of file `name` was chosen and which were not; none where there was no choice.

    kind : ``sound`` or ``picture``
    """
    others = [track for track in found if track is not chosen]
    if chosen is None or not others:
        return []
    listens = "listens to" if kind == "sound" else "looks at"
    names = [track.name for track in others[:NAMED]]
    if len(others) > NAMED:
        names.append(f"{len(others) - NAMED} more")
    rest = " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
    choice = ": choose another track if that is not the music" if kind == "sound" else ""
    return [f"{name} has {len(found)} {kind} tracks; MILO {listens} {chosen.name}, not {rest}{choice}."]


def _name(number: int, stream: Any, frame: Any) -> str:
    """What people can tell a stream by: its title or language, and its channels or size."""
    told = [_title(stream), "commentary or the like" if stream.disposition & BESIDE else ""]
    if frame is None:
        told.append("empty or unreadable")
    elif stream.type == "video":
        told.append(f"{frame.width} × {frame.height}")
    else:
        count, layout = frame.layout.nb_channels, frame.layout.name
        surround = re.fullmatch(r"\d+\.\d+(\.\d+)?(\(\w+\))?", layout)
        told.append({1: "mono", 2: "stereo"}.get(count, layout if surround and count != 4 else f"{count} channels"))
        if layout.startswith("ambisonic"):
            told.append("ambisonic")
        elif count == 4:
            told.append("perhaps ambisonic")
    return f"track {number} ({', '.join(filter(None, told))})"


def _is_beside(stream: Any) -> bool:
    return bool(stream.disposition & BESIDE or BESIDE_BY_TITLE.search(_title(stream)))


def _title(stream: Any) -> str:
    """What the file calls a stream, "" where that says nothing; as it may be shown."""
    for key in ("title", "handler_name", "language"):
        title = "".join(c for c in stream.metadata.get(key, "") if c.isprintable()).strip()[:40]
        if title and not NO_TITLES.search(title):
            return title
    return ""


def _sizes(container: InputContainer, indices: Sequence[int]) -> dict[int, int]:
    """How many bytes of each stream there are in the first BYTES_COMPARED."""
    sizes = dict.fromkeys(indices, 0)
    with suppress(FFmpegError):
        for packet in container.demux([container.streams[index] for index in indices]):
            sizes[packet.stream.index] += packet.size
            if max(packet.pos or 0, sum(sizes.values())) > BYTES_COMPARED:
                break
    return sizes
