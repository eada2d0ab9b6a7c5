"""What all makers share: a case, and short ways to write one."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imageio_ffmpeg

LONGEST_S = 120
"""FFmpeg may take to make a file."""

TONE = ("-f", "lavfi", "-i", "sine=d=1")
GREY = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=1")

A_RESULT, ANYTHING = "result", "anything"
"""What may come out beside a sentence: a result; or one or the other, since it depends on chance."""


@dataclass(frozen=True)
class Case:
    """One file.

    name     : the file's, with which it is told
    make     : makes it at a path
    expected : A_RESULT, ANYTHING, or part of the one sentence that must come out
    options  : of `analyse`
    is_quick : whether it is one of those that each change is tested with
    """

    name: str
    make: Callable[[Path], None]
    expected: str = A_RESULT
    options: tuple[str, ...] = ("--duration", "2", "--separator", "none")
    is_quick: bool = False


def ffmpeg(*arguments: object) -> None:
    """Run FFmpeg with these; it may fail half-way, which is what some files are made by."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "quiet", "-y", *map(str, arguments)]
    subprocess.run(command, timeout=LONGEST_S, stdin=subprocess.DEVNULL)


def encoded(*arguments: object) -> Callable[[Path], None]:
    """A maker: FFmpeg with these arguments, and the path behind them."""
    return partial(_encode, arguments)


def _encode(arguments: tuple[object, ...], path: Path) -> None:
    ffmpeg(*arguments, f"file:{path}")


def written(content: bytes) -> Callable[[Path], None]:
    """A maker: just these bytes."""
    return partial(_write, content)


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def changed(make: Callable[[Path], None], change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A maker: what another makes, with its bytes changed."""
    return partial(_change, make, change)


def _change(make: Callable[[Path], None], change: Callable[[bytes], bytes], path: Path) -> None:
    make(path)
    path.write_bytes(change(path.read_bytes()))
