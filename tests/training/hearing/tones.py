"""A sound library of a few megabytes: six instruments that are plain tones, one look-alike, and noise."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.training.hearing.library import Library, Take

SECONDS = 8
TONES_HZ = {"violin": 880.0, "tuba": 110.0, "flute": 2500.0, "cello": 220.0, "piano": 440.0, "harp": 1500.0}


def library(folder: Path) -> Library:
    """Write the library's two files and open them."""
    rng = np.random.default_rng(0)
    time_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    takes, sounds = [], []

    def add(sound: np.ndarray, label: str | None, kind: str, source: str, unknown: tuple[str, ...] = ()) -> None:
        for split in ("train", "calibration"):
            takes.append(Take(label, unknown, kind, source, split, sum(map(len, sounds)), len(sound)))
            sounds.append((sound * 0.08 / sound.std() * 32_767).clip(-32_767, 32_767).astype(np.int16))

    for label, hertz in TONES_HZ.items():
        add(np.sin(2 * np.pi * hertz * time_s), label, "font", f"tone/{label}")
    add(np.sin(2 * np.pi * 800 * time_s), None, "other", "viola", ("violin",))
    for source in ("speech", "made-up noise", "rain"):
        add(rng.standard_normal(len(time_s)), None, "negative", source)
    folder.mkdir(parents=True, exist_ok=True)
    np.concatenate(sounds).tofile(folder / "library.s16")
    (folder / "library.json").write_text(json.dumps([asdict(take) for take in takes]), encoding="utf-8")
    return Library(folder)
