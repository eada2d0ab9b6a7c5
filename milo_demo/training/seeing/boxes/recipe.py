"""The recipe of the box head alone, on a trunk and an object map that stay as they are.

1. Photos get boxes: some were drawn by hand, what lies on white paper has an outline, and of all others it is known
   what they show, so that the box head that is there says where (Lee 2013, "Pseudo-label").
2. Made scenes and these photos are looked at by the trunk once (`boxes.kept`), and the head learns from what it said.
3. Two heads go on from there, with real people and guitars: each sees one half of the photos of them, so that figures
   for those come from the head that has not seen them. The one that ships is the mean of both.
4. The second stage, which makes boxes tighter, learns on the same pictures (`boxes.tightening`): one for each of the
   two heads, with the people whom that has seen, and one with all of them.

A further round may begin with step 3, from the two heads that an earlier one left.

Then a few numbers are fitted on photos held out (`boxes.calibration`), so that 0.5 means as likely as not.
"""

import copy
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from milo_demo import weights
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Tighter
from milo_demo.seeing.detect import Eye, look
from milo_demo.training.kept import keyed
from milo_demo.training.learner import Figures, Learner, TimeBudget, fit, mean_of
from milo_demo.training.seeing import batches, checkpoints, cutouts, photos, voc
from milo_demo.training.seeing.batches import BoxedSet, PretrainingSet
from milo_demo.training.seeing.boxes import calibration, detection, tightening
from milo_demo.training.seeing.boxes.detection import Targets
from milo_demo.training.seeing.boxes.kept import TOGETHER, Kept, fingerprint, keep, there
from milo_demo.training.seeing.photos import FOLDS, BoxedPhoto, Photo, fold
from milo_demo.training.seeing.scenes import maker_of

