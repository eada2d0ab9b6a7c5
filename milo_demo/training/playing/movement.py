"""The action model's recipe (Liu 2018, chapter 4): five networks of one kind, told apart by who teaches them.

Ear and eye, frozen, look at and listen to a made stage (`stage`), and their word is the target, as in the document; a
fifth network is told the truth, and real hands. All go on from one that has learned the clips' tags, as the document
trains the last of its models on from another.
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from milo_demo import weights
from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN
from milo_demo.training.learner import Figures, Learner, TimeBudget, device, fit, half, write_checkpoint
from milo_demo.training.playing import performance
from milo_demo.training.playing.batches import Steps
from milo_demo.training.playing.lessons import Lesson, lessons
from milo_demo.training.playing.stage import Maker
from milo_demo.training.playing.targets import TARGETS, loss, name
from milo_demo.training.seeing import cutouts, photos

PIECES, SHOWS, STEPS = 80, 400, 4
LOOK_PX = 256
"""Long side of the pictures that the eye looks at here: at the 384 of real clips it would take most of the time."""
BATCH = 16
RATE = 2e-3
START_SHARE = 0.2
"""Part of the time for the network that all others go on from; they share the rest evenly."""
SHIPPED = "CT"
FOLDER = "targets"
"""Where, beside the shipped network, all five lie: `evaluate playing` compares them."""
TRAINING_DATA = [
    "a made stage: cut-outs of photos (Kaggle Musical Instruments, 30 classes, training part; jray-8/"
    "musical-instruments-classifier; Caltech-101; no licence stated), people and places (PACS, ajschumacher/imagen, "
    "Caltech-101 background_google), moved by scores of the MIDI pack (GPL, CC BY, CC BY-SA, CC0, BSD or public "
    "domain, by file) on the sound fonts of the sound model",
    "teachers: this project's ear (sound, spectrogram) and eye (trunk, object)",
]


def train(
    data: Path, out: Path, *, minutes: float = 15.0, seed: int = 0, workdir: Path | None = None, resume: bool = True
) -> None:
    """Train the five; write the shipped one to `out` and all of them into the folder FOLDER beside it, with cards.

    minutes : to train, all five together; making the stage takes some minutes more
    workdir : where the prepared stage and the states to resume from lie; default: movement/ beside `out`

    Needs `fluidsynth` on the path. Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    workdir = out.parent / "movement" if workdir is None else Path(workdir)
    torch.manual_seed(seed)
    shows = prepared(data, workdir, seed)
    labels = [label for label in LABELS if any(touch.label == label for show in shows for touch in _touches(show))]
    start = MovementFCN(labels).to(device())
    start = learn("VT", start, shows, START_SHARE * minutes, seed, workdir / "start.training", resume)
    each = (1 - START_SHARE) * minutes / len(TARGETS)
    for target in TARGETS:
        state = workdir / f"{target}.training"
        network = learn(target, copy.deepcopy(start), shows, each, seed + 1, state, resume)
        card = {
            "role": "movement",
            "name": f"movement-{name(target).lower()}",
            "version": "1",
            "labels": labels,
            "config": {"labels": labels},
            "thresholds": dict.fromkeys(labels, 0.5),
            "target": name(target),
            "training_data": TRAINING_DATA,
            "licence": "MIT, of the recipe and these numbers; the photos are not redistributed",
            "known_failures": KNOWN_FAILURES,
            "seed": seed,
            "recipe": f"python -m milo_demo train movement --data DIR --out {out.name} --minutes {minutes:g}",
            "trained_s": round(60 * (START_SHARE * minutes + each)),
        }
        write_checkpoint(network, card, out.parent / FOLDER / f"{target.lower()}.safetensors")
        if target == SHIPPED:
            write_checkpoint(network, card, out)


KNOWN_FAILURES = [
    "Learned on a made stage: real arms, elbows and heads move in ways that it has not seen.",
    "What fingers do on keys and valves is too small for the flow to see; drumsticks are too fast.",
    "Names of instruments come from how they are moved alone, and are often wrong.",
]


def prepared(data: Path, workdir: Path, seed: int) -> list[Lesson]:
    """The stage's shows, made unless they lie in `workdir` already."""
    file = workdir / "stage.pt"
    if not file.is_file():
        album = photos.split(photos.find(data))["train"]
        pieces = list(performance.pieces(data, "train", PIECES, np.random.default_rng(seed)))
        maker = Maker(cutouts.find(album), album, pieces, seed)
        trunk, objects = (weights.load(role).module for role in ("trunk", "object"))
        made = list(lessons(maker, SHOWS, STEPS, trunk, objects, LOOK_PX))
        workdir.mkdir(parents=True, exist_ok=True)
        torch.save([lesson.plain() for lesson in made], file)
    return [Lesson.of(*parts) for parts in torch.load(file)]


def learn(
    target: str,
    network: MovementFCN,
    shows: list[Lesson],
    minutes: float,
    seed: int,
    resume_file: Path,
    resume: bool = True,
) -> MovementFCN:
    """Train a network towards one target; returns its average over the last steps."""
    learner, budget = Learner(network, RATE, weight_decay=0.01), TimeBudget(minutes)
    labels = [LABELS[row] for row in network.row_label]
    steps = Steps(shows, labels, seed)
    fit(_taken(target, learner, steps, budget), {target: learner}, budget, resume_file=resume_file, resume=resume)
    return learner.averaged


def _taken(target: str, learner: Learner[MovementFCN], steps: Steps, budget: TimeBudget) -> Iterator[Figures]:
    where = next(learner.module.parameters()).device
    while True:
        stacks, known = steps.draw(BATCH)
        with half(where):
            logits = learner.module(stacks.to(where))
        value = loss(target, logits.float(), type(known)(*(part.to(where) for part in known)))
        learner.step(value, budget)
        yield {target: value}


def _touches(show: Lesson) -> Iterator:
    for step in show.truth:
        yield from step
