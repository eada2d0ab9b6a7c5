"""Real recordings and noises for the library.

Kept from training for calibration: a fifth of the sound files and notes, three singers, a speaker and a fold of the
noises. Another speaker and another fold are kept for measuring.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
import soundfile
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import LABELS, label_of
from milo_demo.training.hearing.instrumentation import OTHER_RECORDINGS
from milo_demo.training.hearing.library import Take

CALIBRATION_SINGERS = ("davidson", "heycat", "annar")
PLUCKED = {"banjo", "guitar", "mandolin"}
KEPT_SHARE = 0.2
"""Of sound files and notes, those kept for calibration."""
ACCOMPANIED = "accompanied"
"""Kind of a recording in which others play too: nobody says who."""


def recordings(data: Path, rng: Generator) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Everything that was recorded, and noises made up. Yields takes and their sound (sample,)."""
    yield from _players(data / "recordings")
    for instrument in sorted((data / "notes" / "philharmonia").iterdir()):
        label = label_of(instrument.name, "fsd")
        unknown = () if label else OTHER_RECORDINGS[instrument.name]
        yield from _notes(instrument, label, unknown, rng)
    for path, split in negatives(data / "recordings"):
        yield Take(None, (), "negative", path.parent.name, split), load(path)
    for number in range(60):
        split = ("train", "train", "train", "calibration", "evaluation")[number % 5]
        yield Take(None, (), "negative", "made-up noise", split), _made_up_noise(rng)


def collected(folder: Path, alone: bool = False) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Recordings from public repositories: single players, accompanied ones, and instruments of no label. Yields takes
    and their sound (sample,); a repository's recordings of a label count as one source.

    folder : with manifest.csv
    alone  : without those who are accompanied
    """
    with open(folder / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not (alone and row["kind"] == ACCOMPANIED)]
    for row in rows:
        path, name = folder / row["file"], row["label"]
        label = label_of(name, "phrases")
        unknown = () if label else OTHER_RECORDINGS[name]
        if row["kind"] == ACCOMPANIED:
            unknown = tuple(other for other in LABELS if other != label)
        source = f"collected/{path.name.split('__')[0]}/{name}"
        yield Take(label, unknown, "real" if label else "other", source, "train"), load(path)


def negatives(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files of speech and of noise in the folder of recordings, and the split that each belongs to."""
    files = sorted((folder / "speech").glob("*.ogg"))
    speakers = sorted({path.name[:2] for path in files})
    split_of_speaker = dict(zip(speakers[::-1], ("evaluation", "calibration"), strict=False))
    for path in files:
        yield path, split_of_speaker.get(path.name[:2], "train")
    split_of_fold = {"4": "calibration", "5": "evaluation"}  # ESC's folds keep a recording's parts together
    for path in sorted((folder / "noise").glob("*/*.ogg")):
        yield path, split_of_fold.get(path.name[0], "train")


def _players(folder: Path) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    for path in sorted((folder / "fsd").glob("*/*.ogg")):
        name = path.parent.name
        label = label_of(name, "fsd")
        unknown = () if label else OTHER_RECORDINGS[name]
        yield Take(label, unknown, "real" if label else "other", f"fsd/{name}", split_of(path, KEPT_SHARE)), load(path)
    for path in sorted((folder / "phrases_train").glob("*.ogg")):
        label = label_of(path.stem, "phrases")
        if label is None and path.stem not in OTHER_RECORDINGS:
            continue  # several instruments at once
        unknown = () if label else OTHER_RECORDINGS[path.stem]
        yield Take(label, unknown, "real" if label else "other", f"phrases/{path.stem}", "train"), load(path)
    for path in sorted((folder / "mir1k_train").glob("*.ogg")):
        accompaniment, voice = load(path, mono=False)
        singer = path.stem.split("_")[0]
        split = "calibration" if singer in CALIBRATION_SINGERS else "train"
        yield Take("voice", (), "real", f"mir1k/{singer}", split, piece=path.stem), voice
        # Nobody says what plays in it, only that nobody sings.
        unknown = tuple(label for label in LABELS if label != "voice")
        yield Take(None, unknown, "other", "mir1k/accompaniment", split, piece=path.stem), accompaniment


def _notes(
    folder: Path, label: str | None, unknown: tuple[str, ...], rng: Generator
) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Single notes of one instrument strung together to phrases; plucked ones ring on over each other."""
    notes = {path: load(path) for path in sorted(folder.iterdir())}
    for split, phrases in (("train", 10), ("calibration", 2)):
        chosen = [sound for path, sound in notes.items() if split_of(path, KEPT_SHARE) == split]
        take = Take(label, unknown, "real" if label else "other", f"{folder.parent.name}/{folder.name}", split)
        for _ in range(phrases):
            yield take, _phrase(chosen, rng, rings=folder.name in PLUCKED)


def _phrase(notes: list[NDArray[np.float32]], rng: Generator, rings: bool) -> NDArray[np.float32]:
    phrase = np.zeros(int(40 * RATE_HZ), np.float32)
    at = 0
    while at < len(phrase):
        note = notes[rng.integers(len(notes))]
        loud = np.flatnonzero(np.abs(note) > 0.02 * np.abs(note).max())
        note = note[loud[0] : loud[-1] + 1] / np.sqrt(np.mean(np.square(note))) * rng.uniform(0.3, 1)
        note = note[: len(phrase) - at]
        phrase[at : at + len(note)] += note
        at += int(rng.uniform(0.1, 0.8) * RATE_HZ) if rings else int(len(note) * rng.uniform(0.6, 1.05))
    return phrase


def _made_up_noise(rng: Generator) -> NDArray[np.float32]:
    """20 s of hiss, rumble or hum, with handling thumps and clicks now and then."""
    samples = 20 * RATE_HZ
    frequency = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    colour = np.maximum(frequency, 20.0) ** rng.uniform(-1.2, 0.2)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * colour, samples)
    noise /= noise.std()
    time_s = np.arange(samples) / RATE_HZ
    if rng.random() < 0.4:
        mains = rng.choice([50, 60, 100, 120])
        noise += sum(rng.uniform(0, 1) * np.sin(2 * np.pi * mains * k * time_s) for k in range(1, 8))
    for _ in range(rng.poisson(8) if rng.random() < 0.6 else 0):
        at = rng.integers(samples - RATE_HZ)
        burst = rng.standard_normal(RATE_HZ) * np.exp(-np.arange(RATE_HZ) / (RATE_HZ * 10 ** rng.uniform(-3, -1)))
        smooth = int(10 ** rng.uniform(0, 2))
        noise[at : at + RATE_HZ] += rng.uniform(2, 12) * np.convolve(burst, np.ones(smooth) / smooth**0.5, "same")
    return noise.astype(np.float32)


def load(path: Path, mono: bool = True) -> NDArray[np.float32]:
    """(sample,) at 16 kHz, or (channel, sample)."""
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    sound = sound.mean(axis=1) if mono else sound.T
    return librosa.resample(sound, orig_sr=rate_hz, target_sr=RATE_HZ)


def split_of(path: Path, share: float) -> str:
    """The same answer for the same file name on every machine."""
    value = hashlib.sha256(path.name.encode()).digest()[0] / 256
    return "calibration" if value < share else "train"
