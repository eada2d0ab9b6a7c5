"""Fits what is expected of a track to mixtures of held-apart players, whose parts are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ as LIBRARY_HZ
from milo_demo.features.stft import TRACK_HZ
from milo_demo.models.quality import FEATURES, WAYS, Quality
from milo_demo.separation.networks import Networks, load
from milo_demo.separation.quality import features, si_sdr
from milo_demo.separation.stretch import both_ways
from milo_demo.training.hearing.sounds import SOURCES
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.separation import sounds
from milo_demo.training.separation.stems import HELD, StemMaker, to_fit_and_to_measure

MIXTURES = 240
LENGTH_S = 8
KINDS = {"song": 0.2, "score": 0.3, "ensemble": 0.5}
RIDGE = 1.0
WORST_DB, BEST_DB = -10.0, 25.0
"""Beyond these, a track is as bad, or as good, as any."""


class Example(NamedTuple):
    """A track: its features (FEATURES,), and the SI-SDR that either way has, dB (way,)."""

    features: NDArray[np.float64]
    reached: NDArray[np.float64]


def train(data: Path, out: Path, *, seed: int = 1, workdir: Path | None = None, mixtures: int = MIXTURES) -> None:
    """Fit, and write `out` (safetensors) and its model card beside it. Takes some six minutes, preparation apart.

    data    : folder with soundfonts, midi, notes and recordings
    workdir : for the prepared sounds (gigabytes); default: separation/ beside `out`
    """
    out = Path(out)
    workdir = out.parent / "separation" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, torch.device("cpu"))
    fitting, measuring = to_fit_and_to_measure(library, seed, LENGTH_S * LIBRARY_HZ)
    networks, apart = load(), mixtures // HELD
    fitted = [example for _ in range(mixtures - apart) for example in examples(fitting, networks)]
    held = [example for _ in range(apart) for example in examples(measuring, networks)]
    network = Quality()
    network.weights.data = torch.from_numpy(fit(fitted)).float()
    card = {
        "role": "quality",
        "name": "track-quality",
        "labels": (),
        "config": {},
        "thresholds": {},
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {"mixtures held apart": measured(held, network)},
        "known_failures": ["where notes and masks are wrong together, a track is thought better than it is"],
        "seed": seed,
        "recipe": f"python -m milo_demo train quality --data DIR --out FILE --seed {seed}",
    }
    write_checkpoint(network, card, out, exact=("weights",))


def examples(maker: StemMaker, networks: Networks) -> Iterator[Example]:
    """The tracks of one mixture, all of whose players are asked for."""
    stems = maker.draw(1, KINDS)
    at_track_rate = torchaudio.functional.resample(stems.sound, LIBRARY_HZ, TRACK_HZ).numpy()
    mixture = at_track_rate.sum(axis=0)
    labels = sorted({take.label for take in stems.takes if take.label})
    found = both_ways(mixture[None], mixture, labels, networks)
    rows = features(found.by_mask[:-1], found.by_notes[:-1], mixture[None], found.notes, labels)
    for number, label in enumerate(labels):
        true = sum(sound for sound, take in zip(at_track_rate, stems.takes, strict=True) if take.label == label)
        if np.square(true).mean() > 1e-9:
            ways = (found.by_mask[number, 0], found.by_notes[number, 0])
            yield Example(rows[number], np.array([si_sdr(np.asarray(true), way) for way in ways]))


def fit(found: list[Example]) -> NDArray[np.float64]:
    """(way, FEATURES) by least squares."""
    rows = np.stack([example.features for example in found])
    reached = np.clip(np.stack([example.reached for example in found]), WORST_DB, BEST_DB)
    return np.linalg.solve(rows.T @ rows + RIDGE * np.eye(len(FEATURES)), rows.T @ reached).T


def measured(held: list[Example], network: Quality) -> dict[str, float]:
    """How well it knows tracks that it was not fitted to, and what choosing by it is worth."""
    rows = torch.from_numpy(np.stack([example.features for example in held])).float()
    reached = np.clip(np.stack([example.reached for example in held]), WORST_DB, BEST_DB)
    said = network(rows).detach().numpy()
    chosen = reached[np.arange(len(held)), said.argmax(axis=1)]
    figures = {f"correlation, {way}": np.corrcoef(said[:, k], reached[:, k])[0, 1] for k, way in enumerate(WAYS)}
    figures |= {f"SI-SDR, {way}": reached[:, k].mean() for k, way in enumerate(WAYS)}
    figures["correlation, chosen"] = np.corrcoef(said.max(axis=1), chosen)[0, 1]
    figures |= {"SI-SDR, chosen": chosen.mean(), "SI-SDR, the better": reached.max(axis=1).mean()}
    return {"tracks": len(held)} | {name: round(float(value), 3) for name, value in figures.items()}
