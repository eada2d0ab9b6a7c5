"""Fits what names are worth in company to mixtures of held-apart players, whose parts are known.

Alone, every label is called from its own threshold on. Among others some are called by mistake ten times as often as
others: an erhu is heard in many a band, a flute in none, not even where there is one. So each is moved towards the
score that RATE of the mixtures without it reach; half of the way, for made music is not real music: on real ensembles
the whole way is worth less. Of whom none plays in the mixtures, nobody can say what would be lost, nor that there is
anything to find: such a one is never raised, and lowered the whole way.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.grid import pool
from milo_demo.hearing import classify
from milo_demo.hearing.classify import VOICE, Ear
from milo_demo.hearing.judging import FAINTEST, judged, several
from milo_demo.instruments import LABELS
from milo_demo.models.naming.company import Company
from milo_demo.training.hearing.sounds import SOURCES
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.separation import sounds
from milo_demo.training.separation.stems import HELD, StemMaker, to_fit_and_to_measure

MIXTURES = 750
LENGTH_S = 10
KINDS = {"song": 0.3, "score": 0.5, "ensemble": 0.2}
RATE = 0.04
PART, MOST = 0.5, 1.0
"""How much of the way, and how far at most, log-odds."""
THERE = 1e-3
"""Share of the energy from which on a player counts as playing."""


class Heard(NamedTuple):
    """odds (label,) of a whole mixture, in which several families are heard; and who plays in it, (label,)."""

    odds: NDArray[np.float32]
    plays: NDArray[np.bool_]


def train(data: Path, out: Path, *, seed: int = 1, workdir: Path | None = None, mixtures: int = MIXTURES) -> None:
    """Fit, and write `out` (safetensors) and its model card beside it. Takes some ten minutes, preparation apart.

    data    : folder with soundfonts, midi, notes and recordings
    workdir : for the prepared sounds (gigabytes), the same as those of `train masks`; default: separation/ beside `out`
    """
    out = Path(out)
    workdir = out.parent / "separation" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, torch.device("cpu"))
    fitting, measuring = to_fit_and_to_measure(library, seed, LENGTH_S * RATE_HZ)
    ear = replace(classify.load(tags=False), company=None)
    held = mixtures // HELD
    network = fit(list(examples(fitting, ear, mixtures - held)))
    card = {
        "role": "company",
        "name": "names-in-company",
        "labels": LABELS,
        "config": {},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {"mixtures held apart": measured(list(examples(measuring, ear, held)), network)},
        "known_failures": ["made music only: what plays beside what in real music is not in it"],
        "seed": seed,
        "recipe": f"python -m milo_demo train company --data DIR --out FILE --seed {seed}",
    }
    write_checkpoint(network, card, out, exact=("odds",))


def examples(maker: StemMaker, ear: Ear, mixtures: int) -> Iterator[Heard]:
    """Those of so many mixtures with two players or more in which the ear hears several families."""
    for _ in range(mixtures):
        stems = maker.draw(1, KINDS)
        energies = stems.sound.square().sum(dim=1)
        heard = (energies > THERE * energies.sum()).tolist()
        playing = {take.label for take, loud in zip(stems.takes, heard, strict=True) if loud}
        if None in playing or len(playing) < 2:  # of a band nobody says who plays in it
            continue
        [whole] = classify.hear([stems.sound.sum(dim=0).numpy()], ear)  # shorter than a block
        if several(whole):
            odds = logit(pool(judged(whole)).clip(FAINTEST, 1 - FAINTEST))
            yield Heard(odds, np.array([label in playing for label in LABELS]))


def fit(found: list[Heard]) -> Company:
    """The voice stays as it is: what accompanies singers, in which one is heard by mistake, is not in the mixtures."""
    odds, plays = (np.stack(part) for part in zip(*found, strict=True))
    network = Company()
    for label in range(len(LABELS)):
        without = odds[~plays[:, label], label]
        if label != VOICE and len(without):
            move = -float(np.clip(np.quantile(without, 1 - RATE), -MOST, MOST))
            network.odds.data[label] = PART * move if plays[:, label].any() else min(0.0, move)
    return network


@torch.inference_mode()
def measured(held: list[Heard], network: Company) -> dict[str, float]:
    """How often who plays counts as heard, and who does not, before and after."""
    odds, plays = (np.stack(part) for part in zip(*held, strict=True))
    figures = {}
    for when, said in (("before", odds > 0), ("after", network(torch.from_numpy(odds)).numpy() > 0)):
        right, wrong = (said & plays).sum(), (said & ~plays).sum()
        figures |= {
            f"{when}: players heard": right / plays.sum(),
            f"{when}: others heard, of a mixture": wrong / len(held),
            f"{when}: F1": 2 * right / (said.sum() + plays.sum()),
        }
    return {"mixtures": len(held)} | {name: round(float(value), 3) for name, value in figures.items()}
