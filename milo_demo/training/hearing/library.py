"""The sound library that mixtures are made from: rendered sound fonts and real recordings, prepared once.

Everything is brought to 16 kHz mono and laid end to end in one memory-mapped file, with an index beside it. A `Take` is
one stretch of it: one player, one label.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.log_mel import RATE_HZ

LEVEL = 0.08
"""Root mean square of every take in the library: -22 dBFS leaves room for peaks in 16 bits."""
SHORTEST_S = 8.0
"""Shorter sounds are repeated until they are as long as this."""
FASTEST = 1.15


@dataclass(frozen=True)
class Take:
    """One stretch of the library.

    label   : what plays, or None for what the taxonomy does not have
    unknown : labels about which the take says nothing, neither yes nor no
    kind    : ``font``, ``real``, ``negative`` (noise, speech), ``other`` (instruments without a label) or ``music``
              (whole pieces: nobody says what plays)
    source  : font and program, or collection and class: what the draw is even over
    split   : ``train``, ``calibration`` or ``evaluation``
    piece   : takes of one piece were played together and are on one clock
    start, length : samples in the library
    """

    label: str | None
    unknown: tuple[str, ...]
    kind: str
    source: str
    split: str
    start: int = 0
    length: int = 0
    piece: str = ""


class Library:
    """The prepared sounds: `takes`, and their samples by `stretches`, on the device that trains."""

    def __init__(self, folder: Path, device: torch.device | None = None) -> None:
        # Copy on write, for torch has no read-only tensors; nothing writes.
        sound = torch.from_numpy(np.memmap(folder / "library.s16", np.int16, mode="c"))
        self.device = device or torch.device("cpu")
        self._sound = sound.to(self.device)
        rows = json.loads((folder / "library.json").read_text(encoding="utf-8"))
        self.takes = [Take(**{**row, "unknown": tuple(row["unknown"])}) for row in rows]

    def stretches(
        self, takes: Sequence[Take], starts: NDArray[np.int64], speeds: NDArray[np.float64], samples: int
    ) -> Tensor:
        """One stretch of each take, played faster or slower.

        takes  : n takes
        starts : (n,) first sample within the take, at most `latest_starts`
        speeds : (n,) 1 as recorded; more is faster and higher, up to FASTEST

        Returns (n, samples), -1 to 1.
        """
        length = _read_for(samples)
        first = torch.from_numpy(np.array([take.start for take in takes], np.int64) + starts).to(self.device)
        sound = self._sound.unfold(0, length, 1)[first].float() / 32_767
        speed = torch.from_numpy(np.asarray(speeds, np.float32)).to(self.device)
        place = torch.arange(samples, device=self.device) * speed[:, None]
        grid = torch.stack([(2 * place + 1) / length - 1, torch.zeros_like(place)], dim=-1)
        # A sound is a picture one pixel high.
        return F.grid_sample(sound[:, None, None], grid[:, None], "bicubic", "border", align_corners=False)[:, 0, 0]


def latest_starts(takes: Sequence[Take], samples: int) -> NDArray[np.int64]:
    """(n,) the last sample of each take at which a stretch of so many samples may start."""
    return np.array([take.length - _read_for(samples) for take in takes], np.int64)


def _read_for(samples: int) -> int:
    return math.ceil(FASTEST * samples) + 2


def prepare(sounds: Iterable[tuple[Take, NDArray[np.float32]]], folder: Path) -> None:
    """Lay sounds (sample,) end to end in `folder`, if that has not been done."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "library.json").is_file():
        return
    takes: list[Take] = []
    with open(folder / "library.s16", "wb") as file:
        for take, sound in sounds:
            levelled = _levelled(sound, trimmed=not take.piece)
            if levelled is not None:
                takes.append(replace(take, start=file.tell() // levelled.itemsize, length=len(levelled)))
                levelled.tofile(file)
    (folder / "library.json").write_text(json.dumps([asdict(take) for take in takes]), encoding="utf-8")


def _levelled(sound: NDArray[np.float32], trimmed: bool) -> NDArray[np.int16] | None:
    """At the library's level, 16 bits, long enough, perhaps trimmed; None if there is nothing but silence."""
    loud = np.flatnonzero(np.abs(sound) > 0.003 * np.abs(sound).max(initial=0))
    if len(loud) == 0 or np.abs(sound).max() < 1e-4:
        return None  # a program that the font does not have renders as silence, without an error
    if trimmed:
        sound = sound[loud[0] : loud[-1] + 1]
    active = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    sound = sound * (LEVEL / np.sqrt(np.mean(np.square(active))))
    sound = np.tile(sound, math.ceil(SHORTEST_S * RATE_HZ / len(sound)))
    return np.round(np.clip(sound, -1, 1) * 32_767).astype(np.int16)
