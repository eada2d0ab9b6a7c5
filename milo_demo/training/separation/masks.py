"""The mask network's recipe: mixtures of known parts without end, and who is asked for changes with every one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from milo_demo.features.stft import LEARNT, sound, spectrum
from milo_demo.instruments import LABELS
from milo_demo.models.masks import REST, MaskNet
from milo_demo.separation.quality import si_sdr
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.sounds import SOURCES
from milo_demo.training.learner import Figures, Learner, TimeBudget, device, fit, half, recipe_notes, write_checkpoint
from milo_demo.training.separation import sounds
from milo_demo.training.separation.stems import StemMaker, Stems, asked

BATCH = {"cpu": 6, "cuda": 32}
FRAMES = 256
LEARNING_RATE = 2e-3
FLOOR = 3e-3
"""Share of the mixture's energy below which an error no longer counts: 25 dB."""
QUIETEST = 1e-8
"""Power of a track that is not measured."""
SILENT = 1e-2
"""Energy of a spectrogram in which nobody plays: there is nothing to learn from it."""
KNOWN_FAILURES = [
    "erhu, bagpipe, pipa and guzheng were learnt from few recordings or stand-ins",
    "of singers, mostly the ten of MIR-1K were heard",
    "above 8 kHz it does not hear: what it finds between 6 and 8 kHz is taken to go on",
]


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 150.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the mask network and write `out` (safetensors) and its model card beside it.

    data    : folder with soundfonts, midi, notes and recordings
    minutes : time to train, preparation apart
    workdir : for the prepared sounds (gigabytes) and the state to resume from; default: separation/ beside `out`

    Runs on the GPU where there is one.
    """
    out = Path(out)
    workdir = out.parent / "separation" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, device())
    torch.manual_seed(seed)
    network = MaskNet().to(device())
    learner, budget = Learner(network, LEARNING_RATE, weight_decay=1e-3), TimeBudget(minutes)
    fit(
        steps(library, learner, budget, seed),
        {"masks": learner},
        budget,
        resume_file=workdir / "masks.pt",
        resume=resume,
        save_every=300,
    )
    finish(learner.averaged, library, out, seed=seed, budget=budget)


def finish(module: MaskNet, library: Library, out: Path, *, seed: int, budget: TimeBudget) -> None:
    """Measure a trained network on mixtures of players kept apart, and write checkpoint and card."""
    maker = StemMaker(library, "calibration", seed, (FRAMES - 1) * LEARNT.hop, bent=False)
    record = card(budget, seed) | {"measured": {"mixtures kept apart": measured(module, maker)}}
    # Variances of deep levels are beyond what half precision holds.
    write_checkpoint(module, record, out, exact=tuple(name for name in module.state_dict() if "running_" in name))


@torch.inference_mode()
def measured(module: MaskNet, maker: StemMaker, mixtures: int = 96) -> dict[str, float]:
    """SI-SDR, dB, of mixtures and of what the network makes of them; all who play are asked for."""
    without, reached = [], []
    module.eval()
    for _ in range(mixtures):
        stems = maker.draw(1)
        names = sorted({take.label for take in stems.takes if take.label})
        truth, wanted, rows = targets(stems, [names], 1)
        mixture = truth.sum(dim=1)
        spectra = spectrum(mixture, LEARNT)
        shares = module(spectra.abs(), wanted, rows).softmax(dim=1)
        tracks = sound(spectra[:, None] * shares, LEARNT, mixture.shape[1])
        for true, said in zip(truth[0, :-1], tracks[0], strict=False):
            if true.square().mean() > QUIETEST:
                without.append(si_sdr(true.cpu().numpy(), mixture[0].cpu().numpy()))
                reached.append(si_sdr(true.cpu().numpy(), said.cpu().numpy()))
    return {
        "tracks": len(reached),
        "SI-SDR of the mixture": round(float(np.mean(without)), 2),
        "SI-SDR": round(float(np.mean(reached)), 2),
    }


def card(budget: TimeBudget, seed: int) -> dict[str, Any]:
    """The model card, but for the fingerprint of the numbers."""
    return {
        "role": "masks",
        "name": "mask-unet",
        "labels": LABELS,
        "config": {},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "known_failures": KNOWN_FAILURES,
        **recipe_notes("masks", seed, budget),
    }


def steps(library: Library, learner: Learner[MaskNet], budget: TimeBudget, seed: int) -> Iterator[Figures]:
    """Steps without end. Gives the loss."""
    maker = StemMaker(library, "train", seed + budget.steps, (FRAMES - 1) * LEARNT.hop)
    rng = np.random.default_rng(seed + budget.steps)
    batch = BATCH[device().type]
    while True:
        stems = maker.draw(batch)
        truth, wanted, rows = targets(stems, asked(stems, batch, rng), batch)
        parts = spectrum(truth, LEARNT)
        mixture = parts.sum(dim=1)
        with half(mixture.device):
            logits = learner.module(mixture.abs(), wanted, rows)
        value = loss(logits.float(), mixture, parts, rows)
        learner.step(value, budget)
        yield {"loss": value}


def targets(stems: Stems, names: list[list[str]], batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """What the network is to find where `names` are asked for.

    Returns sound (batch, row, sample), the names asked for (batch, label), and the rows' labels (batch, row): the names
    and, last, REST, to which all that was not asked for belongs; −1 where there is no row.
    """
    most = max(len(wanted) for wanted in names) + 1
    where = stems.sound.device
    truth = torch.zeros(batch, most, stems.sound.shape[1], device=where)
    rows = np.full((batch, most), -1)
    wanted = np.zeros((batch, len(LABELS)), np.float32)
    for k, asked_for in enumerate(names):
        rows[k, : len(asked_for)] = [LABELS.index(label) for label in asked_for]
        rows[k, -1] = REST
        wanted[k, rows[k, : len(asked_for)]] = 1
    for part, k, take in zip(stems.sound, stems.group, stems.takes, strict=True):
        row = names[k].index(take.label) if take.label in names[k] else most - 1
        truth[k, row] += part
    return truth, torch.from_numpy(wanted).to(where), torch.from_numpy(rows).to(where)


def loss(logits: Tensor, mixture: Tensor, parts: Tensor, rows: Tensor) -> Tensor:
    """Minus the logarithm of the signal-to-noise ratio of every row, dB, down to FLOOR.

    logits, parts : (batch, row, bin, frame), parts complex
    mixture       : (batch, bin, frame) complex
    """
    error = (logits.softmax(dim=1) * mixture[:, None] - parts).abs().square().sum(dim=(2, 3))
    own = parts.abs().square().sum(dim=(2, 3))
    floor = FLOOR * mixture.abs().square().sum(dim=(1, 2))[:, None] + SILENT
    known = (rows >= 0).float()
    return (10 * torch.log10((error + floor) / (own + floor)) * known).sum() / known.sum()
