"""The spectrogram classifier's recipe: YAMNet taught our labels, without forgetting what it knows.

Bhattacharyya (2020, section 4.3) fine-tunes a pre-trained MobileNet on pictures of spectrograms. Ours starts from one
that has heard two million real recordings, and made-up mixtures are a narrow world beside them. So every layer is
trained on, but the new last one first and the early ones slowest, and a second last layer goes on saying what the
teacher says (Li and Hoiem 2018, learning without forgetting): of the mixtures, of noise and speech, and of real music
nobody has labelled. That layer does not ship.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.features.patches import BANDS, FRAMES, OFFSET, patches
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import EMBEDDING, PatchNet
from milo_demo.training.hearing import calibration, sounds, teachers
from milo_demo.training.hearing.library import Library, latest_starts
from milo_demo.training.hearing.mixtures import SAMPLES, UNKNOWN, Mixtures
from milo_demo.training.learner import (
    Figures,
    Learner,
    TimeBudget,
    device,
    fit,
    half,
    recipe_notes,
    write_checkpoint,
)

BATCH = {"cpu": 16, "cuda": 128}
"""Sounds of ten patches each."""
MUSIC = 0.25
"""Share of them that are stretches of real music of which nobody says what plays."""
RATE_HEAD = 1e-3
RATE_LAST, RATE_FIRST = 4e-4, 4e-5
"""Learning rates of the last layer before the head and of the first; between them they rise evenly in proportion."""
DAMPED = 0.25
"""The teacher's words for our labels, to start from, are this much softer: it is all too sure in made-up mixtures."""
SAVE_EVERY = 1000
HEAD_ALONE = 0.08
"""Share of the time in which only the new layer learns, so that its first errors do not spoil the others."""
REMEMBER = 1.0
"""Weight of the loss against the teacher's scores."""
MIXED = 0.3
"""Share of the batch into which another sound is mixed."""
SURE, SURE_NOT = 0.5, 0.003
"""Teacher's scores from which, and up to which, unlabelled music counts as having a label or not."""

KNOWN_FAILURES = [
    "erhu was learnt from some twenty recordings of three people, most of them with company, and is judged by stricter "
    "rules; organs pass for one",
    "in ensembles it is far less sure than of solos, of a saxophone or a clarinet above all",
    "neighbours are taken for each other: guzheng and pipa, bagpipe and accordion, clarinet and saxophone or violin, "
    "recorder and flute, trombone and french horn, congas and drum",
]


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 90.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the spectrogram classifier and write `out` (safetensors) and its model card beside it.

    data    : folder with soundfonts, midi, notes, recordings, and weights/yamnet
    minutes : time to train, preparation apart
    workdir : for the prepared sounds (gigabytes) and the state to resume from; default: library/ beside `out`

    Runs on the GPU where there is one.
    """
    data, out = Path(data), Path(out)
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    teacher = teachers.load_yamnet(data)
    library = sounds.library(data, workdir, device())
    budget = TimeBudget(minutes)
    network = learn(library, teacher, budget, seed=seed, resume_file=workdir / "spectrogram.pt", resume=resume)
    finish(network, library, out, seed=seed, budget=budget)


def finish(network: PatchNet, library: Library, out: Path, *, seed: int, budget: TimeBudget) -> None:
    """Calibrate a trained classifier alone, and write checkpoint and card."""
    labels, thresholds, figures = calibration.calibrate(lambda sound: hear(network, sound), library, seed)
    with torch.no_grad():
        network.head.bias.sub_(thresholds.to(network.head.bias))
    card = {
        "role": "spectrogram",
        "name": "patch-net",
        "labels": labels,
        "config": {},
        "thresholds": dict.fromkeys(labels, 0.5),
        "calibrated": "a score of 0.5 is each label's threshold: it is part of the last layer's bias",
        "started_from": "YAMNet (Plakal and Ellis 2020, Apache-2.0), trained on AudioSet",
        "training_data": sounds.SOURCES,
        "licence": "of the recipe and these numbers: MIT; where they started: Apache-2.0; the sounds they were made "
        "from: see training_data",
        "measured": {"calibration": {figure: round(value, 3) for figure, value in figures.items()}},
        "known_failures": KNOWN_FAILURES,
    }
    write_checkpoint(network, card | recipe_notes("spectrogram", seed, budget), out)


def learn(
    library: Library, teacher: PatchNet, budget: TimeBudget, *, seed: int, resume_file: Path, resume: bool = True
) -> PatchNet:
    """Train a student of the teacher on the library's device. Returns the averaged network, in eval mode."""
    torch.manual_seed(seed)
    teacher = teacher.to(library.device)
    student = Student(teacher).to(library.device)
    learner = Learner(student, student.rates(), weight_decay=0.0)
    fit(
        steps(library, teacher, learner, budget, seed),
        {"student": learner},
        budget,
        resume_file=resume_file,
        resume=resume,
        save_every=SAVE_EVERY,
    )
    return learner.averaged.network.eval()


