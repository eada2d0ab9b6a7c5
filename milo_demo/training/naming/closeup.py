"""The recipe of names from close up: cut-outs of what the eye boxes in photos, and a layer on the trunk's features.

Of a photo the surest box counts as what the photo is of; of pictures without instruments the eye's worst mistakes are
taken. Each is also cut out askew, of a picture that was made small and compressed, as a clip's frames are. Most photos
show an instrument alone; what a cut-out looks like that has a player in it is learnt from guitar_boxes.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from PIL import Image, ImageOps
from torch import Tensor

from milo_demo import weights
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.models.naming.closeup import NOTHING, CloseUp
from milo_demo.seeing import closeups, detect
from milo_demo.seeing.detect import Eye
from milo_demo.training.kept import keyed
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.naming.joint import PHOTOS
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.boxes.calibration import FALSE_ALARMS
from milo_demo.training.seeing.photos import FOLDS, BoxedPhoto, Photo, fold

FEWEST = 4
"""Training photos that another instrument needs to have a name of its own."""
MISTAKES = 2
"""Boxes taken of a picture without an instrument."""
WORN = 2
"""Further cut-outs of each."""
ASKEW = 0.08
"""How far the sides of their boxes are off, standard deviation in parts of the box."""
SMALL_PX, QUALITY = (160, 700), (25, 90)
"""Long sides, and JPEG's quality, of the pictures that they are cut out of."""
STEPS, BATCH, RATE, DECAY = 1500, 256, 2e-3, 0.1
DROPPED = 0.7
"""Of the features in a step: few photos and many features, so that no single one may decide."""
SMOOTHED = 0.2
"""Of a step's wanted answers, spread over all names."""
LEAST_SPREAD = 0.05
"""Added to each feature's: what hardly ever differs says little."""


class Examples(NamedTuple):
    """Cut-outs: features (n, 1280); sure (n,), 0-1, by the detector; seen (n, label), 0-1, by the map there; and the
    kind of each, None where there is no instrument."""

    features: Tensor
    sure: Tensor
    seen: Tensor
    kinds: list[str | None]


def train(data: Path, out: Path, *, seed: int = 1, workdir: Path | None = None, resume: bool = True) -> None:
    """Train the close-up on the bundled eye, and write `out` (safetensors) and its card. Takes half an hour.

    data    : folder with images
    workdir : for the examples; default: library/ beside `out`
    resume  : use the examples that lie there
    """
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    parts, real = photos.split(photos.find(data)), photos.boxed(data)
    examples = {part: gathered(album, part, workdir, seed, resume) for part, album in parts.items()}
    players = {
        name: gathered(
            [_unboxed(photo) for photo in real if fold(photo) == name], f"players-{name}", workdir, seed, resume
        )
        for name in FOLDS
    }
    empty = sum(photo.kind is None for photo in parts["calibrate"])
    for left_out in (*FOLDS, None):
        shown = [players[name] for name in FOLDS if name != left_out]
        network = learn(joined([examples["train"], *shown]), names_of(parts["train"]), seed)
        calibrate(network, examples["calibrate"], empty)
        file = out if left_out is None else out.parent / "folds" / f"closeup_{left_out}.safetensors"
        write_checkpoint(network, _card(network, examples["report"], seed), file)


def _card(network: CloseUp, apart: Examples, seed: int) -> dict[str, Any]:
    """What a card says; its figures are of examples kept apart."""
    labels = [name for name in network.names if name in LABELS]
    return {
        "role": "closeup",
        "name": "close-up",
        "labels": labels,
        "config": {"names": list(network.names)},
        "thresholds": dict.fromkeys(labels, 0.5),
        "training_data": [
            *PHOTOS,
            "other instruments and pictures without any, from the same collections",
            "173 photos of people with and without guitars (AmirMG47/Yolo-Guitar-model; no licence stated), in `folds` "
            "half of them each",
        ],
        "licence": "of the recipe and these numbers: MIT; the photos they were made from: see training_data",
        "known_failures": [
            "learnt mostly on photos of instruments alone, which the trunk has seen, too; of people, only on such with "
            "guitars",
            "ukulele and electric bass, of which there are fewest, pass for guitars",
        ],
        "measured": {"photos kept apart": measured(network, apart)},
        "seed": seed,
        "recipe": f"python -m milo_demo train closeup --data DIR --out FILE --seed {seed}",
    }


def _unboxed(photo: BoxedPhoto) -> Photo:
    return Photo(photo.path, LABELS[photo.boxes[0].label] if photo.boxes else None, "guitar_boxes")


def joined(parts: Sequence[Examples]) -> Examples:
    """Several parts as one."""
    features, sure, seen, kinds = zip(*parts, strict=True)
    return Examples(torch.cat(features), torch.cat(sure), torch.cat(seen), list(chain(*kinds)))


def names_of(album: Sequence[Photo]) -> list[str]:
    """What is told apart: the labels that there are photos of, other instruments with FEWEST of them, and NOTHING."""
    counts = Counter(photo.kind for photo in album if photo.kind is not None)
    own = [label for label in LABELS if counts[label]]
    return [*own, *sorted(kind for kind in counts if kind not in LABELS and counts[kind] >= FEWEST), NOTHING]


