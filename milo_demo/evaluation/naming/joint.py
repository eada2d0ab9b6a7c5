"""Ear and eye together in one network (Slizovskaia 2017): ``python -m milo_demo evaluate joint --data DIR``.

Solo phrases and photos that no recipe learns from, in pairs of one label; as they are, and as they often are: the
phrase in a room with noise 5 dB under it, the photo small in another picture. For other numbers of pictures than the
bundled network takes it is trained anew. Of pairs that contradict each other either name is right.

ear, eye : one sense alone, the program's
either   : the probability that one of them is right, `fusion.verdict`
joint k  : the network, with k pictures
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import f1_score

from milo_demo import weights
from milo_demo.evaluation.hearing.baselines import whole
from milo_demo.evaluation.hearing.recordings import Recording, phrases
from milo_demo.evaluation.table import Figure, Printer, Table, share
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.fusion.verdict import joint as either
from milo_demo.grid import SIDE_PX, pool
from milo_demo.hearing import classify
from milo_demo.hearing.classify import Ear
from milo_demo.hearing.judging import judged
from milo_demo.instruments import LABELS
from milo_demo.models.naming.joint import JointNet
from milo_demo.models.spectrogram import EMBEDDING
from milo_demo.models.trunk import CHANNELS
from milo_demo.seeing import detect
from milo_demo.training.hearing.mixtures import room
from milo_demo.training.hearing.recordings import load, negatives
from milo_demo.training.learner import TimeBudget
from milo_demo.training.naming import joint
from milo_demo.training.naming.pairs import filmed, of_picture
from milo_demo.training.seeing import photos

MINUTES = {1: 1.0, 5: 1.0, 10: None, 20: 3.0, 50: 6.0}
"""k, and how long such a network learns; None: the bundled one answers."""
SEED = 1
EACH = 4
"""Photos of a label at most."""
LOOKS = 3
"""Pictures that the eye alone looks at: the mean counts."""
TOPS = (1, 3)
NOISE_DB, SMALL = -5.0, 0.45
"""Of the harder pairs: the noise's level against the phrase, and the photo's part of a side."""

Scores = NDArray[np.floating]


class One(NamedTuple):
    """A phrase or a photo: its label's index, what the program says of it (label,), and features: (1024,) of a phrase,
    (k, 1280) of a photo's pictures."""

    label: int
    scores: Scores
    features: torch.Tensor


def evaluate(data: Path, workdir: Path | None = None) -> Table:
    """Measure; print and return what is found. Takes a quarter of an hour, and half an hour more where the features
    that the recipe keeps are not in `workdir`.

    data    : folder with soundfonts, midi, notes, recordings, images
    workdir : where these, and the prepared sounds (gigabytes), lie and stay; by default they go with the evaluation

    Raises MiloError where the data or the checkpoints are missing.
    """
    data, rng = Path(data), np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        pairs = joint.gathered(data, Path(folder if workdir is None else workdir), SEED)
    networks = {
        f"joint {k}": weights.load("joint", "cpu").module
        if minutes is None
        else joint.learn(pairs, JointNet(k), TimeBudget(minutes), SEED)
        for k, minutes in MINUTES.items()
    }
    printer = Printer(("ear", "eye", "either", *networks))
    ear, eye = classify.load(tags=False), detect.load()
    album = photos.split(photos.find(data))["report"]
    shown = [one for label in LABELS for one in [photo for photo in album if photo.kind == label][:EACH]]
    scenes = [photo for photo in album if photo.kind is None]
    played = list(phrases(data))
    noises = [load(path) for path, split in negatives(data / "recordings") if split == "evaluation"]
    for kind, hard in (("as they are", False), ("in a room, small in the picture", True)):
        sounds = [_heard(one, ear, noises if hard else [], rng) for one in played]
        pictures = [_seen(photo, eye, scenes if hard else [], rng) for photo in shown]
        printer.show(_table(kind, sounds, pictures, networks))
    return printer.table


