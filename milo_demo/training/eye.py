"""The recipe of the eye: trunk, object map and box head, which learn together and look through the same trunk.

1. The teacher's classifier stays; rows for what it has no name for are fitted on cached features in seconds
   (`training.object`). The teacher's maps of photos that no box is known of then give boxes to begin with.
2. The box head learns on the teacher's trunk as it is: made scenes (`training.scenes`) and those photos.
3. All that stands behind the trunk's fine features learns, in small steps: boxes, photo labels for the object map
   (Liu 2018, section 4.2.4), and a strong pull towards the teacher's thousand-way answer to the same picture, which
   keeps alive what no photo here shows: cello, bassoon, French horn. Then the box head goes on alone.
4. The box head alone sees real people with real instruments: photos with boxes drawn by hand. Figures for those photos
   come from heads that were trained without the half of them that is looked at.

Then a few numbers are fitted on photos held out, so that 0.5 means as likely as not.
"""

import copy
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision.ops import box_iou

from milo_demo.fusion.boxes import regions
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead, Candidates
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing import SIDE_PX, Region
from milo_demo.training import cutouts, detection, object, photos, teacher_image
from milo_demo.training.detection import Targets
from milo_demo.training.learner import Clock, Learner, device, save_state, write_checkpoint
from milo_demo.training.photos import BoxedPhoto, Photo
from milo_demo.training.scenes import Maker, developed
from milo_demo.training.teacher_image import Teacher

VERSION = 2
TRAINING_DATA = [
    "teacher and initialisation: MobileNetV2 1.0 224 trained on ImageNet (google-coral/test_data, Apache-2.0)",
    "photos, three quarters of each collection, also cut out and pasted: Kaggle Musical Instruments, 30 classes, "
    "training part (aizadaaskar/dl-homework; no licence stated); jray-8/musical-instruments-classifier; Caltech-101, "
    "six classes; PACS, guitar",
    "pictures without instruments, half of each collection, also to paste on: 392 scenes (ajschumacher/imagen), "
    "Caltech-101 background_google, PACS person",
    "box head only, last step: 173 photos of people with and without guitars, with boxes (AmirMG47/Yolo-Guitar-model)",
    "held out: an eighth of the photos and a quarter of the others to calibrate, as much to report; "
    "kaggle30/val and omerdvi",
]
LICENCE = (
    "The weights are the project's own, trained from an Apache-2.0 teacher. Photos were used to train and to measure "
    "and are not redistributed."
)
KNOWN_FAILURES = [
    "No photos of cello, bassoon and French horn: they are known from the ImageNet teacher alone, and their boxes are "
    "drawn around regions of the object map.",
    "Nothing for recorder, ukulele, erhu, pipa, guzheng, electric bass (no photos); ukulele and bass pass for guitars.",
    "Violin and cello, flute and clarinet, French horn and tuba, guitar and banjo are confused.",
    "Keys seen from above can pass for a xylophone.",
    "The box head learnt most from pasted cut-outs: instruments that people hold are found less well, guitars aside.",
    "Dark pictures, title cards and drawings can be named anything.",
]
BATCH = 16
SIZES_PX = ((320, 192), (192, 320), (256, 256), (384, 216), (336, 336))
"""Width and height of training pictures, one size a batch."""
MADE = 0.65
"""Share of the training pictures that are made scenes; the rest are photos, an eighth of them empty."""
TOGETHER = (0.3, 0.5)
"""Part of the time in which all three learn; before it and after it the box head learns alone, at a third of the cost.
"""
RATE_HEAD, RATE_TRUNK, RATE_ROWS = 2e-3, 4e-5, 1e-4
"""Learning rates: more wrecks the teacher's knowledge within a hundred steps."""
DISTILLATION, LABELS_WEIGHT = 2.0, 1.0
LARGE_ENOUGH = 0.05
"""Part of a made scene that an instrument's box must fill to be asked of the object map, whose evidence is averaged
over more of the picture than a smaller one fills."""
PLAUSIBLE = 0.03, 0.9
"""Part of the photo that a box from the teacher's map may fill."""
SAVE_EVERY = 200
FOLDS = ("first", "second")
"""Halves of the photos with boxes: each is looked at by a head that has not seen it."""
REAL = 0.25
"""Share of photos with boxes among the pictures of step 4."""
RATE_REHEARSAL = 1e-3
SCENES = 300
"""Made scenes that the box head is calibrated on, beside the photos."""
WRONG = 3
"""So many of a picture's wrong boxes count in the calibration, the most convincing ones."""
FALSE_ALARMS = 0.015
"""Share of held-out pictures without instruments in which any box may reach 0.5."""


