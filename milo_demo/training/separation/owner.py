"""The owner network's recipe: mixtures of known parts, in which the note network says who of them has which note.

The truth is distilled: a note is whose part, heard alone, has it most surely. So real players, whose notes nobody wrote
down, teach as well as rendered ones. Mixtures are prepared once, for the note network is slower than the training;
their variety comes from players who meet again in other company, from moving them up and down by semitones, and from
asking for other names every time.
"""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from milo_demo import weights
from milo_demo.features.constant_q import RATE_HZ
from milo_demo.features.log_mel import RATE_HZ as LIBRARY_HZ
from milo_demo.instruments import LABELS
from milo_demo.models.notes import PER_SEMITONE, NoteNet
from milo_demo.models.owner import BINS, NOBODY, SOMEONE, OwnerNet
from milo_demo.separation.notes.owners import UNPITCHED, pooled
from milo_demo.separation.notes.salience import salience
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.sounds import SOURCES
from milo_demo.training.learner import Figures, Learner, TimeBudget, device, fit, recipe_notes, write_checkpoint
from milo_demo.training.separation import sounds
from milo_demo.training.separation.stems import StemMaker

MIXTURES = 4448
HELD = 80
LENGTH_S = 6
BATCH = 8
LEARNING_RATE = 3e-3
KINDS = {"song": 0.12, "score": 0.28, "ensemble": 0.60}
SURE, NONE = 0.4, 0.2
"""Salience from which a part has a note, and below which it has not; in between nothing is claimed."""
UNKNOWN = -1
AGAIN, LAST = 3, 48
"""So many mixtures more are made of the last so many parts for each ensemble that is drawn."""
SHIFTS = 5
"""Semitones up or down that a mixture is moved at most."""
KNOWN_FAILURES = [
    "erhu, bagpipe, pipa and guzheng were learnt from few recordings or stand-ins",
    "notes that two players share are given to one of them",
]


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 110.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the owner network and write `out` (safetensors) and its model card beside it.

    data    : folder with soundfonts, midi, notes and recordings
    minutes : time to train, preparation (40 minutes) apart
    workdir : for the prepared sounds (gigabytes) and the state to resume from; default: separation/ beside `out`
    """
    out = Path(out)
    workdir = out.parent / "separation" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, torch.device("cpu"))
    prepare(library, "train", workdir / "owners", MIXTURES, seed)
    torch.manual_seed(seed)
    learner, budget = Learner(OwnerNet().to(device()), LEARNING_RATE, weight_decay=1e-3), TimeBudget(minutes)
    fit(
        steps(workdir / "owners", learner, budget, seed),
        {"owner": learner},
        budget,
        resume_file=workdir / "owner.pt",
        resume=resume,
        save_every=300,
    )
    finish(learner.averaged, library, workdir, out, seed=seed, budget=budget)


def finish(module: OwnerNet, library: Library, workdir: Path, out: Path, *, seed: int, budget: TimeBudget) -> None:
    """Measure a trained network on mixtures of players kept apart, and write checkpoint and card."""
    prepare(library, "calibration", workdir / "owners-held", HELD, seed)
    found = measured(module, sorted((workdir / "owners-held").glob("*.npz")))
    write_checkpoint(module, card(budget, seed) | {"measured": {"mixtures kept apart": found}}, out)


@torch.inference_mode()
def measured(module: OwnerNet, paths: list[Path]) -> dict[str, float]:
    """Of the notes that somebody plays, how many are heard, and how many are given to whose they are, if all who play
    are asked for."""
    heard, right, count = 0, 0, 0
    where = next(module.parameters()).device
    for path in paths:
        with np.load(path) as file:
            spectrum, notes, owners = file["spectrum"], file["notes"], torch.from_numpy(file["owners"]).to(where)
        wanted = np.zeros(len(LABELS), np.float32)
        wanted[[owner for owner in np.unique(owners.cpu()) if 0 <= owner < SOMEONE]] = 1
        inputs = (torch.from_numpy(part[None]).float().to(where) for part in (spectrum, notes, wanted))
        logits = module(*inputs)[0]
        sounding = (owners >= 0) & (owners < NOBODY)
        heard += int((logits.softmax(dim=0)[NOBODY] < 0.5)[sounding].sum())
        right += int((logits[:NOBODY].argmax(dim=0) == owners)[sounding].sum())
        count += int(sounding.sum())
    return {"heard": round(heard / max(1, count), 3), "to the right owner": round(right / max(1, count), 3)}


def card(budget: TimeBudget, seed: int) -> dict[str, Any]:
    """The model card, but for the fingerprint of the numbers."""
    return {
        "role": "owner",
        "name": "note-owner",
        "labels": LABELS,
        "config": {},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "distilled": "which notes a part has was said by the note network (role notes), heard on the part alone",
        "known_failures": KNOWN_FAILURES,
        **recipe_notes("owner", seed, budget),
    }


def prepare(library: Library, split: str, folder: Path, count: int, seed: int) -> None:
    """Write `count` mixtures of one split of the players into `folder`, as far as they do not lie there yet: one file
    each."""
    folder.mkdir(parents=True, exist_ok=True)
    there = sum(1 for _ in folder.glob("*.npz"))
    maker = StemMaker(library, split, seed + there, LENGTH_S * LIBRARY_HZ)  # else what is there would be drawn again
    drawn = _mixtures(maker, weights.load("notes", "cpu").module, np.random.default_rng([seed, there]))
    for number, mixture in zip(range(there, count), drawn, strict=False):
        path = folder / f"{number:05d}.npz"
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            np.savez(file, spectrum=mixture.spectrum, notes=mixture.notes, owners=mixture.owners)
        part.replace(path)


class _Part(NamedTuple):
    """What one player plays: sound (sample,), whose it is (None for drums), and the notes heard (PITCHES, frame)."""

    sound: Tensor
    owner: int | None
    notes: NDArray[np.float16]


class _Mixture(NamedTuple):
    """What is heard of a mixture (see `_heard`), and owners (PITCHES, frame): the label's index, SOMEONE, NOBODY or
    UNKNOWN."""

    spectrum: NDArray[np.float16]
    notes: NDArray[np.float16]
    owners: NDArray[np.int8]


def _mixtures(maker: StemMaker, network: NoteNet, rng: np.random.Generator) -> Iterator[_Mixture]:
    """Mixtures without end: ensembles as they are drawn, and after each AGAIN of players of the last ones. To hear the
    parts is what takes time."""
    last: deque[_Part] = deque(maxlen=LAST)
    while True:
        stems = maker.draw(1, KINDS)
        parts = [_part(sound, take.label, network) for sound, take in zip(stems.sound, stems.takes, strict=True)]
        yield _mixture(parts, network)
        last.extend(parts)
        for _ in range(AGAIN):
            yield _mixture(_together(list(last), rng), network)


def _part(sound: Tensor, label: str | None, network: NoteNet) -> _Part:
    owner = None if label in UNPITCHED else LABELS.index(label) if label else SOMEONE
    return _Part(sound, owner, _heard(sound, network)[1][0])


def _together(parts: list[_Part], rng: np.random.Generator) -> list[_Part]:
    """Two to four of the parts, of different owners, each up to 6 dB louder or softer."""
    count = int(rng.choice([2, 3, 4], p=[0.60, 0.27, 0.13]))
    chosen: dict[int | None, _Part] = {}
    for place in rng.permutation(len(parts)):
        part = parts[place]
        if len(chosen) < count and part.owner not in chosen:
            chosen[part.owner] = part._replace(sound=part.sound * 10 ** (rng.uniform(-6, 6) / 20))
    return list(chosen.values())


def _mixture(parts: list[_Part], network: NoteNet) -> _Mixture:
    spectrum, notes = _heard(torch.stack([part.sound for part in parts]).sum(dim=0), network)
    own = [part for part in parts if part.owner is not None]
    if not own:
        return _Mixture(spectrum, notes, np.full(notes.shape[1:], NOBODY, np.int8))
    scores = np.stack([part.notes for part in own])
    owners = np.array([part.owner for part in own], np.int8)[scores.argmax(axis=0)]
    surest = scores.max(axis=0)
    owners = np.where(surest >= SURE, owners, np.where(surest < NONE, NOBODY, UNKNOWN)).astype(np.int8)
    return _Mixture(spectrum, notes, owners)


def _heard(sound: Tensor, network: NoteNet) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Spectrum (BINS, frame) and salience of notes and onsets (2, PITCHES, frame) of sound (sample,) at 16 kHz."""
    sound = torchaudio.functional.resample(sound, LIBRARY_HZ, RATE_HZ)
    found = salience(sound.numpy(), network)
    notes = pooled(np.stack([found.note, found.onset])).max(axis=-1)
    return pooled(found.cqt[:BINS]).mean(axis=-1).astype(np.float16), notes.astype(np.float16)


