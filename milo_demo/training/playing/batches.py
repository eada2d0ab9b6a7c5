"""Steps of many lessons, drawn at random into batches."""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from milo_demo.instruments import LABELS
from milo_demo.training.playing.lessons import Lesson, hills
from milo_demo.training.playing.targets import Known

FASTER = (0.7, 1.4)
"""Movements are shown so much slower or faster than they were."""


class Steps:
    """All steps of some lessons, those of pictures of one size together.

    labels : the network's rows
    """

    def __init__(self, lessons: list[Lesson], labels: list[str], seed: int) -> None:
        rows = [LABELS.index(label) for label in labels]
        self._rng = np.random.default_rng(seed)
        self._of_size: dict[tuple[int, int], list[tuple[Tensor, ...]]] = {}
        for lesson in lessons:
            same = self._of_size.setdefault(lesson.size, [])
            for step, (stack, sound, objects) in enumerate(zip(*lesson[:3], strict=True)):
                contact = contacts(lesson, step, labels)
                same.append((stack, lesson.tags[rows], sound[rows], objects[rows], contact.half()))
        counts = np.array([len(steps) for steps in self._of_size.values()])
        self._chances = counts / counts.sum()

    def draw(self, count: int) -> tuple[Tensor, Known]:
        """So many steps of one size: stacks (batch, 10, row, column), half of them mirrored, and what is known."""
        rng = self._rng
        size = list(self._of_size)[rng.choice(len(self._chances), p=self._chances)]
        steps = self._of_size[size]
        drawn = [steps[k] if rng.random() < 0.5 else mirrored(*steps[k]) for k in rng.integers(len(steps), size=count)]
        stacks, *known = (torch.stack(parts).float() for parts in zip(*drawn, strict=True))
        return stacks * faster(rng, count), Known(*known)


def mirrored(stack: Tensor, tags: Tensor, sound: Tensor, objects: Tensor, contact: Tensor) -> tuple[Tensor, ...]:
    """A step as in a mirror: what moved to the right moves to the left."""
    stack = stack.flip(2)
    stack[0::2] *= -1
    return stack, tags, sound, objects.flip(2), contact.flip(2)


def contacts(lesson: Lesson, step: int, labels: list[str]) -> Tensor:
    """Where each label is played at a step: (label, row, column), a hill around each point."""
    shape = tuple(lesson.objects.shape[2:])
    found = torch.zeros(len(labels), *shape)
    for touch in lesson.truth[step]:
        if touch.sounds and touch.label in labels:
            row = labels.index(touch.label)
            found[row] = torch.maximum(found[row], hills(touch.points, (shape[0], shape[1])))
    return found


def faster(rng: Generator, count: int) -> Tensor:
    return torch.from_numpy(rng.uniform(*FASTER, (count, 1, 1, 1)).astype(np.float32))
