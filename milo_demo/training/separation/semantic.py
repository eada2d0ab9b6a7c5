"""The semantic network's recipe (Nuotioma 2024): mixtures of solos, and softly whose every place of them is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo.features.log_frequency import BINS, SECONDS, SIDE, WINDOWS, levelled, picture
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.stft import spectrum
from milo_demo.instruments import LABELS
from milo_demo.models.published.semantic import SemanticUNet
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.sounds import SOURCES
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
from milo_demo.training.separation import sounds
from milo_demo.training.separation.stems import StemMaker, Stems

BATCH = {"cpu": 8, "cuda": 64}
KINDS = {"duo": 1.0}
"""As in the document."""
SAMPLES = round(SECONDS * RATE_HZ)
HALF = SAMPLES // 2
"""Length of what is learnt from: three seconds say as much about who plays as six. Two mixtures stand side by side."""
LEARNING_RATE = 2e-3
WEIGHTS = 1e-3, 10.0
"""Least and most that a place weighs."""
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
"""Of which the one with the highest Dice coefficient is kept."""
KNOWN_FAILURES = [
    "it hears up to 5.5 kHz and 26 names: whoever has none takes the nearest",
    "erhu, bagpipe, pipa and guzheng were learnt from few recordings or stand-ins",
    "of two players of one name it makes one",
    "whom it takes for another has a nearly silent track: so it is with a third of those it never heard",
]


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 60.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the semantic network and write `out` (safetensors) and its model card beside it.

    data    : folder with soundfonts, midi, notes and recordings
    minutes : time to train, preparation apart
    workdir : for the prepared sounds (1.5 GB) and the state to resume from; default: semantic/ beside `out`

    Runs on the GPU where there is one.
    """
    out = Path(out)
    workdir = out.parent / "semantic" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, device(), scored=False)
    torch.manual_seed(seed)
    learner, budget = Learner(SemanticUNet().to(device()), LEARNING_RATE, weight_decay=1e-3), TimeBudget(minutes)
    fit(
        steps(library, learner, budget, seed),
        {"semantic": learner},
        budget,
        resume_file=workdir / "semantic.pt",
        resume=resume,
        save_every=250,
    )
    finish(learner.averaged, library, out, seed=seed, budget=budget)


def steps(library: Library, learner: Learner[SemanticUNet], budget: TimeBudget, seed: int) -> Iterator[Figures]:
    """Steps without end. Gives the loss."""
    maker = StemMaker(library, "train", seed + budget.steps, HALF)
    batch = BATCH[device().type]
    while True:
        parts, mixture, group, labels = pictures(maker.draw(batch, KINDS), batch)
        with half(mixture.device):
            logits = learner.module(side_by_side(mixture))
        value = loss(logits.float(), side_by_side(soft_targets(parts, group, labels, batch)), side_by_side(mixture))
        learner.step(value, budget)
        yield {"loss": value}


def pictures(stems: Stems, batch: int) -> tuple[Tensor, Tensor, np.ndarray, list[str | None]]:
    """Pictures of all parts (part, SIDE, column) and of their mixtures (batch, SIDE, column), at the mixtures' level,
    SIDE columns for six seconds; and of every part its mixture and its label."""
    spectra = spectrum(stems.sound, WINDOWS[RATE_HZ])[:, :BINS]
    columns = round(SIDE * stems.sound.shape[1] / SAMPLES)
    group = torch.from_numpy(stems.group).to(spectra.device)
    mixture = torch.zeros(batch, *spectra.shape[1:], dtype=spectra.dtype, device=spectra.device)
    mixture = mixture.index_add(0, group, spectra).abs()
    parts = picture(levelled(spectra.abs(), mixture[group])[:, None], columns)[:, 0]
    labels = [take.label for take in stems.takes]
    return parts, picture(levelled(mixture, mixture)[:, None], columns)[:, 0], stems.group, labels


