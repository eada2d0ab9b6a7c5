"""The sound model's recipe: mixtures without end, clip labels and frame truth, then calibration beside the spectrogram
classifier, which is trained first.

Liu (2018) trains on clip labels alone, pooled by averaging; where the music is made up, the truth of every step is
free, and a loss on it beside the pooled one places entries better. The rival networks of the document and of ours are
trained side by side on the very same mixtures; `evaluation.hearing.ablation` compares them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo import weights
from milo_demo.features.log_mel import ALL_WINDOWS, log_mel
from milo_demo.hearing.classify import SPECTROGRAM_SHARE, combine
from milo_demo.models.sound import SoundFCN
from milo_demo.training.hearing import calibration, sounds, spectrogram
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.mixtures import UNKNOWN, Mixtures
from milo_demo.training.learner import (
    Figures,
    Learner,
    TimeBudget,
    device,
    fit,
    half,
    recipe_notes,
    write_checkpoint,
    write_numbers,
)

BATCH = {"cpu": 32, "cuda": 128}
LEARNING_RATE = 2e-3
SAVE_EVERY = 2000

KNOWN_FAILURES = [
    "erhu was learnt from some twenty recordings of three people, most of them with company, and is judged by stricter "
    "rules; organs pass for one",
    "pipa, guzheng, bagpipe, tuba and recorder were learnt from sound fonts and one recording each, or less; "
    "shamisen and koto stand in for much of pipa and guzheng",
    "neighbours are taken for each other: french horn and bassoon, violin and cello, trumpet and trombone, flute "
    "and recorder, ukulele and harp",
    "what is outside the taxonomy is often given a neighbour's name: a double bass electric bass, a mandolin "
    "guzheng, banjo or guitar, an organ accordion, deep tuned drums tuba",
    "in ensembles two fifths of what plays is missed: saxophone and clarinet above all",
    "alone, its thresholds are too low: they are set for both models together",
]


@dataclass(frozen=True)
class Variant:
    """One way to build and to supervise the network.

    config      : of `SoundFCN`
    frame_share : of the loss that is on frame truth; the rest is the document's, on clip labels
    """

    config: dict = field(default_factory=dict)
    frame_share: float = 0.6


SHIPPED = "ours"
VARIANTS = {
    SHIPPED: Variant(),
    "weak supervision": Variant(frame_share=0.0),
    "frame supervision": Variant(frame_share=1.0),
    "one window": Variant({"windows": (2048,)}),
    "six windows": Variant({"windows": ALL_WINDOWS}),
    "fixed Gaussian": Variant({"gaussian": "fixed"}),
    "learned Gaussian": Variant({"gaussian": "learned"}),
    "the document's": Variant({"windows": ALL_WINDOWS, "gaussian": "learned"}, frame_share=0.0),
}


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 35.0,
    seed: int = 1,
    workdir: Path | None = None,
    resume: bool = True,
    ablation: bool = False,
) -> None:
    """Train the sound model and write `out` (safetensors) and its model card beside it.

    data     : folder with soundfonts, midi, notes and recordings
    minutes  : time to train, preparation apart
    workdir  : for the prepared sounds (gigabytes) and the state to resume from; default: library/ beside `out`
    ablation : train all VARIANTS at once, and leave every one, not calibrated, in `workdir`/ablation

    Runs on the GPU where there is one.
    """
    out = Path(out)
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    library = sounds.library(Path(data), workdir, device())
    torch.manual_seed(seed)
    variants = VARIANTS if ablation else {SHIPPED: VARIANTS[SHIPPED]}
    learners = {name: _learner(variant) for name, variant in variants.items()}
    budget = TimeBudget(minutes)
    fit(
        steps(library, variants, learners, budget, seed),
        learners,
        budget,
        resume_file=workdir / "sound.pt",
        resume=resume,
        save_every=SAVE_EVERY,
    )
    if ablation:
        for name, learner in learners.items():
            write_variant(learner.averaged, variants[name], workdir / "ablation" / f"{name}.safetensors")
    finish(learners[SHIPPED].averaged, library, out, seed=seed, budget=budget)


def steps(
    library: Library,
    variants: dict[str, Variant],
    learners: dict[str, Learner[SoundFCN]],
    budget: TimeBudget,
    seed: int,
) -> Iterator[Figures]:
    """Steps of all variants side by side, without end: each learns from the same mixtures. Gives their losses."""
    # Without parts of one score: they all come from sound fonts, and on real stems the model's frame AUC was .81 with
    # them and .87 without.
    mixtures = Mixtures(library, "train", seed + budget.steps, from_scores=0.0)
    windows = tuple(sorted({window for learner in learners.values() for window in learner.module.windows}))
    while True:
        sound, truth = mixtures.draw(BATCH[device().type], hardness=min(1.0, 3 * budget.progress))
        features = log_mel(sound, windows)
        losses = {}
        for name, learner in learners.items():
            chosen = [windows.index(window) for window in learner.module.windows]
            with half(device()):
                logits = learner.module(features[:, chosen])
            losses[name] = loss(logits.float(), truth, variants[name].frame_share)
            learner.step(losses[name], budget)
        yield losses


def _learner(variant: Variant) -> Learner[SoundFCN]:
    module = SoundFCN(**variant.config).to(device())
    # The widths start at the document's eight seconds and have a long way to go.
    widths = [value for name, value in module.named_parameters() if name.endswith("log_sigma") and value.requires_grad]
    rest = [value for value in module.parameters() if not any(value is width for width in widths)]
    return Learner(module, [(rest, LEARNING_RATE), (widths, 10 * LEARNING_RATE)] if widths else LEARNING_RATE)


def write_variant(module: SoundFCN, variant: Variant, out: Path) -> None:
    """Leave a trained variant for `evaluation.hearing.ablation`: its numbers, and beside them how it was built. That is
    no model card: it is neither calibrated nor shipped."""
    write_numbers(module, out)
    text = json.dumps({"config": variant.config, "frame_share": variant.frame_share}, indent=1)
    out.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def finish(module: SoundFCN, library: Library, out: Path, *, seed: int, budget: TimeBudget) -> None:
    """Calibrate a trained model together with the bundled spectrogram classifier, since the ear listens with both, and
    write checkpoint and card."""
    module.eval()
    classifier = weights.load("spectrogram").module

    def hear(sound: Tensor) -> Tensor:
        return combine(module(log_mel(sound, module.windows)), spectrogram.hear(classifier, sound))

    labels, thresholds, figures = calibration.calibrate(hear, library, seed)
    with torch.no_grad():
        # All that the two together have to give way, this one does.
        *_, last_bias = module.late.parameters()
        last_bias -= thresholds.to(last_bias) / (1 - SPECTROGRAM_SHARE)
    card = {
        "role": "sound",
        "name": "sound-fcn",
        "labels": labels,
        "config": {},
        "thresholds": dict.fromkeys(labels, 0.5),
        "calibrated": "a score of 0.5, heard with the spectrogram classifier, is each label's threshold: it is part of "
        "the last layer's bias",
        "training_data": sounds.SOURCES,
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {"calibration": {figure: round(value, 3) for figure, value in figures.items()}},
        "known_failures": KNOWN_FAILURES,
    }
    write_checkpoint(module, card | recipe_notes("sound", seed, budget), out)


def loss(logits: Tensor, truth: Tensor, frame_share: float) -> Tensor:
    """Cross-entropy per step and of the clip's average, where truth is known, summed over labels.

    logits, truth : (batch, label, step), truth of 0, 1 or UNKNOWN
    """
    target = (truth == 1).float()
    steps = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * (truth != UNKNOWN)
    present = target.amax(dim=2)
    known = (present == 1) | (truth != UNKNOWN).all(dim=2)
    average = logits.sigmoid().mean(dim=2).clamp(1e-6, 1 - 1e-6)
    clips = F.binary_cross_entropy(average, present, reduction="none") * known
    return frame_share * steps.mean(dim=2).sum(dim=1).mean() + (1 - frame_share) * clips.sum(dim=1).mean()
