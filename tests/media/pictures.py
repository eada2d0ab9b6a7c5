"""Small pictures of every kind made on the fly, and what can be measured on them."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.media import decode
from tests.media.making import ffmpeg

COLOURS = ["-f", "lavfi", "-i", "smptehdbars=s=320x180:r=25:d=0.2,hue=s=0.7"]
"""Input: every colour, none quite pure, black and white."""
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-crf", 12]
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", 12]


def said(levels: str, primaries: str, transfer: str, matrix: str) -> str:
    """A filter that changes what a picture says of its colours, and nothing else."""
    return f"setparams=range={levels}:color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"


BT709 = said("tv", "bt709", "bt709", "bt709")
SDR = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,{BT709}"


def sdr(path: Path, tags: str = BT709, matrix: str = "bt709", levels: str = "tv") -> Path:
    """COLOURS as an ordinary video, stored by a matrix and range, and what is said of them at the end."""
    stored = f"scale=out_color_matrix={matrix}:out_range={levels},format=yuv420p,{tags}"
    ffmpeg(*COLOURS, "-vf", stored, *X264, path)
    return path


def hdr(path: Path, transfer: str, white_nits: float, tags: str = "null", pixels: str = "yuv420p10le") -> Path:
    """COLOURS as HDR by FFmpeg's own conversion, their white so many candela per square metre; `tags` are changed at
    the end, by a filter."""
    wide = f"zscale=p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl={white_nits}"
    light = f"zscale=t=linear:npl={white_nits}"
    ffmpeg(*COLOURS, "-vf", f"{SDR},{light},format=gbrpf32le,{wide},format={pixels},{tags}", *X265, path)
    return path


def mean_colour(path: Path) -> NDArray[np.float64]:
    """Mean red, green and blue of a video's first frame, 0-255."""
    _, frame = next(decode.frames(path, 25))
    return frame.mean(axis=(0, 1))


def box(kind: bytes, *contents: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(contents)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def with_st3d(path: Path, mode: int) -> Path:
    """Put Google's box for stereo 3D into the sample description of an MP4 whose index stands at the end."""
    data, added = path.read_bytes(), box(b"st3d", struct.pack(">IB", 0, mode))
    entry = data.index(b"avc1", data.index(b"stsd")) - 4
    end = entry + struct.unpack_from(">I", data, entry)[0]
    holders = [entry, *(data.index(kind) - 4 for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"))]
    data = data[:end] + added + data[end:]
    for at in holders:
        data = data[:at] + struct.pack(">I", struct.unpack_from(">I", data, at)[0] + len(added)) + data[at + 4 :]
    path.write_bytes(data)
    return path