def loss(logits: Tensor, targets: Tensor, mixture: Tensor) -> Tensor:
    """Cross-entropy (equation 3.1), weighed by how loud the mixture is at each place, as Zhao et al. (2018) do: most
    places are nearly silent, and what is learnt there nobody hears.

    logits, targets : (n, label, SIDE, SIDE)
    mixture         : (n, SIDE, SIDE) magnitudes at the level of pictures
    """
    weights = torch.log1p(mixture).clamp(*WEIGHTS)
    return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()


def side_by_side(halves: Tensor) -> Tensor:
    """Pictures (2 · n, …, column) as n of twice the width."""
    return torch.cat([halves[0::2], halves[1::2]], dim=-1)


def soft_targets(parts: Tensor, group: np.ndarray, labels: list[str | None], batch: int) -> Tensor:
    """Softmax of all labels' magnitudes, 0 for those who do not play (section 3.1.1): (batch, label, SIDE, column).

    parts  : (part, SIDE, column)
    group  : (part,) which mixture each is in
    labels : of the parts; one of None is nobody's
    """
    magnitudes = torch.zeros(batch, len(LABELS), *parts.shape[1:], device=parts.device)
    for part, k, label in zip(parts, group, labels, strict=True):
        if label is not None:
            magnitudes[k, LABELS.index(label)] = part
    return magnitudes.softmax(dim=1)


def finish(module: SemanticUNet, library: Library, out: Path, *, seed: int, budget: TimeBudget) -> None:
    """Choose the threshold of a trained network, measure it on solos kept apart, and write checkpoint and card."""
    maker = StemMaker(library, "calibration", seed, SAMPLES, bent=False)
    overlaps = measured(module, maker)
    threshold = max(overlaps, key=lambda it: overlaps[it]["Dice"])
    figures = {f"duos kept apart, threshold {it}": overlaps[it] for it in overlaps}
    write_checkpoint(module, card(threshold, figures, budget, seed), out, exact=_exact(module))


def _exact(module: SemanticUNet) -> tuple[str, ...]:
    """Variances of deep levels are beyond what half precision holds."""
    return tuple(name for name in module.state_dict() if "running_" in name)


@torch.inference_mode()
def measured(module: SemanticUNet, maker: StemMaker, duos: int = 96) -> dict[float, dict[str, float]]:
    """Threshold -> intersection over union and Dice coefficient of the masks of those who play, means over them: where
    a label is likeliest and at least that likely, of the network's chances and of the soft targets."""
    module.eval()
    found: dict[float, list[tuple[float, float]]] = {threshold: [] for threshold in THRESHOLDS}
    for _ in range(duos):
        parts, mixture, group, labels = pictures(maker.draw(1, {"duo": 1.0}), 1)
        (said, best), (true, truly) = (
            chances[0].max(dim=0) for chances in (module(mixture).softmax(dim=1), soft_targets(parts, group, labels, 1))
        )
        for threshold in THRESHOLDS:
            for label in filter(None, labels):
                ours, theirs = (
                    (which == LABELS.index(label)) & (chance >= threshold)
                    for chance, which in ((said, best), (true, truly))
                )
                both, either = int((ours & theirs).sum()), int((ours | theirs).sum())
                if theirs.any():
                    found[threshold].append((both / either, 2 * both / (both + either)))
    means = {threshold: np.mean(pairs, axis=0).round(3).tolist() for threshold, pairs in found.items()}
    return {threshold: {"IoU": iou, "Dice": dice} for threshold, (iou, dice) in means.items()}


def card(threshold: float, figures: dict[str, Any], budget: TimeBudget, seed: int) -> dict[str, Any]:
    """The model card, but for the fingerprint of the numbers."""
    return {
        "role": "semantic",
        "name": "semantic-unet",
        "labels": LABELS,
        "config": {},
        "thresholds": dict.fromkeys(LABELS, threshold),
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": figures,
        "known_failures": KNOWN_FAILURES,
        **recipe_notes("semantic", seed, budget),
    }
