"""What supervised NMF knows of every instrument: spectra that the training-side solos of each are sums of."""

from pathlib import Path

import numpy as np
import torch

from milo_demo.features.log_frequency import BINS, FRAMES, SECONDS, WINDOWS, levelled
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.stft import spectrum
from milo_demo.instruments import LABELS
from milo_demo.models.published.dictionaries import ATOMS, Dictionaries
from milo_demo.separation.published.factors import factorised
from milo_demo.training.hearing.library import Library, Take, latest_starts
from milo_demo.training.hearing.sounds import SOURCES
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.separation import sounds

STRETCHES = 24
"""Solos of six seconds per label, even over where they come from."""


def train(data: Path, out: Path, *, seed: int = 1, workdir: Path | None = None) -> None:
    """Learn the spectra of every label and write `out` (safetensors) and its card beside it. Takes some minutes.

    data    : folder with soundfonts, midi, notes and recordings
    workdir : for the prepared sounds, which the semantic network's recipe shares; default: semantic/ beside `out`
    """
    out = Path(out)
    workdir = out.parent / "semantic" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, torch.device("cpu"), scored=False)
    module, rng = Dictionaries(), np.random.default_rng(seed)
    for number, label in enumerate(LABELS):
        _, spectra = factorised(solos(library, label, rng), ATOMS)
        module.spectra.data[number] = torch.from_numpy(spectra / spectra.sum(axis=1, keepdims=True))
    finish(module, library, out, seed=seed)


def finish(module: Dictionaries, library: Library, out: Path, *, seed: int) -> None:
    """Measure the spectra on solos kept apart, and write them and their card."""
    record = {
        "role": "dictionaries",
        "name": "nmf-dictionaries",
        "labels": LABELS,
        "config": {},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {"solos kept apart": unexplained(module, library, np.random.default_rng(seed))},
        "known_failures": ["spectra up to 5.5 kHz only; whoever plays the same note looks the same"],
        "seed": seed,
        "recipe": f"python -m milo_demo train dictionaries --data DIR --out FILE --seed {seed}",
    }
    write_checkpoint(module, record, out)


def unexplained(module: Dictionaries, library: Library, rng: np.random.Generator) -> dict[str, float]:
    """Share of the magnitudes of solos that sums of their own spectra leave over, and that of the next label's."""
    own, others = [], []
    for number, label in enumerate(LABELS):
        heard = solos(library, label, rng, "calibration", count=2)
        for shift, found in ((0, own), (1, others)):
            spectra = module.spectra.data[(number + shift) % len(LABELS)].numpy()
            gains, _ = factorised(heard, ATOMS, spectra)
            found.append(np.abs(heard - (gains @ spectra).T).sum() / heard.sum())
    return {"left over by their own": round(float(np.mean(own)), 3), "by another's": round(float(np.mean(others)), 3)}


def solos(
    library: Library, label: str, rng: np.random.Generator, split: str = "train", count: int = STRETCHES
) -> np.ndarray:
    """Magnitudes (BINS, frame) of some solos of a label, at the level of pictures; of a label without any in the split,
    from the training side."""
    by_source: dict[str, list[Take]] = {}
    for take in library.takes:
        if take.label == label and take.split == split:
            by_source.setdefault(take.source, []).append(take)
    if not by_source:
        return solos(library, label, rng, count=count)
    sources = list(by_source.values())
    chosen = [sources[k % len(sources)] for k in rng.permutation(max(count, len(sources)))[:count]]
    takes = [those[rng.integers(len(those))] for those in chosen]
    samples = round(SECONDS * RATE_HZ)
    starts = (rng.random(len(takes)) * (latest_starts(takes, samples) + 1)).astype(np.int64)
    spectra = spectrum(library.stretches(takes, starts, np.ones(len(takes)), samples), WINDOWS[RATE_HZ])
    found = spectra[:, :BINS, :FRAMES].abs()
    return levelled(found, found).permute(1, 0, 2).flatten(1).numpy()