def _heard(phrase: Recording, ear: Ear, noises: list[NDArray[np.float32]], rng: Generator) -> One:
    sound = phrase.sound
    if noises:
        sound = np.convolve(sound, room(rng))[: len(sound)].astype(np.float32)
        noise = np.resize(noises[rng.integers(len(noises))], len(sound))
        sound = sound + noise * (10 ** (NOISE_DB / 20) * sound.std() / (noise.std() + 1e-6))
    heard = whole(sound[: 20 * RATE_HZ], ear)
    features = torch.from_numpy(heard.features.mean(axis=0))
    return One(int(phrase.truth[0].argmax()), pool(judged(heard)), features)


def _seen(photo: photos.Photo, eye: detect.Eye, scenes: list[photos.Photo], rng: Generator) -> One:
    picture = photos.read(photo.path, SIDE_PX)
    if scenes:
        picture = _small(picture, photos.read(scenes[rng.integers(len(scenes))].path, SIDE_PX), rng)
    views = list(filmed(picture, rng, max(MINUTES)))
    looked = [detect.look(np.array(view), eye) for view in views[:LOOKS]]
    scores = np.mean([_surest(sight) for sight in looked], axis=0)
    with torch.inference_mode():
        features = torch.stack([of_picture(view, eye.trunk) for view in views])
    return One(LABELS.index(photo.kind or ""), scores, features)


def _surest(sight: detect.Sight) -> Scores:
    scores = sight.maps[0].max(axis=(1, 2)).astype(np.float64)
    for box in sight.found[0]:
        scores[box.label] = max(scores[box.label], box.score)
    return scores


def _small(photo: Image.Image, scene: Image.Image, rng: Generator) -> Image.Image:
    """The photo somewhere in the scene."""
    scale = SMALL * min(scene.width / photo.width, scene.height / photo.height)
    inner = photo.resize((max(16, round(photo.width * scale)), max(16, round(photo.height * scale))))
    scene = scene.copy()
    left, top = (int(rng.uniform(0, a - b)) for a, b in zip(scene.size, inner.size, strict=True))
    scene.paste(inner, (left, top))
    return scene


def _table(kind: str, sounds: list[One], pictures: list[One], networks: dict[str, JointNet]) -> Table:
    alike = [(s, p) for s in sounds for p in pictures if s.label == p.label]
    unlike = [(s, p) for s in sounds for p in pictures if s.label != p.label][:: max(1, len(sounds))]
    table: Table = {}
    said = {
        "ear": lambda s, p: s.scores,
        "eye": lambda s, p: p.scores,
        "either": lambda s, p: np.array([either(pair) for pair in zip(s.scores, p.scores, strict=True)]),
        **{name: _by(network) for name, network in networks.items()},
    }
    for who, say in said.items():
        scores = np.stack([say(*pair) for pair in alike])
        truth = np.array([s.label for s, _ in alike])
        order = np.argsort(-scores, axis=1)
        for top in TOPS:
            hits = (order[:, :top] == truth[:, None]).any(axis=1)
            table.setdefault(f"pairs {kind}: Hit@{top}", {})[who] = share(hits.tolist())
        macro = f1_score(truth, order[:, 0], average="macro", labels=np.unique(truth))
        table.setdefault(f"pairs {kind}: F1", {})[who] = Figure(float(macro), len(truth))
        first = [int(say(*pair).argmax()) in (pair[0].label, pair[1].label) for pair in unlike]
        table.setdefault(f"contradicting pairs {kind}: one of both first", {})[who] = share(first)
        if who not in ("eye", "either"):
            blind = [int(_without(say, s, None).argmax()) == s.label for s in sounds]
            table.setdefault(f"sound alone {kind}: Hit@1", {})[who] = share(blind)
        if who not in ("ear", "either"):
            deaf = [int(_without(say, None, p).argmax()) == p.label for p in pictures]
            table.setdefault(f"picture alone {kind}: Hit@1", {})[who] = share(deaf)
    return table


def _by(network: JointNet):
    @torch.inference_mode()
    def say(sound: One, picture: One) -> Scores:
        return network(sound.features[None], picture.features[None, : network.pictures])[0].softmax(0).numpy()

    return say


def _without(say, sound: One | None, picture: One | None) -> Scores:
    """What is said with one sense alone."""
    nobody = np.zeros(len(LABELS))
    deaf = One(0, nobody, torch.zeros(EMBEDDING))
    blind = One(0, nobody, torch.zeros(max(MINUTES), CHANNELS))
    return say(sound or deaf, picture or blind)
