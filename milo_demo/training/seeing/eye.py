"""The recipe of the eye: trunk, object map and box head, which learn together and look through the same trunk.

1. The teacher's classifier stays; rows for what it has no name for are fitted on cached features in seconds
   (`training.seeing.object_map`). The teacher's maps of photos that no box is known of then give boxes to begin with.
2. The box head learns on the teacher's trunk as it is: made scenes (`training.seeing.scenes`) and those photos.
3. All that stands behind the trunk's fine features learns, in small steps: boxes, photo labels for the object map
   (Liu 2018, section 4.2.4), and a strong pull towards the teacher's thousand-way answer to the same picture, which
   keeps alive what no photo here shows: cello, bassoon, French horn. Then the box head goes on alone, and the
   teacher's rows are fitted once more to the features as they have become.
4. The box head alone sees real people with real instruments: photos with boxes drawn by hand. Figures for those photos
   come from heads that were trained without the half of them that is looked at.

Then a few numbers are fitted on photos held out, so that 0.5 means as likely as not.
"""

import copy
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader

from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.boxes import BoxHead
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing.regions import regions
from milo_demo.training.learner import Learner, TimeBudget, device, save_state, write_checkpoint
from milo_demo.training.seeing import batches, box_calibration, cutouts, detection, object_map, photos, voc
from milo_demo.training.seeing.batches import FineTuningSet, PretrainingSet
from milo_demo.training.seeing.detection import Targets
from milo_demo.training.seeing.photos import BoxedPhoto, Photo
from milo_demo.training.seeing.scenes import Maker
from milo_demo.training.seeing.teacher import ROWS, Teacher, load_teacher

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
TOGETHER = (0.3, 0.5)
"""Part of the time in which all three learn; before it and after it the box head learns alone, at a third of the cost.
"""
RATE_HEAD, RATE_TRUNK, RATE_ROWS = 2e-3, 4e-5, 1e-4
"""Learning rates: more wrecks the teacher's knowledge within a hundred steps."""
DISTILLATION, LABELS_WEIGHT = 2.0, 1.0
PLAUSIBLE = 0.03, 0.9
"""Part of the photo that a box from the teacher's map may fill."""
SAVE_EVERY = 200
FOLDS = ("first", "second")
"""Halves of the photos with boxes: each is looked at by a head that has not seen it."""
RATE_FINE_TUNING = 1e-3


class EyeModules(nn.Module):
    """The three networks, so that one optimiser and one average hold them."""

    def __init__(self, trunk: Trunk, objects: ObjectMap, boxes: BoxHead) -> None:
        super().__init__()
        self.trunk, self.objects, self.boxes = trunk, objects, boxes


