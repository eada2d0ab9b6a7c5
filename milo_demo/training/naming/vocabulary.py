"""The recipe of the wider vocabulary, and of names and families judged with it.

Two layers, one after the other, on features of mixtures that are made once. The first says what the teacher says: of
our own mixtures, of outsiders, noise and speech, in rooms. The second judges our names by that: in every third mixture
somebody plays alone whom the taxonomy does not have, and whatever is heard there of our labels is wrong. All that is
known of families is learnt beside it, for an oboe is a reed, if none of ours.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import Tensor

from milo_demo import weights
from milo_demo.features.log_mel import WINDOWS, log_mel
from milo_demo.features.patches import patches
from milo_demo.hearing.classify import combine
from milo_demo.instruments import LABELS
from milo_demo.models.naming.vocabulary import Vocabulary
from milo_demo.training.hearing import sounds, teachers
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.mixtures import UNKNOWN, Mixtures
from milo_demo.training.kept import keyed
from milo_demo.training.learner import TimeBudget, device, recipe_notes, write_checkpoint

BATCH = 32
STRANGERS = 0.35
"""Share of the mixtures in which an instrument of no label plays alone."""
EPOCHS, RATE, DECAY = 12, 1e-3, 1e-3
JUDGING_EPOCHS, JUDGING_RATE, JUDGING_DECAY = 25, 1e-2, 1e-2
KEPT = 20
"""Batches of mixtures kept apart that figures are taken from."""
KNOWN_FAILURES = [
    "words are distilled from a teacher, not learnt from labels: where it errs, so does this",
    "an instrument that sounds like one of ours in every word that the teacher has (a viola, a vibraphone) keeps its "
    "neighbour's name",
]
EXACT = ("words.bias", "names.bias", "families.bias")


class Examples(NamedTuple):
    """What is learnt from: features (n, step, 1024), what is heard, logits (n, step, label), what the teacher says (n,
    step, class), 0-1, and the truth (n, step, label + family)."""

    features: Tensor
    heard: Tensor
    said: Tensor
    truth: Tensor


def train(
    data: Path, out: Path, *, minutes: float = 30.0, seed: int = 1, workdir: Path | None = None, resume: bool = True
) -> None:
    """Train the vocabulary on what the bundled ear makes of sounds, and write `out` (safetensors) and its model card.

    data    : folder with soundfonts, midi, notes, recordings, and weights/yamnet
    minutes : time to make examples, preparation apart; learning from them takes a few minutes more
    workdir : for the prepared sounds (gigabytes) and the examples; default: library/ beside `out`
    resume  : go on with the examples that lie there
    """
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    teacher, names = teachers.load_yamnet(data).to(device()), teachers.class_names(data)
    library, budget = sounds.library(data, workdir, device()), TimeBudget(minutes)
    kept = workdir / f"{keyed('vocabulary', seed, minutes, roles=('sound', 'spectrogram'))}.pt"
    if resume and kept.is_file():
        state = torch.load(kept, weights_only=True)
        examples = Examples(**state["examples"])
        budget.load_state_dict(state["budget"])  # the card tells the time that they took
    else:
        examples = _joined(_examples(library, teacher, budget, seed))
        torch.save({"examples": examples._asdict(), "budget": budget.state_dict()}, kept)
    network = learn(examples, Vocabulary(names), teacher.head.state_dict(), seed)
    apart = _joined(islice(_examples(library, teacher, TimeBudget(minutes), seed, "calibration"), KEPT))
    card = {
        "role": "vocabulary",
        "name": "vocabulary",
        "labels": [],
        "config": {"classes": names},
        "thresholds": {},
        "started_from": "the last layer of YAMNet (Plakal and Ellis 2020, Apache-2.0), trained on AudioSet",
        "training_data": sounds.SOURCES,
        "licence": "of the recipe and these numbers: MIT; where they started: Apache-2.0; the sounds they were made "
        "from: see training_data",
        "measured": {"mixtures kept apart": measured(network, apart)},
        "known_failures": KNOWN_FAILURES,
    }
    write_checkpoint(network, card | recipe_notes("vocabulary", seed, budget), out, exact=EXACT)


def _joined(batches: Iterable[Examples]) -> Examples:
    return Examples(*(torch.cat(part) for part in zip(*batches, strict=True)))


def _examples(
    library: Library, teacher: torch.nn.Module, budget: TimeBudget, seed: int, split: str = "train"
) -> Iterator[Examples]:
    """Batches of examples until the time is spent."""
    ear, classifier = (weights.load(role, library.device).module for role in ("sound", "spectrogram"))
    draws = Mixtures(library, split, seed, strangers=STRANGERS, families=True)
    budget.tick()
    while not budget.finished:
        sound, truth = draws.draw(BATCH, hardness=min(1.0, 2 * budget.progress))
        with torch.inference_mode():
            pictures = patches(sound)
            features = classifier.embed(pictures.flatten(0, 1))
            named = classifier.head(features).unflatten(0, pictures.shape[:2])
            heard = combine(ear(log_mel(sound, WINDOWS)), named.mT).mT
            said = teacher(pictures.flatten(0, 1)).sigmoid().unflatten(0, pictures.shape[:2])
            features = features.unflatten(0, pictures.shape[:2])
        yield Examples(features.half().cpu(), heard.cpu(), said.half().cpu(), truth.mT.cpu())
        budget.tick()


def learn(examples: Examples, network: Vocabulary, begin: dict[str, Tensor], seed: int) -> Vocabulary:
    """Both layers, one after the other; in eval mode.

    begin : the teacher's last layer, from which ours starts
    """
    torch.manual_seed(seed)
    features, heard, said, truth = (part.float() for part in examples)
    network.words.load_state_dict(begin)
    flat, answers = features.flatten(0, 1), said.flatten(0, 1)
    optimiser = torch.optim.AdamW(network.words.parameters(), RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(flat)).split(512):
            _step(optimiser, F.binary_cross_entropy_with_logits(network.words(flat[chosen]), answers[chosen]))
    network.words.requires_grad_(False)
    judges = [*network.names.parameters(), *network.families.parameters()]
    optimiser = torch.optim.AdamW(judges, JUDGING_RATE, weight_decay=JUDGING_DECAY)
    slower = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, JUDGING_EPOCHS)
    for _ in range(JUDGING_EPOCHS):
        for chosen in torch.randperm(len(features)).split(64):
            _, names, families = network(features[chosen], heard[chosen])
            known = (truth[chosen] != UNKNOWN).float()
            wrong = F.binary_cross_entropy_with_logits(
                torch.cat([names, families], dim=-1), (truth[chosen] == 1).float(), reduction="none"
            )
            _step(optimiser, (wrong * known).sum() / known.sum())
        slower.step()
    return network.eval()


@torch.inference_mode()
def measured(network: Vocabulary, examples: Examples) -> dict[str, float]:
    """How well names and families are told, over all steps in which that can be said: area under the ROC curve."""
    features, heard, _, truth = (part.float() for part in examples)
    _, names, families = network(features, heard)
    known = truth != UNKNOWN
    said = {"names as heard": (heard, slice(len(LABELS))), "names judged": (names, slice(len(LABELS)))}
    said["families"] = (families, slice(len(LABELS), None))
    return {
        f"AUC, {name}": round(float(roc_auc_score(truth[..., part][known[..., part]] == 1, odds[known[..., part]])), 3)
        for name, (odds, part) in said.items()
    }


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
