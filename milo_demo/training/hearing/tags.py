"""The bundled tag model's recipe: the published network's layout, trained to say what the teachers say.

Nobody has to know what the tags of a sound are, only what the teachers answer; so anything will do, and as much of it
as possible: made-up mixtures, real recordings, whole pieces, noise, speech and silence, in other tone colours, at other
levels and mixed with each other. The loss is the cross-entropy with the teachers' scores of every step, before and
after accumulation, and of the clip (Liu 2018, section 3.1). While it trains, every convolution is followed by batch
norm, which is folded into the convolutions at the end, so that what is kept has the original's layout.
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from milo_demo.features.log_mel import ALL_WINDOWS, RATE_HZ, log_mel
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training.hearing import sounds
from milo_demo.training.hearing.library import Library
from milo_demo.training.hearing.tag_clips import CLIP, TagClips
from milo_demo.training.hearing.teachers import TagTeachers
from milo_demo.training.learner import (
    Figures,
    Learner,
    TimeBudget,
    device,
    fit,
    half,
    recipe_notes,
    write_checkpoint,
)

BATCH = 64
LEARNING_RATE = 2e-3
SIGMA_LEARNS_FASTER = 10.0
"""The widths start at the document's eight seconds and have a long way to go."""
TOGETHER = 4
"""Clips laid end to end for accumulation, whose Gaussians are longer than one."""
SAVE_EVERY = 2000
CALIBRATION_BATCHES = 32
CANDIDATES = 1000
"""Thresholds tried per tag: 0, 0.001 … 0.999 (section 3.1.2)."""

