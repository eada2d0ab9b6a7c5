"""What the movement network learns from and is measured on: shows of the made stage as flows, beside what ear and eye
say of them and what is true."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from milo_demo.features.flow import CELL_PX as FLOW_CELL_PX
from milo_demo.features.flow import PER_STEP, RATE_HZ, Movement
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.movement import CELL_PX, stacked
from milo_demo.seeing.detect import Eye, see
from milo_demo.seeing.watch import settle
from milo_demo.training.playing.players import Touch
from milo_demo.training.playing.stage import Maker, Show

BEFORE = PER_STEP
"""Pictures drawn before the first step and after the last one: a stack looks at two flows either way."""
REACH_PX = 9.0
"""Width of the hill that stands for a point of contact."""


class Lesson(NamedTuple):
    """One show.

    stacks  : (step, 10, row, column), flows as `models.movement` reads them, half precision
    sound   : (step, label), 0-1, what the ear hears
    objects : (step, label, row, column), 0-1, what the eye sees, on the network's cells, half precision
    tags    : (label,), 1 for what an uploader would have said is played in it
    truth   : per step, who is in the picture and touches what
    size    : width and height of the pictures, pixels, the longer one 256
    """

    stacks: Tensor
    sound: Tensor
    objects: Tensor
    tags: Tensor
    truth: list[list[Touch]]
    size: tuple[int, int]

    def plain(self) -> tuple:
        """Without arrays and types that torch would have to unpickle; `of` undoes it."""
        truth = [
            [(name, torch.from_numpy(sides), torch.from_numpy(points), sounds) for name, sides, points, sounds in step]
            for step in self.truth
        ]
        return *self[:4], truth, self.size

    @classmethod
    def of(cls, stacks: Tensor, sound: Tensor, objects: Tensor, tags: Tensor, truth: list, size: tuple) -> "Lesson":
        touches = [
            [Touch(label, sides.numpy(), points.numpy(), sounds) for label, sides, points, sounds in step]
            for step in truth
        ]
        return cls(stacks, sound, objects, tags, touches, size)


def lessons(maker: Maker, count: int, steps: int, eye: Eye, side_px: int = SIDE_PX) -> Iterator[Lesson]:
    """So many shows, each `steps` long. A step takes about 30 ms to draw and to follow, and what the eye needs to look
    at it at a long side of `side_px`."""
    for number in range(count):
        yield lesson(maker.show(number, steps), eye, side_px)


def lesson(show: Show, eye: Eye, side_px: int = SIDE_PX) -> Lesson:
    """A show as it is learned from."""
    movement = Movement()
    for picture in range(-BEFORE, PER_STEP * show.steps + BEFORE):
        movement.add(cv2.cvtColor(show.draw(picture / RATE_HZ), cv2.COLOR_RGB2GRAY).astype(np.uint8))
    cuts = [1 + int(np.ceil(cut_s * RATE_HZ / PER_STEP)) for cut_s in show.cuts]
    vectors = torch.from_numpy(movement.vectors(cuts).astype(np.float32))
    stacks = stacked(vectors, PER_STEP)[1 : 1 + show.steps]
    frames = (show.draw(PER_STEP * step / RATE_HZ, side_px) for step in range(show.steps))
    sights = [*see(frames, eye)]
    seen = np.concatenate([sight.maps for sight in sights])
    found = [boxes for sight in sights for boxes in sight.found]
    settle(seen, found, eye, [cut - 1 for cut in cuts if cut <= show.steps])
    maps = functional.interpolate(torch.from_numpy(seen), size=cells(show.size), mode="bilinear")
    tags = torch.tensor([float(label in show.labels) for label in LABELS])
    sound = torch.from_numpy(show.piece.heard[show.begin : show.begin + show.steps].copy())
    truth = [show.truth(step) for step in range(show.steps)]
    return Lesson(stacks.half(), sound, maps.half(), tags, truth, show.size)


def cells(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the network's map of a picture of width and height `size`."""
    width, height = (math.ceil(math.ceil(side / FLOW_CELL_PX) / 2) for side in size)
    return height, width


def hills(points: NDArray[np.floating], shape: tuple[int, int]) -> Tensor:
    """Points (n, 2), x and y in pixels, as a map (row, column) with a hill of 1 around each."""
    rows, columns = (CELL_PX * (np.arange(length) + 0.5) for length in shape)
    height = np.zeros(shape, np.float32)
    for x, y in points:
        apart = (rows[:, None] - y) ** 2 + (columns - x) ** 2
        height = np.maximum(height, np.exp(-apart / (2 * REACH_PX**2)))
    return torch.from_numpy(height.astype(np.float32))
