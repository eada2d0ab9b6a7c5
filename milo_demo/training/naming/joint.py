"""The recipe of the network that names a clip by ear and eye together (Slizovskaia 2017).

Pairs of a solo and a photo of its label, neither of which the report uses. One sense may be missing, and now and then
they contradict each other: then either name is half right.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo import weights
from milo_demo.instruments import LABELS
from milo_demo.models.naming.joint import JointNet
from milo_demo.training.hearing import sounds
from milo_demo.training.hearing.mixtures import Mixtures
from milo_demo.training.kept import keyed
from milo_demo.training.learner import Learner, TimeBudget, device, fit, recipe_notes, write_checkpoint
from milo_demo.training.naming.pairs import Features, of_photos, of_sounds
from milo_demo.training.seeing import photos

BATCH = 256
MISSING, CONTRADICTING = 0.15, 0.1
"""Shares of pairs without a picture, as many without a sound, and of pairs of two labels."""
RATE = 1e-3
SOLOS = 200
"""Batches of solos."""
PHOTOS = ("photos of 25 labels: kaggle30, jray10, Caltech-101, PACS, public repositories (mostly without licence)",)
SOLOS_KEPT, PAIRS_KEPT = 20, 8
"""Batches of solos, and of pairs, that figures are taken from."""
SPLITS = {"train": "train", "calibrate": "calibration"}
"""Part of the photos -> part of the sounds."""
SEEN_TWICE = 2.0
"""How much a picture's features are spread around themselves: the eye has seen these photos, and of the world's it will
be less sure."""


class Pairs(NamedTuple):
    """What pairs are made from: sounds (n, 1024) and photos (n, view, 1280)."""

    sounds: Features
    photos: Features


def train(
    data: Path, out: Path, *, minutes: float = 5.0, seed: int = 1, workdir: Path | None = None, resume: bool = True
) -> None:
    """Train the joint network on features of the bundled networks, and write `out` (safetensors) and its model card.

    data    : folder with soundfonts, midi, notes, recordings and images
    workdir : for the prepared sounds (gigabytes) and the features; default: library/ beside `out`
    resume  : use the features that lie there
    """
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    pairs, budget = gathered(data, workdir, seed, resume), TimeBudget(minutes)
    network = learn(pairs, JointNet(), budget, seed)
    card = {
        "role": "joint",
        "name": "joint-net",
        "labels": list(LABELS),
        "config": {"pictures": network.pictures},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": [*sounds.SOURCES, *PHOTOS],
        "licence": "of the recipe and these numbers: MIT; the sounds and photos they were made from: see training_data",
        "known_failures": [
            "names one instrument: of several players it says the one that is clearest",
            "no better than what the ear alone says of a clean recording, and worse of one in a noisy room",
        ],
        "measured": {"pairs kept apart": measured(network, gathered(data, workdir, seed, resume, "calibrate"))},
    }
    write_checkpoint(network, card | recipe_notes("joint", seed, budget), out)


def gathered(data: Path, workdir: Path, seed: int, resume: bool = True, part: str = "train") -> Pairs:
    """The features that pairs are made from, of one of the SPLITS, kept in `workdir`."""
    kept = workdir / f"{keyed(f'pairs-{part}', seed, roles=('trunk', 'spectrogram'))}.pt"
    if resume and kept.is_file():
        state = torch.load(kept, weights_only=True)
        return Pairs(Features(*state["sounds"]), Features(*state["photos"]))
    library = sounds.library(data, workdir, device())
    trunk, classifier = (weights.load(role, "cpu").module for role in ("trunk", "spectrogram"))
    shown = of_photos(photos.split(photos.find(data))[part], trunk, np.random.default_rng(seed))
    count = SOLOS if part == "train" else SOLOS_KEPT
    pairs = Pairs(of_sounds(Mixtures(library, SPLITS[part], seed), classifier, count), shown)
    torch.save({name: tuple(part) for name, part in pairs._asdict().items()}, kept)
    return pairs


def learn(pairs: Pairs, network: JointNet, budget: TimeBudget, seed: int) -> JointNet:
    """Train a network on pairs until the time is spent; in eval mode."""
    torch.manual_seed(seed)
    learner, rng = Learner(network, RATE), np.random.default_rng(seed)
    with torch.no_grad():  # begin where every number is about as large
        for layer, features in ((network.sound, pairs.sounds), (network.picture, pairs.photos)):
            layer.weight.div_(features.values.std() + 1e-6)

    def steps():
        while True:
            sound, pictures, wanted = drawn(pairs, network.pictures, rng)
            loss = F.cross_entropy(learner.module(sound, pictures), wanted)
            learner.step(loss, budget)
            yield {"loss": loss.detach()}

    fit(steps(), {"joint": learner}, budget)
    return learner.averaged


@torch.inference_mode()
def measured(network: JointNet, pairs: Pairs, seed: int = 0) -> dict[str, float]:
    """How often a right name comes first, of pairs as they are drawn: a sense may be missing, or contradict."""
    rng, hits = np.random.default_rng(seed), []
    for _ in range(PAIRS_KEPT):
        sound, pictures, wanted = drawn(pairs, network.pictures, rng)
        first = network(sound, pictures).argmax(dim=1, keepdim=True)
        hits.append((wanted.gather(1, first) > 0).float().mean())
    return {"Hit@1": round(float(torch.stack(hits).mean()), 3)}


def drawn(pairs: Pairs, pictures: int, rng: np.random.Generator, batch: int = BATCH) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of pairs: sounds (batch, 1024), pictures (batch, k, 1280), and how right each label is (batch, label)."""
    by_sound, by_photo = (_by_label(features) for features in pairs)
    labels = rng.choice(sorted(set(by_sound)), batch)
    others = rng.choice(sorted(set(by_photo)), batch)
    contradicts = rng.random(batch) < CONTRADICTING
    chance = rng.random(batch)
    sound, shown, wanted = [], [], torch.zeros(batch, len(LABELS))
    for k, label in enumerate(labels):
        kind = others[k] if contradicts[k] else label
        deaf, blind = chance[k] < MISSING, chance[k] > 1 - MISSING or kind not in by_photo
        heard = pairs.sounds.values[rng.choice(by_sound[label])]
        seen = torch.zeros(pictures, pairs.photos.values.shape[-1])
        if not blind:
            views = pairs.photos.values[rng.choice(by_photo[kind])]
            seen = views[rng.integers(len(views), size=pictures)]
        sound.append(torch.zeros_like(heard) if deaf and not blind else heard)
        shown.append(seen)
        right = {kind} if deaf and not blind else {label} if blind else {label, kind}
        for one in right:
            wanted[k, one] = 1 / len(right)
    spread = pairs.photos.values.std() * 0.25 * SEEN_TWICE
    pictures_seen = torch.stack(shown)
    there = pictures_seen.any(dim=2, keepdim=True)
    return torch.stack(sound), pictures_seen + there * spread * torch.randn_like(pictures_seen), wanted


def _by_label(features: Features) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for place, label in enumerate(features.labels.tolist()):
        found.setdefault(label, []).append(place)
    return found
