"""The players that separation learns from: the ear's sound fonts, scores and recordings, and those that were collected
since."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.instruments import LABELS
from milo_demo.training.hearing import sounds
from milo_demo.training.hearing.library import Library, Take, prepare

SOURCES = [
    *sounds.SOURCES,
    "collected recordings of 26 labels and of outsiders (public repositories, mostly without licence)",
]


def library(data: Path, workdir: Path, device: torch.device) -> Library:
    """The sounds of `data`, prepared in `workdir` (3 GB, some minutes) unless they lie there already.

    data : folder with soundfonts, midi, notes and recordings

    Raises MiloError if a part of the data, or `fluidsynth`, is missing.
    """
    if not (workdir / "library.json").is_file():
        sounds.check(data)
        prepare(_sounds(data), workdir)
    return Library(workdir, device)


def _sounds(data: Path) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    from milo_demo.training.hearing import recordings, scored_music, soundfonts

    rng = np.random.default_rng(sounds.SEED)
    yield from recordings.recordings(data, rng)
    yield from _collected(data / "recordings" / "new")
    yield from soundfonts.fonts(data, rng)
    yield from scored_music.in_parts(data, rng)


def _collected(folder: Path) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Single players, those of no label too; a repository's recordings count as one source."""
    from milo_demo.training.hearing.recordings import load

    with open(folder / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] != "accompanied"]
    for row in rows:
        path = folder / row["file"]
        label = row["label"] if row["label"] in LABELS else None
        owner = path.name.split("__")[0]
        kind, unknown = ("real", ()) if label else ("other", LABELS)
        yield Take(label, unknown, kind, f"collected/{owner}/{row['label']}", "train"), load(path)
