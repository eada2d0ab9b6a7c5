"""The recipe of the eye: trunk and object map, from photo labels alone (Liu 2018, section 4.2.4).

The document's two steps, "late layers first, then all", around a teacher:

1. The teacher's classifier stays; rows for what it has no name for (bagpipe, clarinet, tuba, congas, and instruments
   outside the taxonomy, so that they are not taken for something else) are fitted on cached features in seconds.
2. Every layer is trained in small steps on photos as they are, photos pasted small into scenes, and scenes without
   instruments. Pooling over the strongest places learns the map from the word; a strong pull towards the teacher's
   thousand-way answer to the same picture keeps alive what no photo here shows: cello, bassoon, French horn.

Then two numbers, gain and offset, are fitted on collections held out, so that 0.5 means as likely as not.
Costs about half an hour on two CPU cores with bfloat16. Runs on CUDA unchanged.
"""

import json
import math
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from milo_demo.instruments import LABELS, label_of
from milo_demo.models.object_map import NO_LABEL, ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training import photos, teacher_image
from milo_demo.training.photos import Photo
from milo_demo.training.teacher_image import Teacher

BATCH = 16
SIDES_PX = (224, 256, 288, 320, 384)
RATE_TRUNK, RATE_ROWS = 2e-5, 1e-4
"""Learning rates: more wrecks the teacher's knowledge within a hundred steps."""
DISTILLATION = 2.0
SAVE_EVERY_S = 120
START_OFFSET = 2.5
"""Where the teacher's evidence separates pictures with and without an instrument; saves the labels' loss a detour."""
NEW_ROW_PENALTY = 2.0
"""Taken off the new rows' biases in the end: fitted on few photos of one collection, they claim too much elsewhere."""
FALSE_ALARMS = 0.01
"""Share of held-out pictures without instruments in which anything may reach a score of 0.5. With more alarms more is
found, but more wrong names stand beside the right one, too."""
CALIBRATION_SIDE_PX = 384
VERSION = 1
TRAINING_DATA = [
    "teacher and initialisation: MobileNetV2 1.0 224 trained on ImageNet (google-coral/test_data, Apache-2.0)",
    "photos: Kaggle Musical Instruments, 30 classes, training part (aizadaaskar/dl-homework; no licence stated)",
    "photos: Caltech-101, six classes and half of background_google",
    "photos: PACS, guitar and half of person",
    "scenes without instruments: half of 392 photos (ajschumacher/imagen)",
    "held out for calibration: jray-8/musical-instruments-classifier and the other halves",
]
LICENCE = (
    "The weights are the project's own, trained from an Apache-2.0 teacher. Photos were used to train and to measure "
    "and are not redistributed."
)
KNOWN_FAILURES = [
    "No photos of cello, bassoon and French horn: they are known from the ImageNet teacher alone.",
    "No row for recorder, ukulele, erhu, pipa, guzheng, electric bass (no photos); ukulele and bass pass for guitars.",
    "Violin and cello, flute and clarinet, French horn and tuba, guitar and banjo are confused, or both are named.",
    "Keys seen from above can pass for a xylophone.",
    "Instruments that fill less than a tenth of the frame are often missed; two small players may count as one.",
    "Dark pictures, title cards and drawings can be named anything.",
]


def train(data: Path, out: Path, *, minutes: float = 35.0, seed: int = 0, resume: bool = True) -> None:
    """Train both networks; write `out` (the object map), trunk.safetensors beside it, and their model cards.

    minutes : time for step 2; the learning rate falls to 0 over it, so more time needs a new start
    resume  : go on from `out`.training, written every two minutes, where there is one

    Raises MiloError where the data is missing.
    """
    data, out = Path(data), Path(out)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    teacher = teacher_image.load(data)
    teacher.trunk.to(device)
    album = photos.find(data)
    lesson = [photo for photo in album if not photos.held_out(photo)]
    kinds = row_kinds(teacher, lesson)
    trunk, objects = Trunk().to(device), object_map(teacher, kinds).to(device)
    trunk.load_state_dict(teacher.trunk.state_dict())
    memory = out.with_suffix(".training")
    state = torch.load(memory, map_location=device) if resume and memory.exists() else None
    if state is None:
        fit_new_rows(teacher, objects, lesson, kinds, seed)
    fine_tune(teacher, trunk, objects, Lesson(lesson, kinds, seed), minutes, memory, state)
    with torch.no_grad():
        objects.rows.bias[teacher_image.ROWS :] -= NEW_ROW_PENALTY
    measured = calibrate(trunk, objects, [photo for photo in album if photos.held_out(photo)])
    save(trunk, objects, kinds, measured, out, seed, minutes)
    memory.unlink(missing_ok=True)