def steps(folder: Path, learner: Learner[OwnerNet], budget: TimeBudget, seed: int) -> Iterator[Figures]:
    """Steps without end. Gives the loss, and how many of the sounding notes are given to their owner."""
    rng = np.random.default_rng(seed + budget.steps)
    where = next(learner.module.parameters()).device
    paths = sorted(folder.glob("*.npz"))
    while True:
        spectra, notes, owners, wanted = zip(*(_draw(paths, rng) for _ in range(BATCH)), strict=True)
        spectra, notes, wanted = (
            torch.from_numpy(np.stack(part)).float().to(where) for part in (spectra, notes, wanted)
        )
        truth = torch.from_numpy(np.stack(owners)).long().to(where)
        logits = learner.module(spectra, notes, wanted)
        value = loss(logits, truth, notes[:, 0])
        learner.step(value, budget)
        sounding = (truth >= 0) & (truth < NOBODY)
        right = (logits.detach()[:, :NOBODY].argmax(dim=1) == truth)[sounding].float().mean()
        yield {"loss": value, "right": right}


def _draw(
    paths: list[Path], rng: np.random.Generator
) -> tuple[NDArray[np.float16], NDArray[np.float16], NDArray[np.int8], NDArray[np.float32]]:
    """One mixture, moved by some semitones: spectrum, notes, owners, and who is asked for."""
    with np.load(paths[rng.integers(len(paths))]) as file:
        spectrum, notes, owners = file["spectrum"], file["notes"], file["owners"]
    shift = int(rng.integers(-SHIFTS, SHIFTS + 1))
    spectrum = moved(spectrum, PER_SEMITONE * shift, 0)
    decibels = np.interp(np.arange(BINS), np.linspace(0, BINS, 8), rng.normal(0, 3, 8))
    spectrum = spectrum * (10 ** (decibels / 20)).astype(np.float16)[:, None]
    notes, owners = moved(notes, shift, 0), moved(owners, shift, NOBODY)
    playing = [owner for owner in np.unique(owners) if 0 <= owner < SOMEONE]
    asked = set(playing)
    if playing and rng.random() < 0.15:
        asked.discard(playing[rng.integers(len(playing))])
    chance = rng.random()
    strangers = 0 if chance < 0.5 else len(LABELS) if chance > 0.85 else int(rng.integers(1, 5))
    asked |= set(rng.permutation(len(LABELS))[:strangers].tolist())
    owners = np.where((owners >= 0) & (owners < SOMEONE) & ~np.isin(owners, list(asked)), SOMEONE, owners)
    wanted = np.zeros(len(LABELS), np.float32)
    wanted[list(asked)] = 1
    return spectrum, notes, owners, wanted


def moved(rows: NDArray, shift: int, fill: int) -> NDArray:
    """(…, pitch, frame) `shift` rows up, with `fill` where nothing was."""
    result = np.full_like(rows, fill)
    size = rows.shape[-2]
    low, high = max(0, shift), min(size, size + shift)
    result[..., low:high, :] = rows[..., low - shift : high - shift, :]
    return result


def loss(logits: Tensor, truth: Tensor, notes: Tensor) -> Tensor:
    """Cross-entropy where the note network hears something or a part has a note.

    logits : (batch, owner, pitch, frame)
    truth  : (batch, pitch, frame), UNKNOWN where nothing is claimed
    notes  : (batch, pitch, frame) salience of the mixture
    """
    each = F.cross_entropy(logits, truth.clamp(min=0), reduction="none")
    weight = ((notes > 0.1) | (truth != NOBODY)).float() * (truth != UNKNOWN)
    weight = weight * torch.where(truth == NOBODY, 0.5, 1.0)
    return (each * weight).sum() / weight.sum().clamp(min=1)
