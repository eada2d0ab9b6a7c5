"""The recipe of the atlas: solos and photos of every label, laid out by t-SNE (van der Maaten and Hinton 2008)."""

from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from milo_demo.instruments import LABELS
from milo_demo.models.naming.atlas import KEPT, Atlas, Sheet
from milo_demo.training.hearing import sounds
from milo_demo.training.learner import write_checkpoint
from milo_demo.training.naming.joint import PHOTOS, gathered
from milo_demo.training.naming.pairs import Features

EACH = 24
"""Points of a label at most."""
PERPLEXITY = 20


def train(data: Path, out: Path, *, seed: int = 1, workdir: Path | None = None, resume: bool = True) -> None:
    """Lay out the atlas, and write `out` (safetensors) and its card.

    data    : folder with soundfonts, midi, notes, recordings and images
    workdir : for the prepared sounds (gigabytes) and the features; default: library/ beside `out`
    resume  : use the features that lie there
    """
    workdir = out.parent / "library" if workdir is None else Path(workdir)
    pairs = gathered(data, workdir, seed, resume)
    first = Features(pairs.photos.values[:, 0], pairs.photos.labels)
    heard, seen = (chosen(part, seed) for part in (pairs.sounds, first))
    atlas = Atlas(len(heard.labels), len(seen.labels))
    lay_out(atlas.heard, heard, seed)
    lay_out(atlas.seen, seen, seed)
    card = {
        "role": "atlas",
        "name": "atlas",
        "labels": list(LABELS),
        "config": {"heard": len(heard.labels), "seen": len(seen.labels)},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "training_data": [*sounds.SOURCES, *PHOTOS],
        "licence": "of the recipe and these numbers: MIT; the sounds and photos they were made from: see training_data",
        "known_failures": ["places between two groups mean nothing: t-SNE keeps neighbours together, not distances"],
        "measured": {
            "points of the map by ear": neighbours(atlas.heard),
            "points of the map by eye": neighbours(atlas.seen),
        },
        "seed": seed,
        "recipe": f"python -m milo_demo train atlas --data DIR --out FILE --seed {seed}",
    }
    write_checkpoint(atlas, card, out)


def neighbours(sheet: Sheet) -> dict[str, float]:
    """How often the nearest point of the map is of the same label."""
    nearest = torch.cdist(sheet.places, sheet.places).fill_diagonal_(torch.inf).argmin(dim=1)
    same = (sheet.labels[nearest] == sheet.labels).float().mean()
    return {"nearest point of the same label": round(float(same), 3), "points": len(nearest)}


def chosen(features: Features, seed: int) -> Features:
    """At most EACH of every label."""
    rng, kept = np.random.default_rng(seed), []
    for label in range(len(LABELS)):
        own = np.flatnonzero(features.labels.numpy() == label)
        kept += sorted(rng.permutation(own)[:EACH].tolist())
    return Features(features.values[kept], features.labels[kept])


def lay_out(sheet: Sheet, features: Features, seed: int) -> None:
    """Fill a sheet with points."""
    roots = features.values.clamp(min=0).sqrt().numpy()
    centre = roots.mean(axis=0)
    axes = PCA(KEPT, random_state=seed).fit(roots).transform(centre + np.eye(roots.shape[1], dtype=roots.dtype))
    sheet.centre.copy_(torch.from_numpy(centre))
    sheet.axes.copy_(torch.from_numpy(axes))
    sheet.labels.copy_(features.labels)
    sheet.known.copy_(sheet.small(features.values))
    perplexity = min(PERPLEXITY, (len(roots) - 1) / 3)
    places = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(sheet.known.numpy())
    sheet.places.copy_(torch.from_numpy(places / np.abs(places).max()))
