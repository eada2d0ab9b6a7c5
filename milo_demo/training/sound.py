"""The sound model's recipe: endless made-up concerts, clip labels and frame truth, then calibration.

One process makes concerts while another trains on those that have arrived; nobody waits. Liu (2018) trains on clip
labels alone, pooled by averaging; where the music is made up, the truth of every step is free, and a loss on it beside
the pooled one learns faster and places entries better (both are used here).
"""

import contextlib
import copy
import json
import math
import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from milo_demo.evaluation.hearing import measure
from milo_demo.features.log_mel import BANDS, FRAMES_PER_STEP, WINDOWS
from milo_demo.hearing import hear
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.training import banks, calibration, recordings
from milo_demo.training.concerts import STEPS, UNKNOWN, Concerts, batches
from milo_demo.training.library import Library, Take, prepare

BATCH = 32
BUFFER = 8192
"""Concerts kept to draw from: about 1 GB of half-precision features."""
START_AFTER = 1024
LEARNING_RATE = 2e-3
FRAME_SHARE = 0.6
"""Of the loss; the rest is Liu's, on clip labels."""
AVERAGE_OVER = 0.999
"""Weights are averaged exponentially over about a thousand steps: those are what is kept."""
SAVE_EVERY_S = 180.0

TRAINING_DATA = [
    "sound fonts airfont380, aspirin160, retro90, timgm6mb (public domain), alex (CC BY 3.0), livehq, sgm (CC BY 4.0), "
    "fluidr3 (MIT), generaluser (own free licence)",
    "Debian's FluidR3_GM, TimGM6mb and MuseScore_General_Lite, where installed",
    "scores: the MIDI pack (GPL, CC BY, CC BY-SA, CC0, BSD or public domain, by file), and melodies made up",
    "notes of 12 instruments: Philharmonia Orchestra samples (CC BY-SA 3.0)",
    "recordings: FSDKaggle2018 subset (CC), solo phrases (omerdvi/musical-instruments, no licence), guzheng and pipa "
    "(podcatcher962/XianReverie, no licence), sung pop (MIR-1K, research use)",
    "negatives: ESC-10 (CC BY 3.0), TSP speech, and noises made up",
]
KNOWN_FAILURES = [
    "erhu is never heard: there was nothing to learn it from that is not a violin",
    "pipa, guzheng, bagpipe, tuba and recorder were learnt from sound fonts and one recording each, or less; shamisen "
    "and koto stand in for much of pipa and guzheng",
    "neighbours are taken for each other: french horn and bassoon, trumpet and trombone, flute and recorder, saxophone "
    "and violin or cello, harp and guitar; a ukulele is mostly heard as a guitar",
    "what is outside the taxonomy is often given a neighbour's name: a double bass electric bass, a mandolin violin or "
    "banjo, an organ bagpipe, an electric piano harp, a vibraphone xylophone",
    "some noises and talking still set something off, mostly barely: see measured",
    "in ensembles of three and more the quieter players are missed",
]


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 35.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the sound model and write `out` (safetensors) and its model card beside it.

    data    : folder with soundfonts, midi, notes and recordings
    minutes : time to train, preparation apart; the learning rate follows the clock
    workdir : for the prepared sounds (2 GB) and the state to resume from; default: beside `out`

    Needs `fluidsynth` on the path. Runs on the GPU where there is one.
    """
    data, out = Path(data), Path(out)
    workdir = out.with_suffix(".work") if workdir is None else Path(workdir)
    library = prepare(_sounds(data, seed), workdir)
    # One core is left to the process that makes the concerts.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    run = _Run(minutes * 60, seed)
    state = workdir / "sound.pt"
    if resume and state.is_file():
        run.load_state_dict(torch.load(state, weights_only=True, map_location="cpu"))
    with _Studio(workdir, seed + run.steps) as studio:
        buffer = _Buffer()
        saved_s = run.trained_s
        while not run.finished:
            buffer.take(studio, patient=len(buffer) < START_AFTER)
            if len(buffer) < START_AFTER:
                continue
            run.step(*buffer.draw(BATCH, run.rng))
            studio.hardness.value = min(1.0, 3 * run.progress)
            if run.trained_s - saved_s > SAVE_EVERY_S:
                saved_s = run.trained_s
                _save(run.state_dict(), state)
    _save(run.state_dict(), state)
    finish(run.averaged, library, data, out, seed=seed, trained_s=run.trained_s)


def _sounds(data: Path, seed: int) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    rng = np.random.default_rng(seed)
    yield from banks.fonts(data, rng)
    yield from recordings.recordings(data, rng)


def finish(module: SoundFCN, library: Library, data: Path, out: Path, *, seed: int, trained_s: float) -> None:
    """Calibrate a trained model, measure it on the validation sets where `data` has them, write checkpoint and card."""
    labels, figures = calibration.calibrate(module, library, seed)
    measured = {"calibration": figures}
    if (data / "recordings" / "phrases_val").is_dir():
        measured["validation"] = measure(lambda sound: np.concatenate(list(hear([sound], module))), data)
    card = {
        "role": "sound",
        "name": "sound-fcn",
        "version": "1",
        "labels": labels,
        "config": {},
        "thresholds": dict.fromkeys(labels, 0.5),
        "calibrated": "a score of 0.5 is each label's threshold: it is part of the last layer's bias",
        "training_data": TRAINING_DATA,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {
            name: {figure: round(value, 3) for figure, value in row.items()} for name, row in measured.items()
        },
        "known_failures": KNOWN_FAILURES,
        "seed": seed,
        "recipe": f"python -m milo_demo train sound --data DIR --out FILE --seed {seed} --minutes {trained_s / 60:.0f}",
        "trained_s": round(trained_s),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: _half(value) for name, value in module.state_dict().items()}, out)
    out.with_suffix(".json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _half(value: Tensor) -> Tensor:
    return (value.half() if value.is_floating_point() else value).cpu().contiguous()


def _save(state: dict, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


class _Run:
    """One training: model, its running average, optimiser, clock and chance. Its state is all that resuming needs."""

    def __init__(self, budget_s: float, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = SoundFCN().to(self.device)
        self.averaged = copy.deepcopy(self.model).eval()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), LEARNING_RATE, weight_decay=0.02)
        self.rng = np.random.default_rng(seed)
        self.budget_s = budget_s
        self.trained_s = 0.0
        self.steps = 0
        self._last = None

    @property
    def progress(self) -> float:
        return min(1.0, self.trained_s / self.budget_s)

    @property
    def finished(self) -> bool:
        return self.trained_s >= self.budget_s

    def step(self, features: Tensor, truth: Tensor) -> None:
        features, truth = augment(features.to(self.device).float(), truth.to(self.device), self.rng)
        rate = LEARNING_RATE * min(1.0, self.steps / 100) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * self.progress))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.model(features)
        value = loss(logits.float(), truth)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.steps += 1
        share = min(AVERAGE_OVER, self.steps / (self.steps + 10))
        with torch.no_grad():
            new = self.model.state_dict()
            for name, average in self.averaged.state_dict().items():
                average.lerp_(new[name], 1 - share) if average.is_floating_point() else average.copy_(new[name])
        now = time.monotonic()
        self.trained_s += min(10.0, now - (self._last or now))
        self._last = now
        if self.steps % 100 == 0:
            print(f"sound: {self.trained_s / 60:5.1f} min, step {self.steps}, loss {value.item():.3f}", flush=True)

    def state_dict(self) -> dict:
        parts = {name: getattr(self, name).state_dict() for name in ("model", "averaged", "optimiser")}
        return parts | {"trained_s": self.trained_s, "steps": self.steps}

    def load_state_dict(self, state: dict) -> None:
        for name in ("model", "averaged", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.trained_s, self.steps = state["trained_s"], state["steps"]
        self.rng = np.random.default_rng(self.steps)


def augment(features: Tensor, truth: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Another gain and tone colour for every concert, and half of them played into another one.

    In mel power, gains multiply and sounds add (but for their phases), so this needs no audio.

    features : (batch, window, band, frame) of log(1 + 10,000 mel);  truth : (batch, label, step)
    """
    batch = len(features)
    knots = rng.normal(0, 4, (batch, 6)) + rng.uniform(-14, 3, (batch, 1))
    decibels = np.stack([np.interp(np.linspace(0, 5, BANDS), np.arange(6), row) for row in knots])
    gain = torch.from_numpy(10 ** (decibels / 10)).to(features)[:, None, :, None]
    power = torch.expm1(features) * gain
    joined = torch.from_numpy(rng.random(batch) < 0.5).to(features.device)
    level = torch.from_numpy(10 ** (rng.uniform(-9, 3, batch) / 10)).to(features) * joined
    power = power + level[:, None, None, None] * power.roll(1, 0)
    other = truth.roll(1, 0)
    both = torch.where((truth == 1) | (other == 1), 1, torch.maximum(truth, other))
    return torch.log1p(power), torch.where(joined[:, None, None], both, truth)


def loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy per step and of the clip's average, where truth is known, summed over labels.

    logits, truth : (batch, label, step), truth of 0, 1 or UNKNOWN
    """
    target = (truth == 1).float()
    steps = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * (truth != UNKNOWN)
    present = target.amax(dim=2)
    known = (present == 1) | (truth != UNKNOWN).all(dim=2)
    average = logits.sigmoid().mean(dim=2).clamp(1e-6, 1 - 1e-6)
    clips = F.binary_cross_entropy(average, present, reduction="none") * known
    return FRAME_SHARE * steps.mean(dim=2).sum(dim=1).mean() + (1 - FRAME_SHARE) * clips.sum(dim=1).mean()


class _Studio:
    """A process of its own that makes concerts without end."""

    def __init__(self, folder: Path, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.hardness = context.Value("d", 0.0)
        self._queue = context.Queue(maxsize=8)
        self._process = context.Process(target=_produce, args=(self._queue, folder, seed, self.hardness), daemon=True)

    def __enter__(self) -> "_Studio":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def get(self, patient: bool) -> tuple[Tensor, Tensor] | None:
        """The next batch; None if there is none now and nobody is patient."""
        with contextlib.suppress(queue.Empty):
            return self._queue.get(block=patient, timeout=120 if patient else None)
        if not self._process.is_alive():
            raise RuntimeError("the process that makes concerts has ended: see its message above")
        return None


def _produce(channel: multiprocessing.Queue, folder: Path, seed: int, hardness: object) -> None:
    torch.set_num_threads(1)
    concerts = Concerts(Library(folder), "train", seed)
    while True:
        channel.put(next(batches(concerts, BATCH, hardness.value)))


class _Buffer:
    """The concerts made last."""

    def __init__(self) -> None:
        self._features = torch.empty(BUFFER, len(WINDOWS), BANDS, STEPS * FRAMES_PER_STEP, dtype=torch.float16)
        self._truth = torch.empty(BUFFER, len(LABELS), STEPS, dtype=torch.uint8)
        self._arrived = 0

    def __len__(self) -> int:
        return min(self._arrived, BUFFER)

    def take(self, studio: _Studio, patient: bool) -> None:
        """Move what has arrived into the places of the oldest."""
        while (batch := studio.get(patient)) is not None:
            at = self._arrived % BUFFER
            self._features[at : at + BATCH], self._truth[at : at + BATCH] = batch
            self._arrived += BATCH
            patient = False

    def draw(self, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        chosen = torch.from_numpy(rng.integers(len(self), size=size))
        return self._features[chosen], self._truth[chosen]