KNOWN_FAILURES = [
    "it errs with its teacher, who learned from a game's clip labels: to that a solo violin is guitar or sitar, a "
    "trumpet piano, a saxophone opera; for the instrument that plays, the sound model is surer",
    "rare tags (lol, monks, soft rock) hardly ever lead; synonyms have scores of their own",
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
    """Train the tag model and write `out` (safetensors) and its model card beside it.

    data    : folder with the teachers in weights/, and with what the library is made from
    minutes : time to train, preparation apart
    workdir : for the prepared sounds (gigabytes) and the state to resume from; default: library/ beside `out`

    Runs on the GPU where there is one.
    """
    data, out = Path(data), Path(out)
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    library = sounds.library(data, workdir, device())
    teachers = TagTeachers(data, device())
    torch.manual_seed(seed)
    module = with_norms(TagFCN(dropout=0.0)).to(device())
    module.mean.copy_(teachers.tags.mean)
    module.std.copy_(teachers.tags.std)
    weights = [value for name, value in module.named_parameters() if name != "log_sigma"]
    rates = [(weights, LEARNING_RATE), ([module.log_sigma], SIGMA_LEARNS_FASTER * LEARNING_RATE)]
    learner, budget = Learner(module, rates, weight_decay=1e-3), TimeBudget(minutes)
    fit(
        steps(library, teachers, learner, budget, seed),
        {"learner": learner},
        budget,
        resume_file=workdir / "tags.pt",
        resume=resume,
        save_every=SAVE_EVERY,
    )
    finish(folded(learner.averaged), teachers, library, out, seed=seed, budget=budget)


def steps(
    library: Library, teachers: TagTeachers, learner: Learner[TagFCN], budget: TimeBudget, seed: int
) -> Iterator[Figures]:
    """Steps of the tag model, without end. Gives their losses."""
    tag_clips = TagClips(library, "train", seed + budget.steps)
    while True:
        sound = tag_clips.draw(BATCH)
        features = log_mel(sound, ALL_WINDOWS)
        with half(device()):
            logits = learner.module(features)
        value = loss(learner.module, logits.float(), teachers.tags, teachers(sound, features))
        learner.step(value, budget)
        yield {"loss": value}


def loss(model: TagFCN, logits: Tensor, teacher: TagFCN, said: Tensor) -> Tensor:
    """Cross-entropy with the teachers' scores (batch, tag, step): of steps, of accumulated steps and of clips; each is
    a mean over time and clips, summed over tags."""

    def end_to_end(scores: Tensor) -> Tensor:
        groups = scores[: len(scores) // TOGETHER * TOGETHER].unflatten(0, (-1, TOGETHER))
        return groups.transpose(1, 2).flatten(2)

    def cross_entropy(ours: Tensor, theirs: Tensor) -> Tensor:
        return F.binary_cross_entropy(ours.clamp(1e-6, 1 - 1e-6), theirs) * len(TAGS)

    steps = F.binary_cross_entropy_with_logits(logits, said) * len(TAGS)
    scores = logits.sigmoid()
    accumulated = model.accumulate(end_to_end(scores))
    clips = cross_entropy(scores.mean(dim=2), said.mean(dim=2))
    return steps + clips + cross_entropy(accumulated, teacher.accumulate(end_to_end(said)))


def with_norms(module: TagFCN) -> TagFCN:
    """The same network with batch norm after every convolution but the last."""
    for stack in (module.early, module.late):
        for place, layer in enumerate(stack):
            if isinstance(layer, nn.Conv1d) and layer is not module.late[-1]:
                stack[place] = nn.Sequential(layer, nn.BatchNorm1d(layer.out_channels))
    return module


def folded(module: TagFCN) -> TagFCN:
    """A copy in eval mode in which the batch norms are part of the convolutions."""
    module = copy.deepcopy(module).eval()
    for stack in (module.early, module.late):
        for place, layer in enumerate(stack):
            if isinstance(layer, nn.Sequential):
                convolution, norm = layer
                assert isinstance(convolution, nn.Conv1d) and isinstance(norm, nn.BatchNorm1d), "as in `with_norms`"
                stack[place] = fuse_conv_bn_eval(convolution, norm)
    return module.requires_grad_(False)


def finish(
    module: TagFCN, teachers: TagTeachers, library: Library, out: Path, *, seed: int, budget: TimeBudget
) -> None:
    """Set the thresholds of a trained model, and write checkpoint and card."""
    thresholds, figures = calibrate(module, teachers, TagClips(library, "calibration", seed))
    card = {
        "role": "tags",
        "name": "tag-fcn",
        "labels": list(TAGS),
        "config": {},
        **thresholds,
        "calibrated": "a step has a tag if the score averaged over time reaches the tag's threshold, that of the best "
        "F1 on the calibration clips; true are so many of the teachers' highest steps as their scores add up to",
        "training_data": [
            "what clip2frame (Liu and Yang 2016, ISC) says of the sounds below, and YAMNet (Apache-2.0) of the "
            "instruments and voices in them; neither's weights are in here",
            *sounds.SOURCES,
        ],
        "licence": "of the recipe and these numbers: MIT; the sounds they were made from: see training_data",
        "measured": {"calibration": {figure: round(value, 3) for figure, value in figures.items()}},
        "known_failures": KNOWN_FAILURES,
    }
    write_checkpoint(module, card | recipe_notes("tags", seed, budget), out, exact=("mean", "std"))


@torch.inference_mode()
def calibrate(
    module: TagFCN, teachers: TagTeachers, tag_clips: TagClips
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Thresholds per tag, of the model and of the published network in its place; and the model's figures."""
    steps: dict[str, list[Tensor]] = {"ours": [], "teachers'": [], "original's": []}  # (clip, tag, step)
    clips: dict[str, list[Tensor]] = {"ours": [], "original's": []}  # (clip, tag)
    for _ in range(CALIBRATION_BATCHES):
        sound = tag_clips.draw(BATCH, varied=False)
        features = log_mel(sound, ALL_WINDOWS)
        ours, original = module(features).sigmoid(), teachers.tags(features).sigmoid()
        steps["ours"].append(module.average(ours))
        steps["teachers'"].append(teachers.tags.average(teachers(sound, features)))
        steps["original's"].append(teachers.tags.average(original))
        clips["ours"].append(module.accumulate(ours).mean(dim=2))
        clips["original's"].append(teachers.tags.accumulate(original).mean(dim=2))
    of_steps = {whose: torch.cat(parts).transpose(0, 1).flatten(1).cpu().numpy() for whose, parts in steps.items()}
    of_clips = {whose: torch.cat(parts).cpu().numpy() for whose, parts in clips.items()}
    best, f1 = best_thresholds(of_steps["ours"], positives(of_steps["teachers'"]))
    of_original, _ = best_thresholds(of_steps["original's"], positives(of_steps["original's"]))
    wanted = of_clips["original's"]
    always_the_same = np.broadcast_to(wanted.mean(axis=0), wanted.shape)
    figures = {
        "clips": len(wanted),
        "seconds each": CLIP / RATE_HZ,
        "original's top-5 tags among our top-10": _found(wanted, of_clips["ours"]),
        "original's top-5 tags among the ten most frequent": _found(wanted, always_the_same),
        "macro-F1 of steps at the thresholds": float(f1.mean()),
    }
    return {"thresholds": _by_tag(best), "original_thresholds": _by_tag(of_original)}, figures


def positives(scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    """What a teacher calls true where nobody else can say: of each tag the highest scores (tag, n), as many as they add
    up to; at least one."""
    order = np.argsort(-scores, axis=1)
    counts = np.maximum(1, np.round(scores.sum(axis=1)))
    true = np.zeros(scores.shape, bool)
    np.put_along_axis(true, order, np.arange(scores.shape[1]) < counts[:, None], axis=1)
    return true


def best_thresholds(
    scores: NDArray[np.float32], true: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per tag the candidate of the best F1, and that F1 (Liu 2018, section 3.1.2).

    scores, true : (tag, n); what reaches the threshold is said
    """
    steps = np.minimum((scores * CANDIDATES).astype(np.int64), CANDIDATES - 1)
    f1 = np.empty((len(scores), CANDIDATES))
    for tag, (row, is_true) in enumerate(zip(steps, true, strict=True)):
        said, right = (np.bincount(r, minlength=CANDIDATES)[::-1].cumsum()[::-1] for r in (row, row[is_true]))
        f1[tag] = 2 * right / np.maximum(1, said + is_true.sum())
    return f1.argmax(axis=1) / CANDIDATES, f1.max(axis=1)


def _found(wanted: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Share of the five highest of `wanted` (clip, tag) that are among the ten highest of `found`."""
    five, ten = np.argsort(-wanted, axis=1)[:, :5, None], np.argsort(-found, axis=1)[:, None, :10]
    return float((five == ten).any(axis=2).mean())


def _by_tag(values: NDArray[np.float64]) -> dict[str, float]:
    return {tag: round(float(value), 3) for tag, value in zip(TAGS, values, strict=True)}
