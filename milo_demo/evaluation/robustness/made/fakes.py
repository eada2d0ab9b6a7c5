"""What is no recording at all, or names other files, and names that are no names."""

import gzip
import os
import zipfile
from functools import partial
from pathlib import Path

from milo_demo.evaluation.robustness.made.case import ANYTHING, GREY, TONE, Case, encoded, written

NO_MEDIUM = "cannot be read as video or sound"
CLIP = encoded(*GREY, *TONE, "-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4")
LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s\n#EXT-X-ENDLIST\n"


def _linked(target: str, path: Path) -> None:
    path.symlink_to(target)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(10_000_000))


def _endless(path: Path) -> None:
    path.symlink_to(path)


CASES = [
    Case("empty.mp4", written(b""), "is empty", is_quick=True),
    Case("one byte.mp4", written(b"\0"), NO_MEDIUM),
    Case("zeros.mp4", written(bytes(1_000_000)), NO_MEDIUM),
    Case("noise.mp4", written(bytes(k * k * 31 % 251 for k in range(100_000))), ANYTHING, is_quick=True),
    Case("text.mp4", written(b"la la la\n" * 100), NO_MEDIUM, is_quick=True),
    Case("page.mp4", written(b"<!doctype html><script>alert(1)</script>"), NO_MEDIUM),
    Case("program.mp4", written(b"#!/bin/sh\nrm -rf ~\n"), NO_MEDIUM),
    Case("elf.mp4", written(b"\x7fELF" + bytes(1000)), NO_MEDIUM),
    Case("packed.mp4", written(gzip.compress(bytes(10_000_000))), NO_MEDIUM),
    Case("zip.mp4", _zip, NO_MEDIUM),
    Case("pdf.mp4", written(b"%PDF-1.7\n%%EOF"), NO_MEDIUM),
    Case("playlist of a file.mp4", written(LIST % b"file:///etc/passwd"), NO_MEDIUM, is_quick=True),
    Case("playlist of a server.m3u8", written(LIST % b"http://127.0.0.1:9/a.ts"), NO_MEDIUM, is_quick=True),
    Case("list of files.mp4", written(b"ffconcat version 1.0\nfile '/etc/passwd'\n"), NO_MEDIUM),
    Case("session.sdp", written(b"v=0\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"), NO_MEDIUM),
    Case("manifest.mpd", written(b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>'), NO_MEDIUM),
    Case(
        "drawing.svg",
        written(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
        NO_MEDIUM,
    ),
    Case("photo.jpg", encoded(*GREY, "-frames:v", 1), NO_MEDIUM),
    Case("photo.png", encoded(*GREY, "-frames:v", 1), NO_MEDIUM),
    Case("wrong ending.wav", CLIP),
    Case("no ending", CLIP),
    Case("link to a file.mp4", partial(_linked, "/etc/passwd"), NO_MEDIUM),
    Case("link to itself.mp4", _endless, "."),
    Case("link to nothing.mp4", partial(_linked, "nothing"), "does not exist", is_quick=True),
    Case("device.mp4", partial(_linked, "/dev/zero"), "does not exist"),
    Case("folder.mp4", Path.mkdir, "is a folder"),
    Case("pipe.mp4", os.mkfifo if hasattr(os, "mkfifo") else Path.mkdir, "."),
    Case("missing.mp4", lambda path: None, "does not exist"),
    *(
        Case(name, CLIP, is_quick=name.startswith(("%", "-")))
        for name in (
            "-i.mp4",
            "%03d.mp4",
            "a'b\"c;$(touch x)`.mp4",
            "file:x.mp4",
            "http:x.mp4",
            "pipe:1.mp4",
            "new\nline.mp4",
            "\u202egnp.mp4",
            "浜辺の歌 🎻.mp4",
            "x" * 240 + ".mp4",
            "concat:a|b.mp4",
            "..mp4",
            "~.mp4",
        )
    ),
    Case("start behind the end.mp4", CLIP, "start before", ("--start", "99"), is_quick=True),
    Case("start before the beginning.mp4", CLIP, "0 seconds or later", ("--start", "-1")),
    Case("no duration.mp4", CLIP, "more than 0 seconds", ("--duration", "0")),
    Case("no number.mp4", CLIP, "0 seconds or later", ("--start", "nan")),
    Case("forever.mp4", CLIP, options=("--duration", "inf", "--separator", "none")),
    Case("track that is not there.mp4", CLIP, "has only one sound track", ("--audio-track", "7")),
]
