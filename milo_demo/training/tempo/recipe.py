"""Fits the templates of metres of `features.metre`: ``python -m milo_demo train tempo --data DIR --out FILE``.

Multinomial logistic regression, with a few hidden templates for its one class "this is the beat": the logarithm of the
summed strength of all tempi within TOLERANCE of the true one is made large, on made drum patterns and on rendered
scores. Of every clip a few steps are taken, at its ends too, and of every step the true tempo, its relatives (halves,
thirds and so on), which are what it is mistaken for, and some others by chance.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.features import metre
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.features.tempo import Onsets
from milo_demo.training.tempo import patterns
from milo_demo.training.tempo.scored import scored

TEMPLATES = 6
PER_STYLE, SCORES = 100, 160
PER_SCORE = 5
COUNT = (1.5, 1.0)
"""How much the patterns and the scores count, each as a whole."""
MARGIN = 1.1
"""Patterns are played this much slower and faster than is common, so that the ends of the range are learned too."""
TOLERANCE = 0.03
RELATIVES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 4 / 3, 3 / 2, 2, 3, 4)
CANDIDATES = 48
EPOCHS, BATCH, RATE, DECAY = 40, 256, 0.03, 3e-4

ABOUT = {
    "name": "metre templates",
    "training_data": [
        "made drum patterns of all styles that are not held out (training/tempo/patterns.py)",
        "General MIDI scores that are not held out, rendered with sound fonts (data folder midi, see its manifest for "
        "licences)",
    ],
    "licence": "of the recipe and these numbers: MIT",
    "recipe": "python -m milo_demo train tempo --data DIR --out milo_demo/features/metre.json",
    "known_failures": [
        "without drums half or double is taken for the beat in two fifths of the steps",
        "errors of three to two, as with tremolo or a bar of 3-3-2, are in neither candidate",
        "below 54 beats per minute the double is nearly as strong",
    ],
}
"""What is written into the file beside the numbers."""

Example = tuple[NDArray[np.float32], float]
"""What repeats how well, (multiple, band, tempo), and the true tempo in beats per minute."""


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit and write `out`, a JSON file that is `features/metre.json` when it is put there. Takes some ten minutes, most
    of them rendering. Raises MiloError where there are no scores in `data`."""
    rng = np.random.default_rng(seed)
    played, made = list(from_scores(Path(data), rng)), list(from_patterns(rng))
    shares = np.concatenate([
        np.full(len(group), count / max(1, len(group))) for group, count in zip((made, played), COUNT, strict=True)
    ])  # fmt: skip
    found = fit([*made, *played], shares / shares.mean(), seed)
    numbers = {name: np.round(getattr(found, name), 4).tolist() for name in ("repeats", "prior", "bias")}
    text = json.dumps({"about": ABOUT} | numbers, ensure_ascii=False)
    Path(out).write_text(text + "\n", encoding="utf-8")
    print(f"{len(made)} steps of patterns and {len(played)} of scores: {out}")


def from_patterns(rng: Generator) -> Iterator[Example]:
    """Every style that is not held out, at all its tempi."""
    for name, style in patterns.STYLES.items():
        if name not in patterns.HELD_OUT:
            for _ in range(PER_STYLE):
                slowest, fastest = style.common
                bpm = float(np.exp(rng.uniform(np.log(slowest / MARGIN), np.log(fastest * MARGIN))))
                sound = patterns.play(style, bpm, rng, float(rng.choice([12, 20])))
                yield from examples(
                    sound, np.full(-(-len(sound) // STEP), bpm), np.array([3, -len(sound) // STEP // -2])
                )


def from_scores(data: Path, rng: Generator) -> Iterator[Example]:
    """Rendered scores that are not held out."""
    for piece in scored(data, held_out=False, count=SCORES, rng=rng):
        known = np.flatnonzero(np.isfinite(piece.bpm))
        yield from examples(piece.sound, piece.bpm, rng.choice(known, min(PER_SCORE, len(known)), replace=False))


def examples(sound: NDArray[np.float32], bpm: NDArray[np.float64], at: NDArray[np.int64]) -> Iterator[Example]:
    """The steps `at` of a sound (sample,) of tempo `bpm` (step,)."""
    onsets = Onsets()
    for _ in onsets.tap(sound[start : start + 10 * RATE_HZ] for start in range(0, len(sound), 10 * RATE_HZ)):
        pass
    found = metre.repeats(onsets.padded(len(bpm)), len(bpm), at)
    for number, step in enumerate(at):
        yield found[:, :, number], float(bpm[step])


def fit(data: list[Example], shares: NDArray[np.float64], seed: int) -> metre.Templates:
    """Templates for examples that count by their `shares`, (example,)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    terms = metre.prior_terms()
    rows, right = [], []
    for found, bpm in data:
        chosen = candidates(bpm, rng)
        rows.append(np.concatenate([found.reshape(-1, found.shape[-1]), terms])[:, chosen].T)
        right.append(np.abs(np.log(metre.TEMPI_BPM[chosen] / bpm)) <= TOLERANCE)
    values = torch.tensor(np.stack(rows), dtype=torch.float32)
    middle, spread = values.mean((0, 1)), values.std((0, 1))
    values, true, weights = (values - middle) / spread, torch.tensor(np.stack(right)), torch.tensor(shares).float()
    layer = torch.nn.Linear(values.shape[-1], TEMPLATES)
    optimiser = torch.optim.Adam(layer.parameters(), lr=RATE)
    steps = EPOCHS * -(-len(values) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(values)).split(BATCH):
            logs = torch.logsumexp(layer(values[batch]), -1).log_softmax(-1)
            missed = -torch.logsumexp(logs.masked_fill(~true[batch], -torch.inf), -1)
            loss = (missed * weights[batch]).sum() / weights[batch].sum() + DECAY * layer.weight.square().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.inference_mode():
        weight = layer.weight / spread
        bias = layer.bias - weight @ middle
    multiples, bands = data[0][0].shape[:2]
    repeats, prior = weight.split((multiples * bands, len(terms)), dim=1)
    return metre.Templates(repeats.numpy().reshape(TEMPLATES, multiples, bands), prior.numpy(), bias.numpy())


def candidates(bpm: float, rng: Generator) -> NDArray[np.int64]:
    """CANDIDATES indices into the tempi: the true one, its relatives, others."""
    count = len(metre.TEMPI_BPM)
    at = np.log2(np.array([1, *RELATIVES]) * bpm / metre.TEMPI_BPM[0]) * metre.STEPS_PER_OCTAVE
    near = (np.rint(at).astype(int)[:, None] + np.arange(-1, 2)).ravel()
    near = near[(near >= 0) & (near < count)]
    return np.concatenate([near, rng.integers(count, size=CANDIDATES - len(near))])
