"""Real containers with some of their bytes changed: what comes out is a result or one sentence, never a traceback.

The seed is printed; the same seed makes the same files as far as time allows.
"""

import random
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from milo_demo.evaluation.robustness import files
from milo_demo.evaluation.robustness.files import Tried
from milo_demo.evaluation.robustness.made.case import ANYTHING, GREY, TONE, Case, encoded, written

MINUTES = 2.0
X264 = ("-c:v", "libx264", "-preset", "ultrafast")
SEEDS = {
    "mp4": encoded(*GREY, *TONE, *X264),
    "mkv": encoded(*GREY, *TONE, *X264),
    "ts": encoded(*GREY, *TONE, *X264),
    "avi": encoded(*GREY, *TONE, "-c:v", "mjpeg"),
    "webm": encoded(*GREY, *TONE, "-c:v", "libvpx", "-c:a", "libopus"),
    "flv": encoded(*GREY, *TONE, "-c:v", "flv", "-ar", 44_100),
    "gif": encoded(*GREY),
    "wav": encoded(*TONE),
    "flac": encoded(*TONE),
    "ogg": encoded(*TONE),
    "mp3": encoded(*TONE),
}
HEADER = 4096
"""Bytes at the beginning and the end, where containers keep what they are: half of all changes are there."""
LONG = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
OPTIONS = ("--duration", "1", "--separator", "none")


def run(seed: int, minutes: float = MINUTES) -> Iterator[Tried]:
    """Mutate, analyse, and say what gave way, until the time is over."""
    with TemporaryDirectory(prefix="milo-fuzz-") as name:
        plain = {}
        for suffix, make in SEEDS.items():
            path = Path(name) / f"plain.{suffix}"
            make(path)
            plain[suffix] = path.read_bytes()
    end_s = time.monotonic() + 60 * minutes
    yield from files.run(_cases(plain, seed, end_s))


def _cases(plain: dict[str, bytes], seed: int, end_s: float) -> Iterator[Case]:
    number = 0
    while time.monotonic() < end_s:
        chance = random.Random(f"{seed}-{number}")
        suffix = chance.choice(sorted(plain))
        content = mutated(plain[suffix], chance)
        yield Case(f"seed {seed}, number {number}.{suffix}", written(content), ANYTHING, OPTIONS)
        number += 1


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Some of its bytes changed, its numbers made large, its parts cut out or repeated."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 5, 20, 100))):
        at = _place(len(data), chance)
        what = chance.randrange(5)
        if what == 0:
            data[at] = chance.randrange(256)
        elif what == 1:
            data[at : at + 4] = struct.pack(chance.choice("<>") + "I", chance.choice(LONG))
        elif what == 2:
            data[at] ^= 1 << chance.randrange(8)
        elif what == 3:
            del data[at : at + chance.randrange(1, 64)]
        else:
            data[at:at] = data[at : at + chance.randrange(1, 256)]
    return bytes(data)


def _place(length: int, chance: random.Random) -> int:
    near = min(HEADER, length)
    return chance.choice((chance.randrange(near), length - 1 - chance.randrange(near), *[chance.randrange(length)] * 2))