def steps(
    library: Library, teacher: PatchNet, learner: Learner["Student"], budget: TimeBudget, seed: int
) -> Iterator[Figures]:
    """Steps of the student, without end. Gives their losses."""
    batches = PatchBatches(library, seed + budget.steps)
    while True:
        pictures, truth = by_patch(*batches.draw(hardness=min(1.0, 3 * budget.progress)))
        learner.module.network.layers.requires_grad_(budget.progress >= HEAD_ALONE)
        with half(library.device):
            with torch.no_grad():
                scores = teacher(pictures).float().sigmoid()
            logits, memory = learner.module(masked(pictures))
        value = loss(logits.float(), answered(truth, scores), memory.float(), scores)
        learner.step(value, budget)
        yield {"loss": value}


@torch.inference_mode()
def hear(network: PatchNet, sound: Tensor) -> Tensor:
    """Sound (batch, sample) to logits (batch, label, step)."""
    pictures = patches(sound)
    return network(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]).mT


class Student(nn.Module):
    """The network that ships, and beside its head one for the teacher's classes.

    It starts as the teacher: layer by layer, and for every label the teacher has words for, with their mean.
    """

    def __init__(self, teacher: PatchNet) -> None:
        super().__init__()
        self.network = PatchNet()
        self.network.layers.load_state_dict(teacher.layers.state_dict())
        with torch.no_grad():
            self.network.head.weight.zero_()
            self.network.head.bias.fill_(-3.0)  # few of the labels play at a time
            for name, rows in teachers.ROWS.items():
                label = LABELS.index(name)
                self.network.head.weight[label] = DAMPED * teacher.head.weight[list(rows)].mean(dim=0)
                self.network.head.bias[label] = DAMPED * teacher.head.bias[list(rows)].mean()
        self.memory = nn.Linear(EMBEDDING, teachers.CLASSES)
        self.memory.load_state_dict(teacher.head.state_dict())

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, label) and the teacher's classes' logits (n, 521)."""
        embedding = self.network.embed(patches)
        return self.network.head(self.network.dropout(embedding)), self.memory(embedding)

    def rates(self) -> list[tuple[list[nn.Parameter], float]]:
        """All parameters with their learning rates."""
        layers = list(self.network.layers)
        rates = np.geomspace(RATE_FIRST, RATE_LAST, len(layers)).tolist()
        parts = [*zip(layers, rates, strict=True), (self.memory, RATE_LAST), (self.network.head, RATE_HEAD)]
        return [(list(part.parameters()), rate) for part, rate in parts]


class PatchBatches:
    """Endless batches of patches with their truth, made on the library's device: mixtures, and music of which nobody
    says what plays."""

    def __init__(self, library: Library, seed: int) -> None:
        self._library = library
        self._mixtures = Mixtures(library, "train", seed)
        self._music = [take for take in library.takes if take.kind == "music" and take.split == "train"]
        self._rng = np.random.default_rng(seed)

    def draw(self, hardness: float) -> tuple[Tensor, Tensor]:
        """Patches (sound, step, 96, 64) and truth (sound, label, step); of unlabelled music all is UNKNOWN."""
        batch = BATCH[self._library.device.type]
        unlabelled = round(MUSIC * batch) if self._music else 0
        sound, truth = self._mixtures.draw(batch - unlabelled, hardness)
        if unlabelled:
            sound = torch.cat([sound, self._unlabelled(unlabelled)])
            truth = F.pad(truth, (0, 0, 0, 0, 0, unlabelled), value=UNKNOWN)
        return mixed(patches(sound), truth, self._rng)

    def _unlabelled(self, count: int) -> Tensor:
        """Stretches of music (count, sample), each at one loudness."""
        takes = [self._music[index] for index in self._rng.integers(len(self._music), size=count)]
        starts = self._rng.integers(latest_starts(takes, SAMPLES) + 1)
        sound = self._library.stretches(takes, starts, self._rng.uniform(0.9, 1.1, count), SAMPLES)
        return normalise(sound, levels_dbfs(sound))


def by_patch(pictures: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Every patch by itself: (sound, step, 96, 64) and (sound, label, step) -> (n, 96, 64) and (n, label), where n
    counts the steps of all sounds, one sound's after another's."""
    return pictures.flatten(0, 1), truth.transpose(1, 2).flatten(0, 1)


