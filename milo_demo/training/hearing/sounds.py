"""Everything the recipes of the ear learn from, prepared once for all of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.errors import MiloError
from milo_demo.training.hearing.library import Library, Take, prepare

SEED = 1
"""Of the library: one for all recipes, whatever theirs."""
SOURCES = [
    "sound fonts airfont380, aspirin160, retro90, timgm6mb (public domain), alex (CC BY 3.0), livehq, sgm (CC BY 4.0), "
    "fluidr3 (MIT), generaluser (own free licence)",
    "Debian's FluidR3_GM, TimGM6mb and MuseScore_General_Lite, where installed",
    "scores: the MIDI pack (GPL, CC BY, CC BY-SA, CC0, BSD or public domain, by file), and melodies made up",
    "notes of 12 instruments: Philharmonia Orchestra samples (CC BY-SA 3.0)",
    "recordings: FSDKaggle2018 subset (CC), solo phrases (omerdvi/musical-instruments, no licence), guzheng and pipa "
    "(podcatcher962/XianReverie, no licence), sung pop (MIR-1K, research use)",
    "negatives: ESC-10 (CC BY 3.0), TSP speech, and noises made up",
    "collected recordings of 26 labels and of outsiders (public repositories, mostly without licence)",
]


def library(data: Path, workdir: Path, device: torch.device) -> Library:
    """The sounds of `data`, prepared in `workdir` (some gigabytes, half an hour) unless they lie there already.

    data : folder with soundfonts, midi, notes and recordings

    Preparing needs `fluidsynth` on the path, `librosa`, `mido` and `soundfile`. Raises MiloError if that or a part of
    the data is missing.
    """
    if not (workdir / "library.json").is_file():
        check(data)
        prepare(_sounds(data), workdir)
    return Library(workdir, device)


def check(data: Path) -> None:
    for part in ("soundfonts", "midi/manifest.csv", "notes/philharmonia", "recordings"):
        if not (data / part).exists():
            raise MiloError(f"{data / part} is missing: name the folder of the training data with --data.")
    if shutil.which("fluidsynth") is None:
        raise MiloError("fluidsynth, which plays the scores, is not installed: install it, then train again.")


def _sounds(data: Path) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    from milo_demo.training.hearing import (  # what they import, training on prepared sounds does not need
        recordings,
        scored_music,
        soundfonts,
    )

    rng = np.random.default_rng(SEED)
    yield from soundfonts.fonts(data, rng)
    yield from scored_music.together(data, rng)
    yield from scored_music.in_parts(data, rng)
    yield from recordings.recordings(data, rng)
    yield from recordings.collected(data / "recordings" / "new")
