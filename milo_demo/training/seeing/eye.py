"""The recipe of the eye: trunk, object map and box head, which learn together and look through the same trunk.

1. The teacher's classifier stays; rows for what it has no name for are fitted on cached features in seconds
   (`training.seeing.object_map`). The teacher's maps of photos that no box is known of then give boxes to begin with.
2. The box head learns on the teacher's trunk as it is: made scenes (`training.seeing.scenes`) and those photos.
3. All that stands behind the trunk's fine features learns, in small steps: boxes, photo labels for the object map
   (Liu 2018, section 4.2.4), and a strong pull towards the teacher's thousand-way answer to the same picture, which
   keeps alive what no photo here shows: cello, bassoon, French horn. Then the teacher's rows are fitted once more to
   the features as they have become.
4. The box head begins anew on what has become of the trunk, with better boxes for photos, and real people with real
   instruments (`boxes.recipe`).

A second round may begin from the eye that a first one left: then trunk and object map are the mean of what both came
to (Wortsman et al. 2022, "Model soups"), which names as many photos rightly as the better of them, or more.

Then a few numbers are fitted on photos held out, so that 0.5 means as likely as not.
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Features, Trunk
from milo_demo.seeing.detect import Eye
from milo_demo.seeing.regions import regions
from milo_demo.training.learner import Figures, Learner, TimeBudget, device, fit, half, mean_of, read_state
from milo_demo.training.seeing import batches, checkpoints, cutouts, object_map, photos
from milo_demo.training.seeing.batches import PretrainingSet
from milo_demo.training.seeing.boxes import detection
from milo_demo.training.seeing.boxes.recipe import box_labels
from milo_demo.training.seeing.boxes.recipe import learn as learn_boxes
from milo_demo.training.seeing.photos import Photo
from milo_demo.training.seeing.scenes import maker_of
from milo_demo.training.seeing.teacher import ROWS, Teacher, load_teacher

TOGETHER = 0.7
"""Part of the time after which all three learn; before it the box head learns alone, at a third of the cost."""
RATE_HEAD, RATE_TRUNK, RATE_ROWS = 2e-3, 4e-5, 1e-4
"""Learning rates: more wrecks the teacher's knowledge within a hundred steps."""
DISTILLATION, LABELS_WEIGHT = 2.0, 1.0
PLAUSIBLE = 0.03, 0.9
"""Part of the photo that a box from the teacher's map may fill."""
SAY_EVERY, SAVE_EVERY = 20, 200


class EyeModules(nn.Module):
    """The three networks, so that one optimiser and one average hold them."""

    def __init__(self, trunk: Trunk, objects: ObjectMap, boxes: BoxHead) -> None:
        super().__init__()
        self.trunk, self.objects, self.boxes = trunk, objects, boxes


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 26.0,
    box_minutes: float = 50.0,
    boxes: Path | None = None,
    begin: Path | None = None,
    seed: int = 0,
    resume: bool = True,
) -> None:
    """Train all three; write `out` (the box head), object.safetensors and trunk.safetensors beside it, and their cards.

    minutes     : time for steps 2 and 3; the learning rate falls to 0 over it, so more time needs a new start
    box_minutes : for step 4, see `boxes.recipe.train`
    boxes       : a folder of more photos with boxes, as `voc` reads them, for step 4
    begin       : folder of an eye that this recipe left, for a second round
    resume      : go on from `out` with the ending .training, written now and then, where there is one

    Raises MiloError where the data is missing, or where the eye in `begin` tells other things apart.
    """
    data, out = Path(data), Path(out)
    torch.manual_seed(seed)
    where = device()
    teacher = load_teacher(data)
    teacher.trunk.to(where)
    album = photos.split(photos.find(data))
    kinds = object_map.row_kinds(teacher, album["train"])
    shown = {photo.path for photo in album["train"]}
    by_hand = {path: boxes for path, boxes in photos.boxed_by_hand(data).items() if path in shown}
    labels = box_labels(album["train"], photos.boxed(data))
    rows = {LABELS.index(label): row for row, label in enumerate(labels)}
    eye = EyeModules(Trunk(), object_map.object_map(teacher, kinds), BoxHead(labels)).to(where)
    eye.trunk.load_state_dict(teacher.trunk.state_dict())
    if begin is not None:
        checkpoints.read(begin, eye.trunk, eye.objects, kinds)
    earlier = copy.deepcopy(eye)
    out.parent.mkdir(parents=True, exist_ok=True)
    resume_file = out.with_suffix(".training")
    state = read_state(resume_file) if resume else None
    if state is None:
        if begin is None:
            object_map.fit_new_rows(teacher, eye.objects, album["train"], kinds, seed)
        first = first_boxes(eye.trunk, eye.objects, album["train"]) | by_hand
    else:
        noted: dict[str, list[tuple]] = state["notes"]["first"]
        first = {Path(path): [Detection(*box) for box in boxes] for path, boxes in noted.items()}
    pretraining = PretrainingSet(album["train"], maker_of(album["train"], seed), first, rows, seed)
    eye = learn(eye, teacher, pretraining, minutes, resume_file, resume)
    if begin is not None:
        eye.trunk = mean_of([earlier.trunk, eye.trunk])
        eye.objects = mean_of([earlier.objects, eye.objects])
    object_map.restore(teacher, eye.trunk, eye.objects, album["train"], seed)
    measured = object_map.calibrate(eye.trunk, eye.objects, album["calibrate"])
    command = f"python -m milo_demo train eye --data DIR --out {out.name} --seed {seed} --minutes {minutes:g}"
    recipe = {
        "seed": seed,
        "recipe": command if begin is None else f"{command} --begin DIR",
        "trained_s": round(60 * minutes),
    }
    checkpoints.save(eye.trunk, eye.objects, out, kinds=kinds, measured=measured, recipe=recipe)
    seen = Eye(eye.trunk, eye.objects, eye.boxes)
    heads = learn_boxes(seen, data, out.with_suffix(".work"), box_minutes, boxes, seed, resume)
    checkpoints.save_boxes(heads, out, recipe=recipe)
    resume_file.unlink(missing_ok=True)