def mixed(pictures: Tensor, truth: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Some sounds mixed into their neighbours: powers add (but for their phases), so this needs no audio.

    pictures : (sound, step, 96, 64) of log(mel + 0.001);  truth : (sound, label, step)
    """
    chosen = rng.random(len(pictures)) < MIXED
    gain = np.where(chosen, 10 ** (rng.uniform(-12, 3, len(pictures)) / 20), 0)
    gain = torch.from_numpy(gain).to(pictures)[:, None, None, None]
    magnitude = pictures.exp() - OFFSET
    magnitude = torch.hypot(magnitude, gain * magnitude.roll(1, 0))
    other = truth.roll(1, 0)
    both = torch.where((truth == 1) | (other == 1), 1, torch.maximum(truth, other))
    joined = torch.from_numpy(chosen).to(truth.device)[:, None, None]
    return torch.log(magnitude + OFFSET), torch.where(joined, both, truth)


def masked(pictures: Tensor) -> Tensor:
    """Patches with up to two bars of bands and one of frames painted over with their mean (Park et al. 2019).

    (n, 96, 64) -> (n, 96, 64)
    """
    mean = pictures.mean(dim=(1, 2), keepdim=True)
    for axis, size, widest in ((2, BANDS, 12), (2, BANDS, 12), (1, FRAMES, 24)):
        width = torch.randint(widest + 1, (len(pictures), 1), device=pictures.device)
        start = (torch.rand(len(pictures), 1, device=pictures.device) * (size - width)).floor()
        index = torch.arange(size, device=pictures.device)
        bar = (index >= start) & (index < start + width)
        pictures = torch.where(bar.unsqueeze(3 - axis), mean, pictures)
    return pictures


def answered(truth: Tensor, scores: Tensor) -> Tensor:
    """Truth (n, label) in which the teacher's scores (n, 521) answer for sounds of which all was UNKNOWN."""
    said = teachers.named(scores)
    answers = torch.where(said > SURE, 1, torch.where(said < SURE_NOT, 0, UNKNOWN)).to(truth)
    return torch.where((truth == UNKNOWN).all(dim=1, keepdim=True), answers, truth)


def loss(logits: Tensor, truth: Tensor, memory: Tensor, scores: Tensor) -> Tensor:
    """Cross-entropy where truth is known, and between the teacher's scores and what is remembered of them.

    logits, truth (n, label);  memory : logits (n, 521), scores : 0-1 (n, 521)
    """
    labels = F.binary_cross_entropy_with_logits(logits, (truth == 1).float(), reduction="none") * (truth != UNKNOWN)
    forgotten = F.binary_cross_entropy_with_logits(memory, scores, reduction="none")
    least = F.binary_cross_entropy(scores, scores, reduction="none")  # so that a perfect memory costs nothing
    return labels.sum(dim=1).mean() + REMEMBER * (forgotten - least).sum(dim=1).mean()
