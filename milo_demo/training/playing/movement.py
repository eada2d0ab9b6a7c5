"""The action model's recipe (Liu 2018, chapter 4): networks of one kind, told apart by who teaches them.

Ear and eye, frozen, look at and listen to a made stage (`stage`), and their word is the target, as in the document (VT,
ST, OT, SOT); a fifth network is told the stage's truth (CT). All go on from one that START has taught, as the document
trains its models on from its best one (section 4.2.4). What ships goes on from the fifth, with real clips beside the
stage, in which hands teach (`clips`).
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.movement import MovementFCN
from milo_demo.seeing import detect
from milo_demo.training.learner import Figures, Learner, TimeBudget, device, fit, half, write_checkpoint
from milo_demo.training.playing import clips, performance
from milo_demo.training.playing.batches import Steps
from milo_demo.training.playing.lessons import Lesson, lessons
from milo_demo.training.playing.stage import Maker
from milo_demo.training.playing.targets import TARGETS, Known, loss, name
from milo_demo.training.seeing import cutouts, photos

PIECES, SHOWS, STEPS = 80, 800, 4
LOOK_PX = 256
"""Long side of the pictures that the eye looks at here: at the 384 of real clips it would take most of the time."""
BATCH = 16
RATE = 2e-3
START, START_SHARE, TARGET_SHARE, HANDS_SHARE = "SOT", 0.25, 0.11, 0.2 / 3
"""Parts of the time: for the network that all others go on from, for each target, and for each of the three that real
hands teach: one for each half of the clips, which has not seen them, and the one that ships."""
FOLDER = "targets"
"""Where, beside the shipped network, the others lie: `evaluate playing` compares them."""
TRAINING_DATA = [
    "a made stage: cut-outs of photos (Kaggle Musical Instruments, 30 classes, training part; jray-8/"
    "musical-instruments-classifier; Caltech-101; no licence stated), people and places (PACS, ajschumacher/imagen, "
    "Caltech-101 background_google), moved by scores of the MIDI pack (GPL, CC BY, CC BY-SA, CC0, BSD or public "
    "domain, by file) on the sound fonts of the sound model",
    "teachers: this project's ear (sound, spectrogram), eye (trunk, object, boxes) and hands",
]
CLIPS = "ten real clips of third parties, four minutes, neither shown nor shipped, with hands as teachers"
KNOWN_FAILURES = [
    "On real clips its peak is further from where the instrument is touched than the middle of the frame is: it shows "
    "what moves like playing, not the place of contact.",
    "Learned mostly on a made stage: real arms, elbows and heads move in ways that it has not seen.",
    "What fingers do on keys and valves is too small for the flow to see; drumsticks are too fast.",
    "Names of instruments come from how they are moved alone, and are often wrong.",
]


def train(
    data: Path, out: Path, *, minutes: float = 18.0, seed: int = 0, workdir: Path | None = None, resume: bool = True
) -> None:
    """Train all of them; write the one that ships to `out` and the others into the folder FOLDER beside it, with cards.

    minutes : to train, all together; making the stage takes some minutes more
    workdir : where the prepared stage and the states to resume from lie; default: movement/ beside `out`

    Needs `fluidsynth` on the path. Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    workdir = out.parent / "movement" if workdir is None else Path(workdir)
    torch.manual_seed(seed)
    shows, real = prepared(data, workdir, seed), prepared_clips(data, workdir)
    labels = shown_labels([*shows, *real.values()])

    def taught(
        target: str, file: str, begin: MovementFCN, made: list[Lesson], share: float, number: int
    ) -> MovementFCN:
        state = workdir / f"{file}.training"
        return learn(target, copy.deepcopy(begin), made, share * minutes, seed + number, state, resume)

    card = {
        "role": "movement",
        "labels": labels,
        "config": {"labels": labels},
        "thresholds": dict.fromkeys(labels, 0.5),
        "licence": "MIT, of the recipe and these numbers; photos and clips are not redistributed",
        "known_failures": KNOWN_FAILURES,
        "seed": seed,
        "recipe": f"python -m milo_demo train movement --data DIR --out {out.name} --seed {seed} --minutes {minutes:g}",
    }
    start = taught(START, "start", MovementFCN(labels).to(device()), shows, START_SHARE, 0)
    networks = {target: taught(target, target, start, shows, TARGET_SHARE, 1) for target in TARGETS}
    for target, network in networks.items():
        about = {"name": f"movement-{name(target).lower()}", "target": name(target), "training_data": TRAINING_DATA}
        write_checkpoint(network, card | about, out.parent / FOLDER / f"{target.lower()}.safetensors")
    for left_out in (*clips.FOLDS, None):
        some = [lesson for file, lesson in real.items() if clips.fold(Path(file)) != left_out]
        network = taught("CT", f"hands_{left_out}", networks["CT"], [*shows, *some], HANDS_SHARE, 2)
        about = {"name": "movement-hands", "target": "CT", "training_data": [*TRAINING_DATA, CLIPS]}
        if left_out is None:
            write_checkpoint(network, card | about, out)
        else:
            about |= {"note": f"trained without the {left_out} half of the clips, which it is measured on"}
            write_checkpoint(network, card | about, out.parent / FOLDER / f"hands_{left_out}.safetensors")


def prepared(data: Path, workdir: Path, seed: int) -> list[Lesson]:
    """The stage's shows, made unless they lie in `workdir` already."""
    file = workdir / "stage.pt"
    if not file.is_file():
        album = photos.split(photos.find(data))["train"]
        pieces = list(performance.pieces(data, "train", PIECES, np.random.default_rng(seed)))
        maker = Maker(cutouts.find(album), album, pieces, seed)
        made = list(lessons(maker, SHOWS, STEPS, detect.load(), LOOK_PX))
        workdir.mkdir(parents=True, exist_ok=True)
        torch.save([lesson.plain() for lesson in made], file)
    return [Lesson.of(*parts) for parts in torch.load(file)]


def prepared_clips(data: Path, workdir: Path) -> dict[str, Lesson]:
    """The real clips by their files' names, looked at unless that lies in `workdir` already."""
    file = workdir / "clips.pt"
    if not file.is_file():
        made = {path.name: clips.lesson(path).plain() for path in clips.find(data)}
        torch.save(made, file)
    return {clip: Lesson.of(*parts) for clip, parts in torch.load(file).items()}


def shown_labels(made: list[Lesson]) -> list[str]:
    """The labels that are in the picture in any lesson, or played."""
    shown = {touch.label for lesson in made for step in lesson.truth for touch in step}
    return [label for label in LABELS if label in shown]


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
    steps = _taken(target, learner, shows, budget, seed)
    fit(steps, {target: learner}, budget, resume_file=resume_file, resume=resume)
    return learner.averaged


def _taken(
    target: str, learner: Learner[MovementFCN], shows: list[Lesson], budget: TimeBudget, seed: int
) -> Iterator[Figures]:
    labels = [LABELS[row] for row in learner.module.row_label]
    steps = Steps(shows, labels, seed + budget.steps)
    where = next(learner.module.parameters()).device
    while True:
        stacks, known = steps.draw(BATCH)
        with half(where):
            logits = learner.module(stacks.to(where))
        value = loss(target, logits.float(), Known(*(part.to(where) for part in known)))
        learner.step(value, budget)
        yield {target: value}