@torch.inference_mode()
def first_boxes(trunk: Trunk, objects: ObjectMap, album: list[Photo]) -> dict[Path, list[Detection]]:
    """Where the map of a photo's own label says that it is, for photos that show a room around it."""
    where = next(trunk.parameters()).device
    found = {}
    for photo in album:
        if photo.kind not in LABELS:
            continue
        picture = photos.read(photo.path, SIDE_PX)
        if cutouts.on_paper(np.array(picture)):
            continue
        with half(where):
            features = trunk(photos.tensor(picture)[None].to(where)).coarse
            rows = objects.rows(features)
        maps = objects.maps(rows.float())[0][0].cpu().numpy()
        label = LABELS.index(photo.kind)
        only = np.where(np.arange(len(LABELS))[:, None, None] == label, maps, 0)
        region = regions(only, least=1e-9)[0]
        if PLAUSIBLE[0] < region.area < PLAUSIBLE[1]:
            found[photo.path] = [region]
    return found


def learn(
    eye: EyeModules,
    teacher: Teacher,
    pretraining: PretrainingSet,
    minutes: float,
    resume_file: Path,
    resume: bool,
) -> EyeModules:
    """Steps 2 and 3. Returns the average of the networks."""
    eye.trunk.requires_grad_(False)
    upper = eye.trunk.layers[eye.trunk.fine_layers :]
    upper.requires_grad_(True)
    groups = [
        (list(eye.boxes.parameters()), RATE_HEAD),
        (list(upper.parameters()), RATE_TRUNK),
        (list(eye.objects.rows.parameters()), RATE_ROWS),
    ]
    learner, budget = Learner(eye, groups, weight_decay=1e-4), TimeBudget(minutes)
    fit(
        pretraining_steps(learner, teacher, pretraining, budget),
        {"eye": learner},
        budget,
        resume_file=resume_file,
        resume=resume,
        notes={"first": {str(path): [tuple(box) for box in boxes] for path, boxes in pretraining.first.items()}},
        say_every=SAY_EVERY,
        save_every=SAVE_EVERY,
    )
    return learner.averaged


def pretraining_steps(
    learner: Learner[EyeModules], teacher: Teacher, pretraining: PretrainingSet, budget: TimeBudget
) -> Iterator[Figures]:
    """Steps of the box head, and later of all three, without end. Gives their losses."""
    eye = learner.module
    where = next(eye.parameters()).device
    for picture, wanted, asked in _batches(pretraining, where, begin=budget.steps):
        together = budget.progress >= TOGETHER
        with half(where):
            with torch.set_grad_enabled(together):
                features = eye.trunk(picture.to(where))
            said = eye.boxes(features)
        boxes = detection.loss(said, wanted.to(where))
        figures = {"boxes": boxes}
        loss = boxes
        if together:
            taught = sorted(pretraining.rows)
            apart, told = map_losses(eye, teacher, features, asked.to(where), taught)
            figures |= {"teacher": apart, "labels": told}
            loss = boxes + DISTILLATION * apart + LABELS_WEIGHT * len(taught) * told
        learner.step(loss, budget)
        yield figures


def map_losses(
    eye: EyeModules, teacher: Teacher, features: Features, asked: Tensor, taught: list[int]
) -> tuple[Tensor, Tensor]:
    """How far the object map's rows are from the teacher's answer to the same pictures (Kullback-Leibler), and how
    wrong it is about the labels that are taught: cross-entropy, where the answer is known.

    asked : (batch, label), 1 there, 0 not there, -1 unknown
    """
    with half(features.fine.device):
        rows = eye.objects.rows(features.coarse).float()
        with torch.no_grad():
            upper = teacher.trunk.layers[teacher.trunk.fine_layers :]
            answer = teacher.logits(upper(features.fine)).float()
    ours = rows.mean((2, 3))[:, :ROWS]
    apart = functional.kl_div(ours.log_softmax(1), answer.log_softmax(1), reduction="batchmean", log_target=True)
    seen = (eye.objects.evidence(rows) + eye.objects.offset)[:, taught]
    asked = asked[:, taught]
    known = asked >= 0
    return apart, functional.binary_cross_entropy_with_logits(seen[known], asked[known])


def _batches(pictures: PretrainingSet, where: torch.device, begin: int = 0) -> DataLoader:
    """Batches of what a set of pictures gives, from batch `begin` on; made beside the training."""
    rest = range(begin * batches.BATCH, len(pictures))
    workers = 8 if where.type == "cuda" else 1
    return DataLoader(pictures, batches.BATCH, sampler=rest, num_workers=workers, collate_fn=batches.collated)
