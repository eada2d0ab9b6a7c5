"""Stereo 3D: two pictures in one frame, one for each eye, of which MILO looks at the left one and shows it.

What says so is the file: Matroska's StereoMode, MP4's st3d box or the spherical metadata, or the video stream itself
(frame packing). Without it nothing is assumed.
"""

import math
import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import av

ARRANGEMENTS = {
    1: "side by side",
    2: "top and bottom",
    3: "one after the other",
    5: "side by side",
    6: "rows",
    7: "columns",
}
"""By FFmpeg's numbers (AVStereo3DType), of which 0 is an ordinary picture and the fifth is shifted by half a pixel. A
checkerboard, made for one kind of projector, is left as it is."""
UNSPECIFIED = 8
"""Stereo, but FFmpeg does not say how: its MP4 reader lets Apple's boxes overrule the st3d box, which does say. Of that
it does not know all values."""
INVERTED = 1
"""Flag: the right eye comes first."""

ST3D = {1: (2, False), 2: (1, False), 4: (1, True)}
"""The same by the numbers of the st3d box: arrangement, and whether the right eye comes first."""
BEFORE_BOXES = 8 + 8 + 78
"""Bytes of a list of sample descriptions, and of the first of a video, before its boxes begin."""
WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"st3d")
MOST_BOXES = 10_000
"""No honest file has more on that way."""

USUAL_ASPECT = 16 / 9
SPHERE_ASPECT = 2.0

INTERLEAVED = {"rows": "irl", "columns": "icl"}
"""FFmpeg's names of what its stereo3d filter takes apart, the first taken as the left."""


class Stereo(NamedTuple):
    """How two eyes' pictures are put together: an arrangement, empty for an ordinary picture, and whose is first."""

    arrangement: str = ""
    right_first: bool = False

    def __bool__(self) -> bool:
        return bool(self.arrangement)

    @property
    def counts_frames(self) -> bool:
        """Whether only a frame's number tells whose it is."""
        return self.arrangement == "one after the other"


NO_STEREO = Stereo()
HALVES = {"side by side": (2, 1), "top and bottom": (1, 2)}
"""How many eyes lie across a frame and down it."""


def stereo_of(frame: av.VideoFrame, path: Path) -> Stereo:
    """What the file says of a decoded, upright frame of it."""
    said = frame.side_data.get("STEREO3D")
    kind, flags = struct.unpack_from("<ii", bytes(said)) if said is not None else (UNSPECIFIED, 0)
    right_first = bool(flags & INVERTED)
    if kind == UNSPECIFIED:
        kind, right_first = _in_st3d(path)
    arrangement = ARRANGEMENTS.get(kind, "")
    # FFmpeg turns frames upright before anything else, and what stood beside each other then lies on each other.
    quarters = -frame.rotation % 360 // 90
    if quarters and arrangement in ("side by side", "top and bottom"):
        beside = arrangement == "side by side"
        right_first ^= quarters == 2 or (quarters == 1) != beside
        if quarters % 2:
            arrangement = "top and bottom" if beside else "side by side"
    return Stereo(arrangement, right_first)


def seen_size(
    width: int, height: int, aspect: Fraction, stereo: Stereo = NO_STEREO, spherical: bool = False
) -> tuple[int, int]:
    """Size of the picture as one eye sees it, in square pixels.

    width, height : of the upright frame, pixels as stored
    aspect        : a pixel's width by its height

    Many files hold two eyes in the space of one, each pressed to half its width or height, and do not say so: then the
    shape that is more usual is taken.

    >>> two = Stereo("side by side")
    >>> seen_size(3840, 1080, Fraction(1), two), seen_size(1920, 1080, Fraction(1), two)
    ((1920, 1080), (1920, 1080))
    """
    if not stereo:
        return max(1, round(width * aspect)), height
    across, down = HALVES.get(stereo.arrangement, (1, 1))
    eye_width, eye_height = max(1, width // across), max(1, height // down)
    if aspect > 1:
        return round(eye_width * aspect), eye_height
    if aspect < 1:
        return eye_width, max(1, round(eye_height / aspect))
    usual = SPHERE_ASPECT if spherical else USUAL_ASPECT
    return min([(eye_width, eye_height), (width, height)], key=lambda size: abs(math.log(size[0] / size[1] / usual)))


def filters(stereo: Stereo) -> list[str]:
    """FFmpeg's filters that leave the left eye's picture of an upright frame, at the size it is stored in. Of eyes one
    after the other they count the frames, and have to be given all from the file's first on."""
    second = stereo.right_first
    match stereo.arrangement:
        case "side by side":
            return [f"crop=iw/2:ih:{'iw/2' if second else 0}:0"]
        case "top and bottom":
            return [f"crop=iw:ih/2:0:{'ih/2' if second else 0}"]
        case "one after the other":
            return ["select='mod(n,2)'" if second else "select='not(mod(n,2))'"]
        case "":
            return []
    return [f"stereo3d={INTERLEAVED[stereo.arrangement]}:{'mr' if second else 'ml'}"]


def _in_st3d(path: Path) -> tuple[int, bool]:
    """Arrangement and order as the first st3d box of an MP4 says; (0, False) where there is none."""
    with path.open("rb") as file:
        for body in islice(_boxes(file, 0, path.stat().st_size, WAY), MOST_BOXES):
            if body:
                return ST3D.get(body[4] if len(body) > 4 else 0, (0, False))
    return 0, False


def _boxes(file: BinaryIO, start: int, end: int, way: tuple[bytes, ...]) -> Iterator[bytes]:
    """Contents of the boxes at the end of a way through an MP4, between two places; nothing for each box passed by."""
    while start + 8 <= end:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        head = 8
        if size == 1:
            size, head = int.from_bytes(file.read(8), "big"), 16
        stop = min(end, start + size) if size else end
        if stop < start + head:
            return
        yield b""
        if kind == way[0] and len(way) == 1:
            yield file.read(min(stop - start - head, 8))
        elif kind == way[0]:
            begin = start + head + (BEFORE_BOXES if kind == b"stsd" else 0)
            yield from _boxes(file, begin, stop, way[1:])
        start = stop
