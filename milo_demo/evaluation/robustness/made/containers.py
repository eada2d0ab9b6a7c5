"""Containers that are broken, cut, joined, encrypted or lie about what they hold."""

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

from milo_demo.evaluation.robustness.made.case import ANYTHING, GREY, TONE, Case, changed, encoded, ffmpeg

PLAIN = encoded(*GREY, *TONE, "-c:v", "libx264", "-preset", "ultrafast")
FFV1 = encoded(*GREY, *TONE, "-c:v", "ffv1")
KEY = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76" * 16, "-encryption_kid", "a7" * 16)


def _cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: round(len(data) * share)]


def _set(name: bytes, offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """Overwrite what lies `offset` bytes behind the name of a box."""

    def change(data: bytes) -> bytes:
        at = data.index(name) + offset
        return data[:at] + value + data[at + len(value) :]

    return change


def _scattered(every: int) -> Callable[[bytes], bytes]:
    return lambda data: bytes(byte ^ 0xFF if k and k % every == 0 else byte for k, byte in enumerate(data))


def _gap(filters: str, *options: object) -> Callable[[Path], None]:
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2", "-f", "lavfi", "-i", "sine=d=2")
    return partial(_gapped, source, ("-bsf" + filters, *options))


def _gapped(source: tuple[str, ...], options: tuple[object, ...], path: Path) -> None:
    ffmpeg(*source, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options, f"file:{path}")


def _many_tracks(count: int, path: Path) -> None:
    ffmpeg(*TONE, *["-map", "0:a"] * count, "-c:a", "flac", f"file:{path}")


def _deep(path: Path) -> None:
    """Boxes in boxes in boxes."""
    data = b""
    for _ in range(20_000):
        data = struct.pack(">I", len(data) + 8) + b"moov" + data
        if len(data) > 900_000:
            break
    path.write_bytes(struct.pack(">I", 16) + b"ftypisom" + bytes(4) + data)


LIKE_MP4 = [
    ("says no length", _set(b"mvhd", 20, bytes(4)), ANYTHING),
    ("says a thousand years", _set(b"mvhd", 20, b"\xff\xff\xff\xf0"), ANYTHING),
    ("has no time scale", _set(b"mvhd", 16, bytes(4)), ANYTHING),
    ("media without time scale", _set(b"mdhd", 16, bytes(4)), ANYTHING),
    ("has 4 billion samples", _set(b"stsz", 12, b"\xff\xff\xff\xff"), ANYTHING),
    ("has 4 billion times", _set(b"stts", 8, b"\xff\xff\xff\xff"), ANYTHING),
    ("has 4 billion chunks", _set(b"stco", 8, b"\xff\xff\xff\xff"), ANYTHING),
    ("samples beyond its end", _set(b"stco", 12, b"\x7f\xff\xff\xff"), ANYTHING),
    ("lasts backwards", _set(b"stts", 16, b"\x80\x00\x00\x01"), ANYTHING),
    ("claims 60000 pixels", _set(b"avc1", 28, b"\xea\x60\xea\x60"), ANYTHING),
    ("box larger than all", _set(b"moov", -4, b"\xff\xff\xff\xff"), ANYTHING),
    ("box of no size", _set(b"trak", -4, bytes(4)), ANYTHING),
    ("box smaller than itself", _set(b"stbl", -4, b"\0\0\0\1"), ANYTHING),
    ("no picture description", _set(b"avcC", 0, b"free"), ANYTHING),
    ("no index", _set(b"moov", 0, b"xxxx"), "cannot be read"),
    ("cut to a tenth", _cut(0.1), "cannot be read"),
    ("cut by its last byte", lambda data: data[:-1], ANYTHING),
    ("every 97th byte turned", _scattered(97), ANYTHING),
]
CASES = [
    *(
        Case(f"mp4 {name}.mp4", changed(PLAIN, change), said, is_quick=k % 4 == 0)
        for k, (name, change, said) in enumerate(LIKE_MP4)
    ),
    *(
        Case(f"{kind} cut in half.{kind}", changed(make, _cut(0.5)), ANYTHING)
        for kind, make in (
            ("mkv", FFV1),
            ("ts", PLAIN),
            ("avi", FFV1),
            ("flac", encoded(*TONE)),
            ("mp3", encoded(*TONE)),
        )
    ),
    *(
        Case(f"{kind} with every 97th byte turned.{kind}", changed(make, _scattered(97)), ANYTHING)
        for kind, make in (("mkv", FFV1), ("ts", PLAIN), ("avi", FFV1), ("ogg", encoded(*TONE)))
    ),
    Case("index behind.mp4", PLAIN),
    Case("in pieces.mp4", encoded(*GREY, *TONE, "-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov")),
    Case("encrypted.mp4", encoded(*GREY, *TONE, "-c:v", "libx264", *KEY), "is encrypted", is_quick=True),
    Case("clock restarts.ts", changed(PLAIN, lambda data: data * 2), is_quick=True),
    Case("joined.mp3", changed(encoded(*TONE), lambda data: data * 3)),
    Case("gap of an hour in the sound.mkv", _gap(":a", "setts=ts='if(gt(N,60),TS+3600/TB,TS)'"), is_quick=True),
    Case("gap of an hour in the picture.mkv", _gap(":v", "setts=ts='if(gt(N,10),TS+3600/TB,TS)'")),
    Case(
        "gap of an hour in both.mkv",
        _gap(":v", "setts=ts='if(gt(N,10),TS+3600/TB,TS)'", "-bsf:a", "setts=ts='if(gt(N,60),TS+3600/TB,TS)'"),
        options=("--duration", "20", "--separator", "none"),
    ),
    Case("times all the same.mkv", _gap(":v", "setts=ts=0"), ANYTHING),
    Case("times back and forth.mkv", _gap(":v", "setts=pts='if(mod(N,2),TS,TS+2/TB)'"), ANYTHING),
    Case("starts after a day.mkv", _gap(":v", "setts=ts='TS+86400/TB'", "-bsf:a", "setts=ts='TS+86400/TB'")),
    Case("picture a day after the sound.mkv", _gap(":v", "setts=ts='TS+86400/TB'")),
    Case("fifty sound tracks.mka", partial(_many_tracks, 50)),
    Case("five hundred sound tracks.mka", partial(_many_tracks, 500), ANYTHING),
    Case("subtitles only.mkv", lambda path: _subtitles(path), "neither picture nor sound"),
    Case("boxes in boxes.mp4", _deep, "cannot be read"),
    Case("cover only.mp3", encoded("-f", "lavfi", "-i", "color=s=64x64:d=0.04", "-frames:v", 1, "-f", "mp3"), "."),
]


def _subtitles(path: Path) -> None:
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:00,000 --> 00:00:02,000\nla la\n")
    ffmpeg("-i", text, f"file:{path}")
    text.unlink()