def row_kinds(teacher: Teacher, album: list[Photo]) -> list[str]:
    """What each row of the softmax means: the teacher's classes under our labels' names, then the new kinds."""
    known = [label_of(name, "imagenet") or name for name in (names.split(",")[0] for names in teacher.names)]
    return known + sorted({photo.kind for photo in album if photo.kind is not None} - set(known))


def object_map(teacher: Teacher, kinds: list[str]) -> ObjectMap:
    """An object map with the teacher's rows, and rows of zeros for the new kinds."""
    objects = ObjectMap(rows=len(kinds))
    with torch.no_grad():
        for values, known in (
            (objects.rows.weight, teacher.weight[..., None, None]),
            (objects.rows.bias, teacher.bias),
        ):
            values.zero_()
            values[: len(known)] = known
    objects.row_label.copy_(torch.tensor([LABELS.index(kind) if kind in LABELS else NO_LABEL for kind in kinds]))
    return objects


def fit_new_rows(
    teacher: Teacher, objects: ObjectMap, album: list[Photo], kinds: list[str], seed: int, steps: int = 300
) -> None:
    """Step 1. Only the new rows move: towards photos of their kind, away from everything the teacher knows.

    Cross-entropy on the teacher's pooled features; a photo of a kind the teacher knows, or of none, keeps the teacher's
    answer, so all that is left to learn there is to stay silent.
    """
    known = teacher_image.ROWS
    features = pooled_features(teacher.trunk, album, seed)
    kind_row = torch.tensor([kinds.index(photo.kind) - known if photo.kind else -1 for photo in album])
    new = (kind_row >= 0).to(features.device)
    target = kind_row.clamp(min=0).to(features.device)
    rest = functional.linear(features, teacher.weight.to(features), teacher.bias.to(features)).logsumexp(1)
    weight = torch.zeros(len(kinds) - known, features.shape[1], device=features.device, requires_grad=True)
    bias = torch.zeros(len(weight), device=features.device, requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias], 3e-3)
    for _ in range(steps):
        logits = functional.linear(features, weight, bias)
        total = torch.logaddexp(logits.logsumexp(1), rest)
        wanted = torch.where(new, logits.gather(1, target[:, None])[:, 0], rest)
        loss = (total - wanted).mean() + 1e-4 * weight.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        objects.rows.weight[known:] = weight[..., None, None]
        objects.rows.bias[known:] = bias


@torch.no_grad()
def pooled_features(trunk: Trunk, album: list[Photo], seed: int, side_px: int = 256) -> Tensor:
    """(photo, 1280): spatial means of the features of one crop of every photo."""
    rng = np.random.default_rng(seed)
    device = next(trunk.parameters()).device
    means = []
    for first in range(0, len(album), BATCH):
        crops = [photos.crop(photos.read(photo.path), side_px, rng) for photo in album[first : first + BATCH]]
        with half(device):
            means.append(trunk(torch.stack([photos.tensor(crop) for crop in crops]).to(device)).float().mean((2, 3)))
    return torch.cat(means)


