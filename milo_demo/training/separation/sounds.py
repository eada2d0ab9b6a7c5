"""The players that separation learns from: the ear's sound fonts, scores and recordings, but for those in which others
play along."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo.training.hearing import sounds
from milo_demo.training.hearing.library import Library, Take, prepare


def library(data: Path, workdir: Path, device: torch.device, scored: bool = True) -> Library:
    """The sounds of `data`, prepared in `workdir` (3 GB, some minutes) unless they lie there already.

    data   : folder with soundfonts, midi, notes and recordings
    scored : also players of one score on one clock, which are half of the gigabytes

    Raises MiloError if a part of the data, or `fluidsynth`, is missing.
    """
    if not (workdir / "library.json").is_file():
        sounds.check(data)
        prepare(_sounds(data, scored), workdir)
    return Library(workdir, device)


def _sounds(data: Path, scored: bool) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    from milo_demo.training.hearing import recordings, scored_music, soundfonts

    rng = np.random.default_rng(sounds.SEED)
    yield from recordings.recordings(data, rng)
    yield from recordings.collected(data / "recordings" / "new", alone=True)
    yield from soundfonts.fonts(data, rng)
    if scored:
        yield from scored_music.in_parts(data, rng)