class EyeModules(nn.Module):
    """The three networks, so that one optimiser and one average hold them."""

    def __init__(self, trunk: Trunk, objects: ObjectMap, boxes: BoxHead) -> None:
        super().__init__()
        self.trunk, self.objects, self.boxes = trunk, objects, boxes


def train(
    data: Path, out: Path, *, minutes: float = 70.0, rehearsal_minutes: float = 4.0, seed: int = 0, resume: bool = True
) -> None:
    """Train all three; write `out` (the box head), object.safetensors and trunk.safetensors beside it, and their cards.

    minutes           : time for steps 2 and 3; the learning rate falls to 0 over it, so more time needs a new start
    rehearsal_minutes : time for step 4, which is taken three times
    resume            : go on from `out`.training, written now and then, where there is one

    Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    torch.manual_seed(seed)
    where = device()
    teacher = teacher_image.load(data)
    teacher.trunk.to(where)
    album = photos.split(photos.find(data))
    kinds = object.row_kinds(teacher, album["train"])
    labels = box_labels(album["train"])
    rows = {LABELS.index(label): row for row, label in enumerate(labels)}
    eye = EyeModules(Trunk(), object.object_map(teacher, kinds), BoxHead(labels)).to(where)
    eye.trunk.load_state_dict(teacher.trunk.state_dict())
    out.parent.mkdir(parents=True, exist_ok=True)
    memory = out.with_suffix(".training")
    state = torch.load(memory, map_location=where) if resume and memory.exists() else None
    if state is None:
        object.fit_new_rows(teacher, eye.objects, album["train"], kinds, seed)
        first = first_boxes(teacher, eye.objects, album["train"])
    else:
        first = {Path(path): Region(*box) for path, box in state["first"].items()}
    maker = Maker(cutouts.find(album["train"]), album["train"], seed)
    lesson = Lesson(album["train"], maker, first, rows, seed)
    eye = learn(eye, teacher, lesson, minutes, memory, state)
    with torch.no_grad():
        eye.objects.rows.bias[teacher_image.ROWS :] -= object.NEW_ROW_PENALTY
    measured = object.calibrate(eye.trunk, eye.objects, album["calibrate"])
    real = photos.boxed(data)
    heads = [
        rehearse(eye, lesson, [photo for photo in real if fold(photo) != left_out], rehearsal_minutes)
        for left_out in (*FOLDS, None)
    ]
    calibrate(eye, heads, Maker(cutouts.find(album["calibrate"]), album["calibrate"], seed), album["calibrate"])
    recipe = {
        "seed": seed,
        "recipe": f"python -m milo_demo train eye --data DIR --out {out.name} --minutes {minutes:g}",
        "trained_s": round(60 * (minutes + rehearsal_minutes * len(heads))),
    }
    save(eye, heads, kinds, measured, out, recipe)
    memory.unlink(missing_ok=True)


def box_labels(album: list[Photo]) -> list[str]:
    """The labels that the box head has rows for: those with photos."""
    shown = {photo.kind for photo in album}
    return [label for label in LABELS if label in shown]


@torch.inference_mode()
def first_boxes(teacher: Teacher, objects: ObjectMap, album: list[Photo]) -> dict[Path, Region]:
    """Where the teacher's map of a photo's own label says that it is, for photos that show a room around it."""
    where = next(teacher.trunk.parameters()).device
    found = {}
    for photo in album:
        if photo.kind not in LABELS:
            continue
        picture = photos.read(photo.path, SIDE_PX)
        if cutouts.on_paper(np.array(picture)):
            continue
        with object.half(where):
            features = teacher.trunk(photos.tensor(picture)[None].to(where)).coarse
            rows = objects.rows(features)
        maps = objects.maps(rows.float())[0][0].cpu().numpy()
        label = LABELS.index(photo.kind)
        only = np.where(np.arange(len(LABELS))[:, None, None] == label, maps, 0)
        region = regions(only, least=1e-9)[0]
        if PLAUSIBLE[0] < (region.x1 - region.x0) * (region.y1 - region.y0) < PLAUSIBLE[1]:
            found[photo.path] = region
    return found


class Lesson(Dataset):
    """Training pictures without end; picture i is a function of the seed and of i, so that a run can be resumed.

    Gives (3, height, width) uint8; the box head's targets; and per label what the object map is asked: 1 there, 0 not
    there, -1 unknown. The size is the same throughout a batch.
    """

    def __init__(self, album: list[Photo], maker: Maker, first: dict[Path, Region], rows: dict[int, int], seed: int):
        self.empty = [photo for photo in album if photo.kind is None]
        self.shown = [photo for photo in album if photo.kind is not None]
        self.maker, self.first, self.rows, self.seed = maker, first, rows, seed
        count = Counter(photo.kind for photo in self.shown)
        # Rare kinds more often, but not as often as common ones; kinds outside the taxonomy half as often.
        share = np.array([(1.0 if p.kind in LABELS else 0.5) / count[p.kind] ** 0.5 for p in self.shown])
        self.share = share / share.sum()

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.seed, index))
        size = size_px(self.seed, index)
        asked = torch.zeros(len(LABELS))
        if rng.random() < MADE:
            made = self.maker.scene(index, *size)
            for box in made.boxes:
                large = (box.x1 - box.x0) * (box.y1 - box.y0) >= LARGE_ENOUGH
                asked[box.label] = max(float(asked[box.label]), 1.0) if large else asked[box.label] or -1.0
            for kind in made.kinds:  # what is covered or outside, mostly
                if kind in LABELS and not asked[LABELS.index(kind)]:
                    asked[LABELS.index(kind)] = -1.0
            return photos.tensor(made.picture), detection.targets(made.boxes, self.rows, *size[::-1]), asked
        photo = (
            self.empty[rng.integers(len(self.empty))]
            if rng.random() < 1 / 8
            else self.shown[rng.choice(len(self.shown), p=self.share)]
        )
        boxes = [self.first[photo.path]] if photo.path in self.first else []
        picture, boxes = photos.cropped(photos.read(photo.path), boxes, size, rng)
        wanted = detection.targets(boxes, self.rows, *size[::-1])
        if photo.kind in LABELS:
            asked[LABELS.index(photo.kind)] = 1.0
            # Where a box is a guess, or there is none, other places may hold the instrument as well.
            own = wanted.middle[self.rows[LABELS.index(photo.kind)]]
            own[own < 1] = -1
        return photos.tensor(developed(picture, rng)), wanted, asked


def size_px(seed: int, index: int) -> tuple[int, int]:
    """Width and height of training picture `index`: the same throughout a batch."""
    return SIZES_PX[np.random.default_rng((seed, index // BATCH)).integers(len(SIZES_PX))]


def learn(
    eye: EyeModules, teacher: Teacher, lesson: Lesson, minutes: float, memory: Path, state: dict | None
) -> EyeModules:
    """Steps 2 and 3; `memory` is where the run can be resumed from, `state` what was read there."""
    where = next(eye.parameters()).device
    eye.trunk.requires_grad_(False)
    upper = eye.trunk.layers[eye.trunk.fine_layers :]
    upper.requires_grad_(True)
    taught = sorted(label for label in lesson.rows)
    groups = [
        (list(eye.boxes.parameters()), RATE_HEAD),
        (list(upper.parameters()), RATE_TRUNK),
        (list(eye.objects.rows.parameters()), RATE_ROWS),
    ]
    learner, clock = Learner(eye, groups, weight_decay=1e-4), Clock(minutes)
    if state is not None:
        learner.load_state_dict(state)
        clock.load_state_dict(state["clock"])
    done = range(clock.steps * BATCH, len(lesson))
    pictures = DataLoader(lesson, BATCH, sampler=done, num_workers=1 + (where.type == "cuda") * 7)
    for picture, wanted, asked in () if clock.finished else pictures:
        alone = not TOGETHER[0] <= clock.progress < TOGETHER[1]
        wanted, asked = Targets(*(part.to(where) for part in wanted)), asked.to(where)
        with object.half(where):
            with torch.set_grad_enabled(not alone):
                features = eye.trunk(picture.to(where))
            logits, sides = eye.boxes(features)
        boxes = loss = detection.loss(logits, sides, wanted)
        if not alone:
            with object.half(where):
                rows = eye.objects.rows(features.coarse).float()
                with torch.no_grad():
                    answer = teacher.logits(teacher.trunk.layers[teacher.trunk.fine_layers :](features.fine)).float()
            seen = (eye.objects.evidence(rows) + eye.objects.offset)[:, taught]
            ours = rows.mean((2, 3))[:, : teacher_image.ROWS]
            apart = functional.kl_div(
                ours.log_softmax(1), answer.log_softmax(1), reduction="batchmean", log_target=True
            )
            known = asked[:, taught] >= 0
            told = functional.binary_cross_entropy_with_logits(seen[known], asked[:, taught][known])
            loss = boxes + DISTILLATION * apart + LABELS_WEIGHT * len(taught) * told
        learner.step(loss, clock)
        clock.tick()
        if clock.steps % 20 == 0:
            said = "" if alone else f"  teacher {apart:.3f}  labels {told:.3f}"
            print(f"{clock.trained_s / 60:5.1f} min  step {clock.steps}  boxes {boxes:.3f}{said}", flush=True)
        if clock.steps % SAVE_EVERY == 0 or clock.finished:
            first = {str(path): tuple(box) for path, box in lesson.first.items()}
            save_state(learner.state_dict() | {"clock": clock.state_dict(), "first": first}, memory)
        if clock.finished:
            break
    return learner.averaged


def rehearse(eye: EyeModules, lesson: Lesson, real: list[BoxedPhoto], minutes: float) -> BoxHead:
    """Step 4: the box head alone, on pictures of which some are `real`; returns another head."""
    where = next(eye.parameters()).device
    head = copy.deepcopy(eye.boxes).requires_grad_(True)
    learner, clock = Learner(head, RATE_REHEARSAL, weight_decay=1e-4), Clock(minutes)
    pictures = DataLoader(Rehearsal(lesson, real), BATCH, num_workers=1 + (where.type == "cuda") * 7)
    for picture, wanted, _ in pictures:
        with object.half(where):
            with torch.no_grad():
                features = eye.trunk(picture.to(where))
            logits, sides = head(features)
        loss = detection.loss(logits, sides, Targets(*(part.to(where) for part in wanted)))
        learner.step(loss, clock)
        clock.tick()
        if clock.steps % 20 == 0:
            print(f"{clock.trained_s / 60:5.1f} min  step {clock.steps}  boxes {loss:.3f}", flush=True)
        if clock.finished:
            return learner.averaged


class Rehearsal(Dataset):
    """A lesson in which some pictures are real photos with boxes drawn by hand."""

    def __init__(self, lesson: Lesson, real: list[BoxedPhoto]) -> None:
        self.lesson, self.real = lesson, real

    def __len__(self) -> int:
        return len(self.lesson)

    def __getitem__(self, index: int) -> tuple[Tensor, Targets, Tensor]:
        rng = np.random.default_rng((self.lesson.seed, index, 1))
        if rng.random() > REAL:
            return self.lesson[index]
        size = size_px(self.lesson.seed, index)
        photo = self.real[rng.integers(len(self.real))]
        picture, boxes = photos.cropped(photos.read(photo.path), photo.boxes, size, rng)
        picture = photos.tensor(developed(picture, rng))
        return picture, detection.targets(boxes, self.lesson.rows, *size[::-1]), torch.full((len(LABELS),), -1.0)


def fold(photo: BoxedPhoto) -> int:
    """Which of the FOLDS a photo with boxes is in, by its name."""
    return FOLDS[hashlib.sha256(photo.path.name.encode()).digest()[0] % len(FOLDS)]


@torch.inference_mode()
def calibrate(eye: EyeModules, heads: list[BoxHead], maker: Maker, album: list[Photo]) -> None:
    """Fit how much the head's and the map's word count, and where 0.5 is, on pictures kept from training.

    The weights are a logistic regression's between boxes that are right and those that are wrong, of made scenes, of
    photos (whose place is not known: the best box of the photo's label counts as right, those of others as wrong) and
    of pictures without instruments. The offset is the one with which FALSE_ALARMS of the latter have a box at 0.5.
    """
    where = next(eye.parameters()).device
    pictures = [(photos.read(photo.path, SIDE_PX), None, photo.kind) for photo in album]
    scenes = (maker.scene(number, SIDE_PX, SIDE_PX * 9 // 16) for number in range(SCENES))
    pictures += [(scene.picture, scene.boxes, None) for scene in scenes]
    looks = []
    for picture, _, _ in pictures:
        features = eye.trunk(photos.tensor(picture)[None].to(where))
        looks.append((features, eye.objects(features.coarse)[0], picture.size[::-1]))
    for head in heads:
        evidence, right, empty = [], [], []
        for (_, boxes, kind), look in zip(pictures, looks, strict=True):
            candidates = head.candidates(*look)[0]
            if boxes is None and kind is None:
                empty.append(candidates.evidence)
            rows, judged = _judged(candidates, boxes, kind, look[2])
            evidence.append(rows)
            right.append(judged)
        regression = LogisticRegression(class_weight="balanced").fit(torch.cat(evidence), torch.cat(right))
        head.gains.copy_(torch.from_numpy(regression.coef_[0]).clamp(min=0))
        surest = torch.stack([(one @ head.gains.cpu()).max() for one in empty])
        head.offset.copy_(-surest.quantile(1 - FALSE_ALARMS))


def _judged(
    candidates: Candidates, boxes: list[Region] | None, kind: str | None, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Evidence (box, 2) of the right boxes of a picture and of the most convincing wrong ones, and which are right."""
    labels, evidence, edges = (part.cpu() for part in candidates)
    convincing = evidence.sum(1)
    if boxes is None:
        own = labels == (LABELS.index(kind) if kind in LABELS else -1)
        right = [int(convincing.masked_fill(~own, -torch.inf).argmax())] if own.any() else []
        wrong = ~own
    else:
        height, width = size
        true = torch.tensor([box[2:] for box in boxes]).reshape(-1, 4) * torch.tensor([width, height, width, height])
        overlap = box_iou(edges.float(), true)
        overlap[labels[:, None] != torch.tensor([box.label for box in boxes])] = 0.0
        right = [int(overlap[:, index].argmax()) for index in range(len(boxes)) if overlap[:, index].max() >= 0.5]
        wrong = overlap.amax(1) < 0.3 if boxes else torch.ones(len(labels), dtype=torch.bool)
    worst = convincing.masked_fill(~wrong, -torch.inf).topk(min(WRONG, int(wrong.sum()))).indices
    chosen = torch.cat([torch.tensor(right, dtype=torch.long), worst])
    return evidence[chosen], torch.arange(len(chosen)) < len(right)


def save(eye: EyeModules, heads: list[BoxHead], kinds: list[str], measured: dict, out: Path, recipe: dict) -> None:
    """Write the checkpoints in half precision and their model cards; the heads of the folds go to folds/."""
    known = [label for label in LABELS if label in kinds]
    boxed = [LABELS[label] for label in heads[-1].row_label]
    common = {"version": VERSION, "training_data": TRAINING_DATA, "licence": LICENCE} | recipe
    thresholds = {label: 0.5 for label in known}
    trunk = {"role": "trunk", "name": "mobilenet-v2-os16", "labels": [], "config": {}, "measured": {}}
    objects = {"role": "object", "name": "object-map", "labels": known, "config": {"rows": len(kinds)}}
    objects |= {"thresholds": thresholds, "rows_added": kinds[teacher_image.ROWS :], "measured": measured}
    boxes = {"role": "boxes", "name": "box-head", "labels": boxed, "config": {"labels": boxed}}
    boxes |= {"thresholds": thresholds, "measured": {}}
    failures = {"known_failures": KNOWN_FAILURES}
    write_checkpoint(eye.trunk, trunk | common | failures, out.with_name("trunk.safetensors"))
    write_checkpoint(eye.objects, objects | common | failures, out.with_name("object.safetensors"))
    write_checkpoint(heads[-1], boxes | common | failures, out)
    for left_out, head in zip(FOLDS, heads, strict=False):
        note = f"trained without the {left_out} half of the photos with boxes, which it is measured on"
        write_checkpoint(head, boxes | common | {"note": note}, out.parent / "folds" / f"boxes_{left_out}.safetensors")