class Lesson(Dataset):
    """Training pictures without end; picture i is a function of the seed and of i, so that a run can be resumed.

    A quarter of the pictures hold nothing, a third one or two photos pasted into a scene, the rest a photo as it is.
    Gives (3, side, side) uint8 and the indices of up to two rows of the softmax that the picture shows, else -1; the
    side is the same throughout a batch.
    """

    def __init__(self, album: list[Photo], kinds: list[str], seed: int):
        self.empty = [photo for photo in album if photo.kind is None]
        self.shown = [photo for photo in album if photo.kind is not None]
        self.kinds, self.seed = kinds, seed
        count = Counter(photo.kind for photo in self.shown)
        # Rare kinds more often, but not as often as common ones; kinds outside the taxonomy half as often.
        share = np.array([(1.0 if p.kind in LABELS else 0.5) / count[p.kind] ** 0.5 for p in self.shown])
        self.share = share / share.sum()

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, index))
        side_px = SIDES_PX[np.random.default_rng((self.seed, index // BATCH)).integers(len(SIDES_PX))]
        scene = self.empty[rng.integers(len(self.empty))] if rng.random() < 0.6 else None
        number = 1 if scene is None else int(rng.choice(3, p=(0.4, 0.4, 0.2)))
        shown = [self.shown[k] for k in rng.choice(len(self.shown), number, replace=False, p=self.share)]
        picture = photos.augmented(
            [photos.read(photo.path) for photo in shown], scene and photos.read(scene.path), side_px, rng
        )
        rows = [self.kinds.index(photo.kind) for photo in shown]
        return photos.tensor(picture), torch.tensor([*rows, -1, -1][:2])


def fine_tune(
    teacher: Teacher,
    trunk: Trunk,
    objects: ObjectMap,
    lesson: Lesson,
    minutes: float,
    memory: Path,
    state: dict | None,
) -> None:
    """Step 2. All layers, for `minutes`; `memory` is where the run can be resumed from, `state` what was read there."""
    device = next(trunk.parameters()).device
    objects.offset.fill_(START_OFFSET)
    labels = torch.tensor([LABELS.index(kind) if kind in LABELS else NO_LABEL for kind in lesson.kinds])
    # Of labels without photos the pictures say nothing; the teacher alone speaks for them.
    taught = sorted({LABELS.index(photo.kind) for photo in lesson.shown if photo.kind in LABELS})
    optimiser = torch.optim.AdamW(
        [{"params": trunk.parameters(), "lr": RATE_TRUNK}, {"params": objects.rows.parameters(), "lr": RATE_ROWS}],
        weight_decay=0,
    )
    peak = [group["lr"] for group in optimiser.param_groups]
    step, spent_s = 0, 0.0
    if state is not None:
        trunk.load_state_dict(state["trunk"])
        objects.load_state_dict(state["objects"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent_s = state["step"], state["spent_s"]
    pictures = DataLoader(
        lesson, BATCH, sampler=range(step * BATCH, len(lesson)), num_workers=1 + (device.type == "cuda") * 7
    )
    last_s = saved_s = time.monotonic()
    for picture, shown in pictures:
        part = min(spent_s / (60 * minutes), 1)
        for group, rate in zip(optimiser.param_groups, peak, strict=True):
            group["lr"] = rate * min(1, (step + 1) / 50) * (1 + math.cos(math.pi * part)) / 2
        picture = picture.to(device)
        wanted = torch.zeros(len(picture), len(LABELS) + 1)
        wanted.scatter_(1, torch.where(shown >= 0, labels[shown], NO_LABEL) % (len(LABELS) + 1), 1)
        with half(device):
            rows = objects.rows(trunk(picture)).float()
            with torch.no_grad():
                answer = teacher.logits(teacher.trunk(picture)).float()
        seen = objects.evidence(rows) + objects.offset
        ours = rows.mean((2, 3))[:, : teacher_image.ROWS]
        apart = functional.kl_div(ours.log_softmax(1), answer.log_softmax(1), reduction="batchmean", log_target=True)
        told = functional.binary_cross_entropy_with_logits(seen[:, taught], wanted[:, taught].to(device))
        loss = DISTILLATION * apart + len(taught) * told
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*trunk.parameters(), *objects.parameters()], 5.0)
        optimiser.step()
        step += 1
        now_s = time.monotonic()
        spent_s, last_s = spent_s + now_s - last_s, now_s
        if step % 20 == 0:
            print(
                f"{spent_s / 60:5.1f} min  step {step}  teacher {apart:.3f}  labels {len(taught) * told:.3f}",
                flush=True,
            )
        if now_s - saved_s > SAVE_EVERY_S:
            saved_s = now_s
            torch.save(
                {
                    "trunk": trunk.state_dict(),
                    "objects": objects.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "spent_s": spent_s,
                },
                memory,
            )
        if spent_s >= 60 * minutes:
            break


@torch.inference_mode()
def calibrate(trunk: Trunk, objects: ObjectMap, album: list[Photo]) -> dict[str, float]:
    """Fit gain and offset on photos kept from training, at the size at which clips are looked at.

    The gain is a logistic regression's between a photo's own label and its strongest wrong one; the offset is the one
    with which FALSE_ALARMS of the pictures without instruments reach 0.5. Returns what was measured on the same photos:
    recall, top-1 and photos with a wrong label among those with an instrument, false alarms among those without.
    """
    device = next(trunk.parameters()).device
    evidence = []
    for photo in album:
        frame = photos.tensor(photos.read(photo.path, CALIBRATION_SIDE_PX)).to(device)
        with half(device):
            features = trunk(frame[None])
        evidence.append(objects.evidence(objects.rows(features.float())).cpu())
    visible = sorted(set(objects.row_label.tolist()) - {NO_LABEL})
    evidence = torch.cat(evidence)[:, visible].double()
    truth = torch.tensor([[LABELS[label] == photo.kind for label in visible] for photo in album])
    shown = truth.any(1)
    # Only the strongest wrong one: the rest are easy and would drown both.
    wrong = evidence.masked_fill(truth, -torch.inf).amax(1)
    signed = torch.cat([truth[truth].double(), -torch.ones(len(wrong))]).numpy()
    values = torch.cat([evidence[truth], wrong]).numpy()
    gain, _ = minimize(lambda line: np.logaddexp(0, -signed * (line[0] * values + line[1])).mean(), (1.0, 0.0)).x
    offset = -gain * float(evidence[~shown].amax(1).quantile(1 - FALSE_ALARMS))
    objects.gain.fill_(gain)
    objects.offset.fill_(offset)
    score = gain * evidence + offset
    return {
        "held_out_recall": float((score[truth] > 0).double().mean()),
        "held_out_top1": float((evidence[shown].argmax(1) == truth[shown].double().argmax(1)).double().mean()),
        "held_out_wrong_label": float((score.masked_fill(truth, -torch.inf)[shown].amax(1) > 0).double().mean()),
        "held_out_false_alarms": float((score[~shown].amax(1) > 0).double().mean()),
    }


def save(
    trunk: Trunk, objects: ObjectMap, kinds: list[str], measured: dict[str, float], out: Path, seed: int, minutes: float
) -> None:
    """Write both checkpoints in half precision, and their model cards."""
    common = {
        "version": VERSION,
        "training_data": TRAINING_DATA,
        "licence": LICENCE,
        "seed": seed,
        "recipe": f"python -m milo_demo train object --data DIR --out {out.name} (step 2: {minutes:g} minutes)",
        "trained_s": round(60 * minutes),
    }
    visible = [label for label in LABELS if label in kinds]
    cards = {
        "trunk": {"role": "trunk", "name": "mobilenet-v2-os16", "labels": [], "config": {}, "measured": {}},
        "object": {
            "role": "object",
            "name": "object-map",
            "labels": visible,
            "config": {"rows": len(kinds)},
            "thresholds": {label: 0.5 for label in visible},
            "rows_added": kinds[teacher_image.ROWS :],
            "measured": {name: round(value, 4) for name, value in measured.items()},
        },
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    for path, module in ((out.with_name("trunk.safetensors"), trunk), (out, objects)):
        save_file({name: small(value) for name, value in module.state_dict().items()}, path)
    for path, card in ((out.with_name("trunk.json"), cards["trunk"]), (out.with_suffix(".json"), cards["object"])):
        text = json.dumps(card | common | {"known_failures": KNOWN_FAILURES}, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")


def small(values: Tensor) -> Tensor:
    return values.detach().cpu().contiguous().to(torch.float16 if values.is_floating_point() else values.dtype)


def half(device: torch.device) -> torch.autocast:
    """bfloat16 where it helps: twice as fast on CPUs that have it, and on CUDA."""
    return torch.autocast(device.type, torch.bfloat16)
