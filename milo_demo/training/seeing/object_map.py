"""The object map's part of the eye's recipe (`training.seeing.eye`): rows for what the teacher has no name for, fitted
on cached features before anything else learns, and two numbers fitted after, so that 0.5 means as likely as not.
"""

from collections import Counter

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional

from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS, label_of
from milo_demo.models.object_map import NO_LABEL, ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.training.learner import half
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo
from milo_demo.training.seeing.scenes import developed
from milo_demo.training.seeing.teacher import ROWS, Teacher

BATCH, CROP_PX = 16, 256
FEW, VIEWS = 60, 4
"""Of kinds with fewer photos, so many more crops of each are looked at."""
OFTEN_ENOUGH = 1500
"""Photos on which what the teacher knew is restored."""
START_GAIN, START_OFFSET = 0.9, 2.5
"""Where the teacher's evidence separates pictures with and without an instrument; saves the labels' loss a detour."""
RESTORING_RATE = 2e-4
FALSE_ALARMS = 0.01
"""Share of held-out pictures without instruments in which anything may reach a score of 0.5. With more alarms more is
found, but more wrong names stand beside the right one, too."""


def row_kinds(teacher: Teacher, album: list[Photo]) -> list[str]:
    """What each row of the softmax means: the teacher's classes under our labels' names, then the new kinds."""
    known = [label_of(name, "imagenet") or name for name in (names.split(",")[0] for names in teacher.names)]
    return known + sorted({photo.kind for photo in album if photo.kind is not None} - set(known))


def object_map(teacher: Teacher, kinds: list[str]) -> ObjectMap:
    """An object map with the teacher's rows, and rows of zeros for the new kinds."""
    objects = ObjectMap(rows=len(kinds))
    weight, bias = objects.rows.parameters()
    with torch.no_grad():
        for values, known in ((weight, teacher.weight[..., None, None]), (bias, teacher.bias)):
            values.zero_()
            values[: len(known)] = known
    objects.gain.fill_(START_GAIN)
    objects.offset.fill_(START_OFFSET)
    objects.row_label.copy_(torch.tensor([LABELS.index(kind) if kind in LABELS else NO_LABEL for kind in kinds]))
    return objects


def fit_new_rows(
    teacher: Teacher, objects: ObjectMap, album: list[Photo], kinds: list[str], seed: int, steps: int = 300
) -> None:
    """Step 1. Only the new rows move: towards photos of their kind, away from everything the teacher knows.

    Cross-entropy on the teacher's pooled features; a photo of a kind the teacher knows, or of none, keeps the teacher's
    answer, so all that is left to learn there is to stay silent.
    """
    count = Counter(photo.kind for photo in album)
    rare = [photo for photo in album if photo.kind and count[photo.kind] < FEW]
    album = [*album, *rare * VIEWS]
    features = pooled_features(teacher.trunk, album, seed)
    kind_row = torch.tensor([kinds.index(photo.kind) - ROWS if photo.kind else -1 for photo in album])
    new = (kind_row >= 0).to(features.device)
    target = kind_row.clamp(min=0).to(features.device)
    rest = functional.linear(features, teacher.weight.to(features), teacher.bias.to(features)).logsumexp(1)
    weight = torch.zeros(len(kinds) - ROWS, features.shape[1], device=features.device, requires_grad=True)
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
    all_weight, all_bias = objects.rows.parameters()
    with torch.no_grad():
        all_weight[ROWS:] = weight[..., None, None]
        all_bias[ROWS:] = bias


def restore(
    teacher: Teacher, trunk: Trunk, objects: ObjectMap, album: list[Photo], seed: int, steps: int = 300
) -> None:
    """Last step: the teacher's rows alone, towards the teacher's answers, on the features as they have become.

    Training moves the trunk's features for all thousand classes; what a linear layer can set right is set right.
    """
    chosen = np.random.default_rng(seed).permutation(len(album))[:OFTEN_ENOUGH]
    album = [album[index] for index in chosen]
    ours, theirs = (pooled_features(network, album, seed) for network in (trunk, teacher.trunk))
    answers = functional.linear(theirs, teacher.weight.to(theirs), teacher.bias.to(theirs)).softmax(1)
    all_weight, all_bias = objects.rows.parameters()
    weight = all_weight.detach()[:ROWS, :, 0, 0].clone().requires_grad_()
    bias = all_bias.detach()[:ROWS].clone().requires_grad_()
    optimiser = torch.optim.Adam([weight, bias], RESTORING_RATE)
    for _ in range(steps):
        said = functional.linear(ours, weight, bias).log_softmax(1)
        loss = functional.kl_div(said, answers, reduction="batchmean")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        all_weight[:ROWS, :, 0, 0] = weight
        all_bias[:ROWS] = bias


@torch.no_grad()
def pooled_features(trunk: Trunk, album: list[Photo], seed: int) -> Tensor:
    """(photo, 1280): spatial means of the features of one crop of every photo, as a telephone would have taken it."""
    rng = np.random.default_rng(seed)
    device = next(trunk.parameters()).device
    means = []
    for first in range(0, len(album), BATCH):
        images = (photos.read(photo.path) for photo in album[first : first + BATCH])
        crops = [developed(photos.cropped(image, [], (CROP_PX, CROP_PX), rng)[0], rng) for image in images]
        pictures = torch.stack([photos.tensor(crop) for crop in crops])
        with half(device):
            features = trunk(pictures.to(device)).coarse
        means.append(features.float().mean((2, 3)))
    return torch.cat(means)


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
        frame = photos.tensor(photos.read(photo.path, SIDE_PX)).to(device)
        with half(device):
            features = trunk(frame[None]).coarse
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