def gathered(album: Sequence[Photo], part: str, workdir: Path, seed: int, resume: bool) -> Examples:
    """Examples of one part of the photos, kept in `workdir`."""
    shown = [(photo.path.name, photo.kind) for photo in album]
    kept = workdir / f"{keyed(f'closeups-{part}', seed, shown, roles=('trunk', 'object', 'boxes'))}.pt"
    if resume and kept.is_file():
        return Examples(*torch.load(kept, weights_only=True))
    eye = Eye(*(weights.load(role).module for role in ("trunk", "object", "boxes")))
    rng = np.random.default_rng(seed)
    worn = 0 if part in ("calibrate", "report") else WORN
    rows = [row for photo in album for row in cut_outs(photo, eye, rng, worn)]
    features, sure, seen, kinds = zip(*rows, strict=True)
    examples = Examples(torch.stack(features), torch.tensor(sure), torch.stack(seen), list(kinds))
    workdir.mkdir(parents=True, exist_ok=True)
    torch.save(tuple(examples), kept)
    return examples


@torch.inference_mode()
def cut_outs(photo: Photo, eye: Eye, rng: Generator, worn: int) -> Iterator[tuple[Tensor, float, Tensor, str | None]]:
    """What is boxed in a photo: rows of Examples, each once as it is and so many times worn."""
    picture = photos.read(photo.path, SIDE_PX)
    [sight] = detect.detect([np.array(picture)], eye)
    for box in closeups.things(sight.found[0])[: MISTAKES if photo.kind is None else 1]:
        seen = torch.from_numpy(closeups.seen_in(sight.maps[0], box))
        for shown, at in [(picture, box), *(askew(photo, box, rng) for _ in range(worn))]:
            piece = closeups.cut(shown, at)
            coarse = eye.trunk(photos.tensor(piece.picture)[None]).coarse[0]
            yield closeups.middle(coarse, at.within(piece.window)), box.score, seen, photo.kind


def askew(photo: Photo, box: Detection, rng: Generator) -> tuple[Image.Image, Detection]:
    """A photo as a clip would show it, small and compressed, maybe mirrored, and a box in it that is a little off."""
    written = io.BytesIO()
    small = photos.read(photo.path, int(rng.integers(*SMALL_PX)))
    small.save(written, "JPEG", quality=int(rng.integers(*QUALITY)))
    picture = Image.open(written).convert("RGB")
    across, down = box.x1 - box.x0, box.y1 - box.y0
    off = rng.normal(0, ASKEW, 4) * [across, down, across, down]
    x0, y0, x1, y1 = np.clip(np.array(box.sides) + off, 0, 1).tolist()
    if rng.random() < 0.5:
        picture, x0, x1 = ImageOps.mirror(picture), 1 - x1, 1 - x0
    return picture, Detection(box.label, box.score, x0, y0, x1, y1)


def learn(examples: Examples, names: list[str], seed: int) -> CloseUp:
    """Fit the layer; in eval mode. Rare kinds are drawn more often than they are, by the root of their number."""
    torch.manual_seed(seed)
    network, own = CloseUp(names), [NOTHING if kind is None else kind for kind in examples.kinds]
    chosen = [number for number, kind in enumerate(own) if kind in names]
    wanted = torch.tensor([names.index(own[number]) for number in chosen])
    features = examples.features[chosen]
    network.mean.copy_(features.mean(0))
    network.spread.copy_(features.std(0) + LEAST_SPREAD)
    features, chances = network.direction(features), wanted.bincount(minlength=len(names))[wanted] ** -0.5
    optimiser = torch.optim.AdamW(network.layer.parameters(), RATE, weight_decay=DECAY)
    slower = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, STEPS)
    for _ in range(STEPS):
        drawn = torch.multinomial(chances, BATCH, replacement=True)
        said = network.layer(F.dropout(features[drawn], DROPPED))
        loss = F.cross_entropy(said, wanted[drawn], label_smoothing=SMOOTHED)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        slower.step()
    return network.eval()


@torch.inference_mode()
def calibrate(network: CloseUp, examples: Examples, empty: int) -> None:
    """Find the offset with which FALSE_ALARMS of the pictures without instruments have a box at 0.5.

    empty : how many of those there are, with boxes or without
    """
    _, evidence = network.evidence(network(examples.features), examples.sure, examples.seen)
    mistakes = torch.tensor([kind is None for kind in examples.kinds])
    network.offset.copy_(-evidence[mistakes].sort(descending=True).values[round(FALSE_ALARMS * empty)])


@torch.inference_mode()
def measured(network: CloseUp, examples: Examples) -> dict[str, float]:
    """Of photos of our labels: named rightly, and surely so; of others, and of boxes in pictures without any: surely
    named at all."""
    labels, scores = network.judge(network(examples.features), examples.sure, examples.seen)
    named = [LABELS[label] for label in labels.tolist()]
    sure = (scores >= 0.5).tolist()
    own = [k for k, kind in enumerate(examples.kinds) if kind in LABELS]
    others = [k for k, kind in enumerate(examples.kinds) if kind is not None and kind not in LABELS]
    empty = [k for k, kind in enumerate(examples.kinds) if kind is None]
    return {
        "named rightly": round(float(np.mean([named[k] == examples.kinds[k] for k in own])), 3),
        "rightly and surely": round(float(np.mean([sure[k] and named[k] == examples.kinds[k] for k in own])), 3),
        "wrongly and surely": round(float(np.mean([sure[k] and named[k] != examples.kinds[k] for k in own])), 3),
        "others named surely": round(float(np.mean([sure[k] for k in others])), 3),
        "boxes without an instrument named surely": round(float(np.mean([sure[k] for k in empty])), 3),
    }
