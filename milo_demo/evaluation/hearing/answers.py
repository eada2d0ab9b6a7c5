"""What an ear says of recordings: everything that is measured of it (`audio_metrics`) is arithmetic on its answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.hearing.recordings import Recording
from milo_demo.grid import pool

Listener = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Mono sound (sample,) at 16 kHz in, scores (step, label) out, 0-1."""


@dataclass(frozen=True)
class Answer:
    """What an ear said of one recording; `kind`, `source` and `truth` are the recording's.

    steps : (step, label), scores
    clip  : (label,), how surely each label is in the recording
    """

    kind: str
    source: str
    truth: NDArray[np.bool_]
    steps: NDArray[np.float32]
    clip: NDArray[np.float32]


def listen(listener: Listener, recordings: Iterable[Recording]) -> list[Answer]:
    """Let somebody hear every recording, once."""
    answers = []
    for recording in recordings:
        steps = listener(recording.sound)
        answers.append(Answer(recording.kind, recording.source, recording.truth, steps, pool(steps)))
    return answers


def of(kind: str, answers: list[Answer]) -> list[Answer]:
    """The answers to one kind of recordings."""
    return [answer for answer in answers if answer.kind == kind]


def steps(answers: list[Answer]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Truth and scores (step, label), one answer after another."""
    return np.concatenate([answer.truth for answer in answers]), np.concatenate([answer.steps for answer in answers])


def clips(kind: str, answers: list[Answer]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Truth and scores (clip, label) of one kind of recordings."""
    chosen = of(kind, answers)
    return np.stack([answer.truth.any(axis=0) for answer in chosen]), np.stack([answer.clip for answer in chosen])