def train(
    data: Path,
    out: Path,
    *,
    minutes: float = 70.0,
    fine_tuning_minutes: float = 3.0,
    boxes: Path | None = None,
    seed: int = 0,
    resume: bool = True,
) -> None:
    """Train all three; write `out` (the box head), object.safetensors and trunk.safetensors beside it, and their cards.

    minutes           : time for steps 2 and 3; the learning rate falls to 0 over it, so more time needs a new start
    fine_tuning_minutes : time for step 4, which is taken three times
    boxes             : a folder of more photos with boxes, as `voc` reads them, for step 4
    resume            : go on from `out`.training, written now and then, where there is one

    Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    torch.manual_seed(seed)
    where = device()
    teacher = load_teacher(data)
    teacher.trunk.to(where)
    album = photos.split(photos.find(data))
    kinds = object_map.row_kinds(teacher, album["train"])
    real = photos.boxed(data) + [BoxedPhoto(*found) for found in ([] if boxes is None else voc.read(boxes))]
    labels = box_labels(album["train"], real)
    rows = {LABELS.index(label): row for row, label in enumerate(labels)}
    eye = EyeModules(Trunk(), object_map.object_map(teacher, kinds), BoxHead(labels)).to(where)
    eye.trunk.load_state_dict(teacher.trunk.state_dict())
    out.parent.mkdir(parents=True, exist_ok=True)
    memory = out.with_suffix(".training")
    state = torch.load(memory, map_location=where) if resume and memory.exists() else None
    if state is None:
        object_map.fit_new_rows(teacher, eye.objects, album["train"], kinds, seed)
        first = first_boxes(teacher, eye.objects, album["train"])
    else:
        first = {Path(path): Detection(*box) for path, box in state["first"].items()}
    maker = Maker(cutouts.find(album["train"]), album["train"], seed)
    lesson = PretrainingSet(album["train"], maker, first, rows, seed)
    eye = learn(eye, teacher, lesson, minutes, memory, state)
    object_map.restore(teacher, eye.trunk, eye.objects, album["train"], seed)
    with torch.no_grad():
        eye.objects.rows.bias[ROWS:] -= object_map.NEW_ROW_PENALTY
    measured = object_map.calibrate(eye.trunk, eye.objects, album["calibrate"])
    heads = [
        fine_tune(eye, lesson, [photo for photo in real if fold(photo) != left_out], fine_tuning_minutes)
        for left_out in (*FOLDS, None)
    ]
    maker = Maker(cutouts.find(album["calibrate"]), album["calibrate"], seed)
    box_calibration.calibrate(eye.trunk, eye.objects, heads, maker, album["calibrate"])
    recipe = {
        "seed": seed,
        "recipe": f"python -m milo_demo train eye --data DIR --out {out.name} --minutes {minutes:g}",
        "trained_s": round(60 * (minutes + fine_tuning_minutes * len(heads))),
    }
    save(eye, heads, kinds, measured, out, recipe)
    memory.unlink(missing_ok=True)


def box_labels(album: list[Photo], real: list[BoxedPhoto]) -> list[str]:
    """The labels that the box head has rows for: those with photos, or with boxes."""
    shown = {photo.kind for photo in album} | {LABELS[box.label] for photo in real for box in photo.boxes}
    return [label for label in LABELS if label in shown]


@torch.inference_mode()
def first_boxes(teacher: Teacher, objects: ObjectMap, album: list[Photo]) -> dict[Path, Detection]:
    """Where the teacher's map of a photo's own label says that it is, for photos that show a room around it."""
    where = next(teacher.trunk.parameters()).device
    found = {}
    for photo in album:
        if photo.kind not in LABELS:
            continue
        picture = photos.read(photo.path, SIDE_PX)
        if cutouts.on_paper(np.array(picture)):
            continue
        with object_map.half(where):
            features = teacher.trunk(photos.tensor(picture)[None].to(where)).coarse
            rows = objects.rows(features)
        maps = objects.maps(rows.float())[0][0].cpu().numpy()
        label = LABELS.index(photo.kind)
        only = np.where(np.arange(len(LABELS))[:, None, None] == label, maps, 0)
        region = regions(only, least=1e-9)[0]
        if PLAUSIBLE[0] < (region.x1 - region.x0) * (region.y1 - region.y0) < PLAUSIBLE[1]:
            found[photo.path] = region
    return found


def learn(
    eye: EyeModules, teacher: Teacher, lesson: PretrainingSet, minutes: float, memory: Path, state: dict | None
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
    learner, clock = Learner(eye, groups, weight_decay=1e-4), TimeBudget(minutes)
    if state is not None:
        learner.load_state_dict(state)
        clock.load_state_dict(state["clock"])
    done = range(clock.steps * batches.BATCH, len(lesson))
    pictures = DataLoader(lesson, batches.BATCH, sampler=done, num_workers=1 + (where.type == "cuda") * 7)
    for picture, wanted, asked in () if clock.finished else pictures:
        alone = not TOGETHER[0] <= clock.progress < TOGETHER[1]
        wanted, asked = Targets(*(part.to(where) for part in wanted)), asked.to(where)
        with object_map.half(where):
            with torch.set_grad_enabled(not alone):
                features = eye.trunk(picture.to(where))
            logits, sides = eye.boxes(features)
        boxes = loss = detection.loss(logits, sides, wanted)
        if not alone:
            with object_map.half(where):
                rows = eye.objects.rows(features.coarse).float()
                with torch.no_grad():
                    answer = teacher.logits(teacher.trunk.layers[teacher.trunk.fine_layers :](features.fine)).float()
            seen = (eye.objects.evidence(rows) + eye.objects.offset)[:, taught]
            ours = rows.mean((2, 3))[:, :ROWS]
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


def fine_tune(eye: EyeModules, lesson: PretrainingSet, real: list[BoxedPhoto], minutes: float) -> BoxHead:
    """Step 4: the box head alone, on pictures of which some are `real`; returns another head."""
    where = next(eye.parameters()).device
    head = copy.deepcopy(eye.boxes).requires_grad_(True)
    learner, clock = Learner(head, RATE_FINE_TUNING, weight_decay=1e-4), TimeBudget(minutes)
    pictures = DataLoader(FineTuningSet(lesson, real), batches.BATCH, num_workers=1 + (where.type == "cuda") * 7)
    for picture, wanted, _ in pictures:
        with object_map.half(where):
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


def fold(photo: BoxedPhoto) -> int:
    """Which of the FOLDS a photo with boxes is in, by its name."""
    return FOLDS[hashlib.sha256(photo.path.name.encode()).digest()[0] % len(FOLDS)]


def save(eye: EyeModules, heads: list[BoxHead], kinds: list[str], measured: dict, out: Path, recipe: dict) -> None:
    """Write the checkpoints in half precision and their model cards; the heads of the folds go to folds/."""
    known = [label for label in LABELS if label in kinds]
    boxed = [LABELS[label] for label in heads[-1].row_label]
    common = {"version": VERSION, "training_data": TRAINING_DATA, "licence": LICENCE} | recipe
    thresholds = {label: 0.5 for label in known}
    trunk = {"role": "trunk", "name": "mobilenet-v2-os16", "labels": [], "config": {}, "measured": {}}
    objects = {"role": "object", "name": "object-map", "labels": known, "config": {"rows": len(kinds)}}
    objects |= {"thresholds": thresholds, "rows_added": kinds[ROWS:]}
    objects |= {"measured": {"photos held out": {name: round(value, 4) for name, value in measured.items()}}}
    boxes = {"role": "boxes", "name": "box-head", "labels": boxed, "config": {"labels": boxed}}
    boxes |= {"thresholds": thresholds, "measured": {}}
    failures = {"known_failures": KNOWN_FAILURES}
    write_checkpoint(eye.trunk, trunk | common | failures, out.with_name("trunk.safetensors"))
    write_checkpoint(eye.objects, objects | common | failures, out.with_name("object.safetensors"))
    write_checkpoint(heads[-1], boxes | common | failures, out)
    for left_out, head in zip(FOLDS, heads, strict=False):
        note = f"trained without the {left_out} half of the photos with boxes, which it is measured on"
        write_checkpoint(head, boxes | common | {"note": note}, out.parent / "folds" / f"boxes_{left_out}.safetensors")