PICTURES, OF_PEOPLE = 12800, 960
"""How many pictures are kept, and how many of each half of the photos of people with guitars."""
PEOPLE = 0.25
"""How often these make up a batch in step 3."""
RATE, RATE_LATER = 2e-3, 7e-4
GUESSED, SURE = 0.25, 0.5
"""Scores from which a box of the photo's own name is believed: the surest one, and further ones."""
BELIEVED = 0.99
"""At most: a box that is known has 1."""
GROUP = batches.BATCH // TOGETHER
"""Pictures in a file."""
RATE_TIGHTER = 1.5e-3
LATER = 0.2
"""Of the time of step 2: what each half of step 3, and each part of step 4, takes."""
SAY_EVERY, SAVE_EVERY = 50, 400


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 50.0,
    boxes: Path | None = None,
    begin: Path | None = None,
    seed: int = 7,
    workdir: Path | None = None,
    resume: bool = True,
) -> None:
    """Train the box head on the bundled trunk and object map; write `out` (safetensors), those of the folds, and cards.

    minutes : for step 2, and a fifth of it for each half of step 3 and each third of step 4; the pictures take 20 more
              before
    boxes   : a folder of more photos with boxes, as `voc` reads them
    begin   : folder of the folds' heads that an earlier round left, for another
    workdir : for what the trunk says (8 GB) and the state to resume from; default: `out` with the ending .work

    Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    workdir = out.with_suffix(".work") if workdir is None else Path(workdir)
    eye = Eye(*(weights.load(role).module for role in ("trunk", "object", "boxes", "closeup")))
    heads = learn(eye, data, workdir, minutes, boxes, seed, resume, begin)
    command = f"python -m milo_demo train boxes --data DIR --out {out.name} --minutes {minutes:g} --seed {seed}"
    recipe = {
        "seed": seed,
        "recipe": command if begin is None else f"{command} --begin DIR",
        "trained_s": round(60 * minutes * ((begin is None) + LATER * (2 * len(FOLDS) + 1))),
    }
    checkpoints.save_boxes(heads, out, recipe=recipe)


def learn(
    eye: Eye,
    data: Path,
    workdir: Path,
    minutes: float,
    boxes: Path | None,
    seed: int,
    resume: bool,
    begin: Path | None = None,
) -> dict[str | None, BoxHead]:
    """All steps. Returns the heads by the half of the photos of people that each has not seen; None: the mean of both.

    eye : as far as it has learnt; its box head says where things are in photos
    """
    album = photos.split(photos.find(data))
    by_hand, real = photos.boxed_by_hand(data), photos.boxed(data)
    if boxes is not None:
        real += [BoxedPhoto(*found) for found in voc.read(boxes)]
    labels = box_labels(album["train"], real)
    rows = {LABELS.index(label): row for row, label in enumerate(labels)}
    torch.manual_seed(seed)
    where = next(eye.trunk.parameters()).device
    begun = {name: BoxHead(labels).to(where) for name in FOLDS}
    if begin is not None:
        for name, head in begun.items():
            checkpoints.read_boxes(begin / f"boxes_{name}.safetensors", head)
    looked = (fingerprint(network) for network in (eye.trunk, eye.objects, eye.boxes))
    workdir /= keyed("looked-at", seed, boxes, *looked)
    common, halves = workdir / "pictures", {name: workdir / name for name in FOLDS}
    if there(common) < PICTURES // GROUP:
        known = located(eye, album["train"], by_hand)
        pictures = PretrainingSet(album["train"], maker_of(album["train"], seed), known, rows, seed)
        keep(eye.trunk, _batches(pictures, there(common), PICTURES), common)
    for name, folder in halves.items():
        pictures = BoxedSet([one for one in real if fold(one) == name], rows, seed)
        keep(eye.trunk, _batches(pictures, there(folder), OF_PEOPLE), folder)
    if begin is None:
        alone = Kept(eye.trunk, {common: 1.0})
        learnt = _fit(begun[FOLDS[0]], alone, RATE, minutes, workdir / "boxes.training", seed, resume)
        begun = dict.fromkeys(FOLDS, learnt)
    heads: dict[str | None, BoxHead] = {}
    for left_out in FOLDS:
        [shown] = [folder for name, folder in halves.items() if name != left_out]
        lessons = Kept(eye.trunk, {common: 1 - PEOPLE, shown: PEOPLE})
        state = workdir / f"boxes-{left_out}.training"
        heads[left_out] = _fit(
            copy.deepcopy(begun[left_out]), lessons, RATE_LATER, LATER * minutes, state, seed, resume
        )
    heads[None] = mean_of(list(heads.values()))
    for left_out, head in heads.items():
        shown = [folder for name, folder in halves.items() if name != left_out]
        lessons = Kept(eye.trunk, {common: 1 - PEOPLE, **dict.fromkeys(shown, PEOPLE / len(shown))})
        state = workdir / f"tighter-{left_out or 'all'}.training"
        head.tighter = fit_tighter(lessons, LATER * minutes, state, seed, resume)
    held_out = album["calibrate"]
    calibration.calibrate(eye.trunk, eye.objects, list(heads.values()), maker_of(held_out, seed), held_out)
    for state in workdir.glob("*.training"):
        state.unlink()  # another round is another training
    return heads


def box_labels(album: list[Photo], real: list[BoxedPhoto]) -> list[str]:
    """The labels that the box head has rows for: those with photos, or with boxes."""
    shown = {photo.kind for photo in album} | {LABELS[box.label] for photo in real for box in photo.boxes}
    return [label for label in LABELS if label in shown]


def located(eye: Eye, album: list[Photo], by_hand: dict[Path, list[Detection]]) -> dict[Path, list[Detection]]:
    """Boxes of the photos of our labels, as far as they can be had; those that the eye guesses have scores below 1.

    by_hand : what has been drawn
    """
    found = {}
    for photo in album:
        if photo.kind not in LABELS:
            continue
        boxes = by_hand.get(photo.path)
        if boxes is None:
            picture = np.array(photos.read(photo.path))
            boxes = (
                cutouts.boxes(picture, photo.kind)
                if cutouts.on_paper(picture)
                else guessed(eye, photo.path, photo.kind)
            )
        if boxes:
            found[photo.path] = boxes
    return found


def guessed(eye: Eye, photo: Path, kind: str) -> list[Detection]:
    """Where the eye sees what a photo is known to show."""
    label = LABELS.index(kind)
    sight = look(np.array(photos.read(photo, SIDE_PX)), eye, {label})
    own = [box for box in sight.found[0] if box.label == label]
    believed = [box for number, box in enumerate(own) if box.score >= (SURE if number else GUESSED)]
    return [box._replace(score=min(box.score, BELIEVED)) for box in believed]


def _batches(pictures: PretrainingSet | BoxedSet, done: int, wanted: int) -> Iterator[tuple[Tensor, Targets]]:
    """The first `wanted` pictures of a set, in batches made beside the trunk, without those that are done."""
    loader = DataLoader(
        pictures, GROUP, sampler=range(done * GROUP, wanted), num_workers=1, collate_fn=batches.collated
    )
    return ((shown, targets) for shown, targets, _ in loader)


def _fit(head: BoxHead, lessons: Kept, rate: float, minutes: float, state: Path, seed: int, resume: bool) -> BoxHead:
    """Let a head learn; returns the average of what it was."""
    learner, budget = Learner(head.requires_grad_(True), rate, weight_decay=1e-4), TimeBudget(minutes)
    steps = _steps(learner, lessons, budget, seed)
    fit(steps, {"boxes": learner}, budget, resume_file=state, resume=resume, say_every=SAY_EVERY, save_every=SAVE_EVERY)
    return learner.averaged


def fit_tighter(lessons: Kept, minutes: float, state: Path, seed: int, resume: bool) -> Tighter:
    """Let a second stage learn; returns the average of what it was, in eval mode."""
    torch.manual_seed(seed)
    learner, budget = Learner(Tighter().to(lessons.device), RATE_TIGHTER, weight_decay=0.02), TimeBudget(minutes)
    steps = _tightening(learner, lessons, budget, seed)
    fit(
        steps, {"tighter": learner}, budget, resume_file=state, resume=resume, say_every=SAY_EVERY,
        save_every=SAVE_EVERY,
    )  # fmt: skip
    return learner.averaged.eval()


def _tightening(learner: Learner[Tighter], lessons: Kept, budget: TimeBudget, seed: int) -> Iterator[Figures]:
    """Steps of a second stage, without end. Gives their losses."""
    for number in count(budget.steps):
        generator = torch.Generator().manual_seed(seed + number)
        features, wanted = lessons.lesson(np.random.default_rng((seed, number)))
        loss = tightening.loss(learner.module, features, wanted, generator)
        if loss is not None:
            learner.step(loss, budget)
            yield {"tighter": loss}


def _steps(learner: Learner[BoxHead], lessons: Kept, budget: TimeBudget, seed: int) -> Iterator[Figures]:
    """Steps of a box head, without end. Gives their losses."""
    while True:
        features, wanted = lessons.lesson(np.random.default_rng((seed, budget.steps)))
        loss = detection.loss(learner.module(features), wanted)
        learner.step(loss, budget)
        yield {"boxes": loss}
