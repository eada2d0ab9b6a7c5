"""Small files that cost much: in frames, pixels, samples or channels."""

import struct
from functools import partial
from pathlib import Path

from milo_demo.evaluation.robustness.made.case import ANYTHING, Case, encoded, ffmpeg
from milo_demo.evaluation.robustness.made.pictures import drawn

PAGE = ("--duration", "5")
"""With everything that the page asks for."""


def gif(frames: int, side_px: int, path: Path) -> None:
    """A GIF of frames that are one pixel each, on a canvas as large as one likes."""
    size = struct.pack("<HH", side_px, side_px)
    head = b"GIF89a" + size + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\x04\x04\0\0\0" + b"\x2c" + bytes(4) + b"\1\0\1\0\0" + b"\x02\x02\x44\x01\0"
    path.write_bytes(head + frame * frames + b"\x3b")


def _silent_flac(seconds: int, rate_hz: int, channels: int, path: Path) -> None:
    """Silence, which FLAC packs a thousandfold."""
    source = f"anullsrc=r={rate_hz}:cl={channels}c:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", source, "-c:a", "flac", "-frame_size", 65_535, f"file:{path}")


CASES = [
    Case("flac bomb.flac", partial(_silent_flac, 600, 192_000, 8), options=PAGE),
    Case("silence of a day.flac", partial(_silent_flac, 86_400, 2_000, 1), options=PAGE),
    Case(
        "a million frames.mkv",
        encoded(*drawn("16x16", 50_000, 20), "-c:v", "mpeg4", "-b:v", "1k", "-g", 600),
        ANYTHING,
        PAGE,
    ),
    Case("a hundred thousand frames.gif", partial(gif, 100_000, 64), ANYTHING, PAGE),
    Case("huge canvas.gif", partial(gif, 50, 8_192), "larger than", PAGE),
    Case("larger canvas.gif", partial(gif, 3, 65_535), "."),
    Case(
        "8k square at 50 fps.mov", encoded(*drawn("8192x8192", 50, 1), "-c:v", "qtrle", "-frames:v", 5), ANYTHING, PAGE
    ),
    Case(
        "8k for seconds.mkv",
        encoded(*drawn("7680x4320", 25, 3), "-c:v", "libx264", "-preset", "ultrafast"),
        ANYTHING,
        PAGE,
    ),
    Case(
        "slides for an hour.mkv",
        encoded(*drawn("1280x720", "1/60", 3600), "-c:v", "libx264", "-preset", "ultrafast"),
        options=PAGE,
    ),
    Case("thousands of slides.mkv", encoded(*drawn("640x360", 250, 20), "-c:v", "ffv1", "-g", 1), ANYTHING, PAGE),
    Case(
        "63 channels for minutes.wav",
        encoded("-f", "lavfi", "-i", "aevalsrc='" + "|".join(["0.1*sin(440*t)"] * 63) + "':s=48000:d=60"),
        ANYTHING,
        PAGE,
    ),
]
