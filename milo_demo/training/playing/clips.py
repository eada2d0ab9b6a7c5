"""Real clips as lessons: hands teach where, ear and eye what (`playing.play` says when). Nobody wrote any of it down.

Clips are the data's own few; a network that is measured on some of them must not have learned from those (`fold`).
"""

import hashlib
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch.nn import functional

from milo_demo.analysis import Media
from milo_demo.features.flow import PER_STEP, SIDE_PX
from milo_demo.fusion.record import known
from milo_demo.hearing.listen import Heard, listen
from milo_demo.instruments import LABELS
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.models.movement import stacked
from milo_demo.playing.play import Played, play
from milo_demo.playing.witness import Witness
from milo_demo.seeing.watch import Seen, watch
from milo_demo.training.playing.lessons import Lesson, cells
from milo_demo.training.playing.players import Touch

FOLDS = ("first", "second")
SURELY = 0.5
THRESHOLD = 0.5

Result = TypeVar("Result")


def find(data: Path) -> list[Path]:
    """The clips, in a stable order."""
    return sorted(path for path in (Path(data) / "clips").glob("*") if path.suffix in (".mp4", ".webm", ".mov", ".mkv"))


def fold(path: Path) -> str:
    """Which of the FOLDS a clip is in, by its name's first word: those that share it may be of one source."""
    word = path.stem.split("_")[0]
    return FOLDS[hashlib.sha256(word.encode()).digest()[1] % len(FOLDS)]


def told(path: Path, copy: Path, witness: Witness) -> tuple[Media, Heard | None, Seen, Played]:
    """What ear and eye say of a file, and who plays in it; its normalised copy is written to `copy`. None is heard of a
    file without sound. Raises MiloError where it cannot be read or a checkpoint cannot be had."""
    source = probe(path)
    _done(normalise(source, copy))
    shape = probe(copy)
    media = Media(
        source.name, shape.duration_s, shape.width, shape.height, shape.fps, shape.has_video, source.has_audio
    )
    heard = _done(listen(source, 0.0, media.duration_s, THRESHOLD)) if source.has_audio else None
    seen = _done(watch(copy, media, THRESHOLD, witness))
    return media, heard, seen, _done(play(witness, known(heard, seen), media))


def lesson(path: Path) -> Lesson:
    """A clip as it is learned from. Takes a fifth of its length on two cores. Raises MiloError as `told`."""
    witness = Witness()
    with tempfile.TemporaryDirectory() as folder:
        media, heard, seen, played = told(path, Path(folder) / "video.mp4", witness)
    sound = np.zeros((len(seen.maps), len(LABELS)), np.float32) if heard is None else heard.instruments
    vectors = torch.from_numpy(witness.movement.vectors(seen.cuts).astype(np.float32))
    scale = SIDE_PX / max(media.width, media.height)
    size = round(media.width * scale), round(media.height * scale)
    maps = functional.interpolate(torch.from_numpy(seen.maps).float(), size=cells(size), mode="bilinear")
    truth = taught(played, size)
    named = {touch.label for step in truth for touch in step}
    tags = torch.tensor([float(label in named) for label in LABELS])
    stacks = stacked(vectors, PER_STEP)[: len(truth)].half()
    return Lesson(stacks, torch.from_numpy(sound.astype(np.float32)), maps.half(), tags, truth, size)


def taught(played: Played, size: tuple[int, int]) -> list[list[Touch]]:
    """What hands say: at every step at which anything is surely played, all hands touch the likeliest instrument."""
    steps = []
    for number, hands in enumerate(played.touches):
        score = np.zeros(len(LABELS)) if played.scores is None else played.scores[number]
        label = int(score.argmax())
        points = np.array([(x, y) for x, y, _ in hands], np.float64).reshape(-1, 2) * size
        sure = bool(score[label] >= SURELY) and len(points) > 0
        steps.append([Touch(LABELS[label], np.zeros(4), points, True)] if sure else [])
    return steps


def _done(work: Generator[float, None, Result]) -> Result:
    """What a stage returns, its progress left unsaid."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
