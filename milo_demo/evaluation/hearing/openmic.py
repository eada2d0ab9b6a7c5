"""Figures that others can compare theirs with: OpenMIC-2018's twenty instruments, and MUSIC's eleven and twenty-one.

``python -m milo_demo evaluate hearing --data DIR --openmic DIR`` measures on the data set of Humphrey et al. (2018) as
it is published: ten-second clips, each with a few instruments that people say are there or are not. Of MUSIC (Zhao et
al. 2018, 2019), which is a list of videos, only the names are used: the figures of phrases, for those labels alone.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from milo_demo.errors import MiloError
from milo_demo.evaluation.table import Figure, Table
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.grid import COUNTS, pool
from milo_demo.hearing.classify import Ear, Scores, hear
from milo_demo.hearing.judging import judged
from milo_demo.instruments import LABELS
from milo_demo.media import decode
from milo_demo.outside import OTHERS

OPENMIC: dict[str, str | None] = {
    "accordion": "accordion", "banjo": "banjo", "bass": "electric_bass", "cello": "cello", "clarinet": "clarinet",
    "cymbals": None, "drums": "drum", "flute": "flute", "guitar": "guitar", "mallet_percussion": "xylophone",
    "mandolin": "mandolin", "organ": "organ", "piano": "piano", "saxophone": "saxophone", "synthesizer": "synthesizer",
    "trombone": "trombone", "trumpet": "trumpet", "ukulele": "ukulele", "violin": "violin", "voice": "voice",
}  # fmt: skip
"""OpenMIC's instrument -> our label, or what the wider vocabulary calls it; None: we have no word for it alone."""

MUSIC_11 = (
    "accordion", "guitar", "cello", "clarinet", "erhu", "flute", "saxophone", "trumpet", "tuba", "violin", "xylophone",
)  # fmt: skip
MUSIC_21 = (
    *MUSIC_11, "bagpipe", "banjo", "bassoon", "congas", "drum", "electric_bass", "guzheng", "piano", "pipa", "ukulele",
)  # fmt: skip
SUBSETS: dict[str, tuple[str, ...]] = {
    "OpenMIC's 17": tuple(label for label in OPENMIC.values() if label in LABELS),
    "MUSIC's 11": MUSIC_11,
    "MUSIC's 21": MUSIC_21,
}
"""Our labels among those of other sets."""
THERE = 0.5
"""Relevance, 0-1, from which the people who were asked mean that an instrument is there."""


def openmic(folder: Path, ear: Ear) -> Table:
    """How well an ear tells, of each instrument, the test clips that have it from those that have not.

    folder : openmic-2018 as published, with openmic-2018-aggregated-labels.csv, audio/ and partitions/split01_test.csv

    Raises MiloError where a part is missing.
    """
    files = [folder / "openmic-2018-aggregated-labels.csv", folder / "partitions" / "split01_test.csv"]
    for path in files:
        if not path.is_file():
            raise MiloError(f"{path} is missing: name the folder openmic-2018 as it is published with --openmic.")
    keys = set(files[1].read_text(encoding="utf-8").split())
    relevance: dict[str, dict[str, float]] = {}
    with files[0].open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["sample_key"] in keys:
                relevance.setdefault(row["sample_key"], {})[row["instrument"]] = float(row["relevance"])
    places = {name: place for place, name in enumerate((*LABELS, *OTHERS))}
    truth: dict[str, list[bool]] = {}
    scores: dict[str, list[float]] = {}
    for key, said in sorted(relevance.items()):
        heard = _clip(folder / "audio" / key[:3] / f"{key}.ogg", ear)
        for instrument, value in said.items():
            name = OPENMIC.get(instrument)
            if name is not None:
                truth.setdefault(instrument, []).append(value >= THERE)
                scores.setdefault(instrument, []).append(float(heard[places[name]]))
    return _table(truth, scores)


def _clip(path: Path, ear: Ear) -> np.ndarray:
    """Scores (label + other,) of a clip."""
    if not path.is_file():
        raise MiloError(f"{path} is missing: name the folder openmic-2018 as it is published with --openmic.")
    blocks = zip(*hear(decode.audio(path, RATE_HZ), ear), strict=True)
    scores = Scores(*(np.concatenate(part) for part in blocks))
    return np.concatenate([pool(judged(scores)), pool(scores.others)])


def _table(truth: dict[str, list[bool]], scores: dict[str, list[float]]) -> Table:
    table: Table = {}
    measures = {
        "AUC": roc_auc_score,
        "AP": average_precision_score,
        "F1": lambda true, said: f1_score(true, np.array(said) >= COUNTS),
    }
    both = [name for name in sorted(truth) if 0 < sum(truth[name]) < len(truth[name])]
    for name in both:
        for measure, call in measures.items():
            value = float(call(truth[name], scores[name]))
            table.setdefault(f"OpenMIC {name}", {})[measure] = Figure(value, len(truth[name]))
    if both:
        rows = [table[f"OpenMIC {name}"] for name in both]
        table["OpenMIC mean"] = {m: Figure(float(np.mean([row[m].value for row in rows])), len(both)) for m in measures}
    return table
