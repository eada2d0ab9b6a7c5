"""The sound library that concerts are made from: rendered sound fonts and real recordings, prepared once.

Everything is brought to 16 kHz mono and laid end to end in one memory-mapped file, with an index beside it. A `Take` is
one stretch of it: one player, one label.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.08
"""Root mean square of every take in the library: -22 dBFS leaves room for peaks in 16 bits."""


@dataclass(frozen=True)
class Take:
    """One stretch of the library.

    label   : what plays, or None for what the taxonomy does not have
    unknown : labels about which the take says nothing, neither yes nor no
    kind    : ``font``, ``real``, ``negative`` (noise, speech) or ``other`` (instruments without a label)
    source  : font and program, or collection and class: what the draw is even over
    split   : ``train``, ``calibration`` or ``evaluation``
    start, length : samples in the library
    """

    label: str | None
    unknown: tuple[str, ...]
    kind: str
    source: str
    split: str
    start: int = 0
    length: int = 0


class Library:
    """The prepared sounds: `takes`, and their samples by `read`."""

    def __init__(self, folder: Path) -> None:
        self._sound = np.load(folder / "library.npy", mmap_mode="r")
        rows = json.loads((folder / "library.json").read_text(encoding="utf-8"))
        self.takes = [Take(**{**row, "unknown": tuple(row["unknown"])}) for row in rows]

    def read(self, take: Take, start: int, length: int) -> NDArray[np.float32]:
        """`length` samples of a take from `start` on, the take repeated where it is shorter. (sample,), -1 to 1"""
        whole = self._sound[take.start : take.start + take.length]
        at = start % take.length
        sound = whole[at : at + length]
        while len(sound) < length:
            sound = np.concatenate([sound, whole[: length - len(sound)]])
        return sound.astype(np.float32) / 32_767


def prepare(sounds: Iterable[tuple[Take, NDArray[np.float32]]], folder: Path) -> Library:
    """Lay sounds (sample,) end to end in `folder`, or open the library that is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "library.json").is_file():
        takes: list[Take] = []
        pieces: list[NDArray[np.int16]] = []
        at = 0
        for take, sound in sounds:
            piece = _levelled(sound)
            if piece is not None:
                takes.append(replace(take, start=at, length=len(piece)))
                pieces.append(piece)
                at += len(piece)
        np.save(folder / "library.npy", np.concatenate(pieces))
        (folder / "library.json").write_text(json.dumps([asdict(take) for take in takes]), encoding="utf-8")
    return Library(folder)


def _levelled(sound: NDArray[np.float32]) -> NDArray[np.int16] | None:
    """At the library's level, 16 bits, silent ends cut off; None where there is nothing but silence."""
    loud = np.flatnonzero(np.abs(sound) > 0.003 * np.abs(sound).max())
    if len(loud) == 0 or np.abs(sound).max() < 1e-4:
        return None  # a program that the font does not have renders as silence, without an error
    sound = sound[loud[0] : loud[-1] + 1]
    active = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    sound = sound * (LEVEL / np.sqrt(np.mean(np.square(active))))
    return np.round(np.clip(sound, -1, 1) * 32_767).astype(np.int16)
