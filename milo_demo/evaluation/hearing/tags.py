"""How much of what the original tag model says of music the bundled one says too.

Neither was trained on the recordings (`recordings.mixtures`). A clip's tags are ranked by the mean of their accumulated
scores (Liu 2018, section 3.1.1). The figure is the share of the original's five strongest tags that are found among
another's ten strongest; beside the bundled model's stand

* the original's own, on the clip begun half a step later and sent through an MP3 encoder: nobody can be asked to agree
  better than that,
* the same ten tags for every clip, those most often among the original's five on recordings to train with,
* chance.
"""

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from sklearn.metrics import recall_score

from milo_demo.evaluation.hearing.answers import Listener
from milo_demo.evaluation.hearing.recordings import mixtures
from milo_demo.evaluation.table import Figure, Table
from milo_demo.features.log_mel import ALL_WINDOWS, RATE_HZ, STEP, log_mel
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training.hearing.recordings import load

WANTED = 5
ALLOWED = 10
TRAINING = ("phrases_train", "mir1k_train")
TRAINING_S = 20


def tagger(module: TagFCN) -> Listener:
    """A tag model as something that hears whole clips: mono sound (sample,) at 16 kHz in, scores (step, tag) out."""
    device = next(module.parameters()).device

    @torch.inference_mode()
    def listen(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        audio = torch.from_numpy(sound).to(device)
        audio = normalise(audio, levels_dbfs(audio))
        scores = module(log_mel(audio[None], ALL_WINDOWS)).sigmoid()
        return module.accumulate(scores)[0].T.cpu().numpy()

    return listen


def agreement(ours: Listener, original: Listener, data: Path) -> Table:
    """Share of the original's tags found, by kind of recordings and in all."""
    always = _most_frequent(original, data)
    shares: dict[str, list[dict[str, float]]] = {}
    for kind, _, sound in mixtures(data):
        wanted = _strongest(original(sound), WANTED)
        found = {
            "MILO": _strongest(ours(sound), ALLOWED),
            "original again": _strongest(original(_encoded(sound[STEP // 2 :])), ALLOWED),
            "the same for all": always,
        }
        row = {who: float(recall_score(wanted, tags)) for who, tags in found.items()}
        row["chance"] = ALLOWED / len(TAGS)
        for name in (kind, "all"):
            shares.setdefault(name, []).append(row)
    return {
        f"tags: {name}": {who: Figure(float(np.mean([row[who] for row in rows])), len(rows)) for who in rows[0]}
        for name, rows in shares.items()
    }


def _encoded(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound after an MP3 encoder. (sample,)"""
    file = io.BytesIO()
    soundfile.write(file, sound, RATE_HZ, format="MP3")
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.asarray(decoded, np.float32)


def _strongest(scores: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Which tags are the `count` strongest of a clip. (step, tag) -> (tag,)"""
    return _chosen(np.argsort(scores.mean(axis=0))[-count:])


def _chosen(places: Iterable[int]) -> NDArray[np.bool_]:
    chosen = np.zeros(len(TAGS), bool)
    chosen[list(places)] = True
    return chosen


def _most_frequent(original: Listener, data: Path) -> NDArray[np.bool_]:
    """The ten tags that are most often among the original's five strongest in training recordings. (tag,)"""
    seen: Counter[int] = Counter()
    for folder in TRAINING:
        for path in sorted((data / "recordings" / folder).glob("*.ogg")):
            seen.update(np.flatnonzero(_strongest(original(load(path)[: TRAINING_S * RATE_HZ]), WANTED)).tolist())
    return _chosen(place for place, _ in seen.most_common(ALLOWED))
