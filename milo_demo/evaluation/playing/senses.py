"""What the senses say of a clip, each alone and together, with more looks for hands than the program allows itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from milo_demo.analysis import Media
from milo_demo.features.flow import PER_STEP, speed
from milo_demo.geometry import Detection
from milo_demo.hearing.listen import Heard
from milo_demo.playing import hands
from milo_demo.playing.hands import Finder, Hand
from milo_demo.playing.looks import further_looks, whole
from milo_demo.playing.play import Played
from milo_demo.playing.touch import Size
from milo_demo.playing.witness import Witness
from milo_demo.seeing.watch import Seen
from milo_demo.training.playing.clips import told

SMOOTHED = 2
"""Width of a Gaussian, cells of the flow."""


class Onlooker(Witness):
    """A witness that also keeps, of some steps, the frame and the hands that one look and all looks together show."""

    def __init__(self, steps: Collection[int], finder: Finder) -> None:
        super().__init__(finder=finder)
        self._steps, self._networks = steps, finder
        self.once: dict[int, list[Hand]] = {}
        self.often: dict[int, list[Hand]] = {}
        self.frames: dict[int, NDArray[np.uint8]] = {}

    def look(self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]) -> None:
        for step, (frame, boxes) in enumerate(zip(frames, found, strict=True), start=len(self.hands)):
            if step in self._steps:
                self.frames[step], (height, width) = frame, frame.shape[:2]
                first = whole(height, width)
                every = [[first], [first, *further_looks(height, width, boxes)]]
                self.once[step], self.often[step] = hands.find_hands([frame, frame], every, self._networks)
        super().look(frames, found)


@dataclass(frozen=True)
class Clip:
    """A clip and what is said of it. `heard` is None without sound; `once`, `often` and `frames` see `Onlooker`,
    `actions` see `actions.maps`."""

    media: Media
    heard: Heard | None
    seen: Seen
    witness: Witness
    played: Played
    once: dict[int, list[Hand]] = field(default_factory=dict)
    often: dict[int, list[Hand]] = field(default_factory=dict)
    frames: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    actions: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def size(self) -> Size:
        """Of the frame, its long side 256 px."""
        return Size.of(self.media.height, self.media.width)

    def movement(self, step: int) -> NDArray[np.float32]:
        """How fast all moves around a step, px per second, smoothed: (row, column)."""
        vectors = self.witness.movement.vectors(self.seen.cuts)
        around = vectors[max(0, PER_STEP * (step - 1) + 1) : PER_STEP * (step + 1) + 1]
        return np.asarray(gaussian_filter(speed(around).mean(axis=0), SMOOTHED), np.float32)


def sense(path: Path, folder: Path, finder: Finder, steps: Collection[int] = ()) -> Clip:
    """Hear, see and play a file, whose normalised copy is written into `folder`; keep more hands of some `steps`.

    Raises MiloError where the file cannot be read.
    """
    witness = Onlooker(steps, finder)
    media, heard, seen, played = told(path, folder / f"{path.stem}.mp4", witness)
    return Clip(media, heard, seen, witness, played, witness.once, witness.often, witness.frames)
