"""Ears to compare: the program's own, alone and together, and those of others under our labels.

YAMNet (Plakal and Ellis 2020) names 521 AudioSet classes, the original tag model (Liu and Yang 2016) 188 tags of
MagnaTagATune. A label is as sure as the surest of its names there; one without any is never heard by them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from milo_demo.evaluation.hearing.answers import Listener
from milo_demo.evaluation.hearing.tags import tagger
from milo_demo.features.log_mel import log_mel
from milo_demo.features.loudness import is_silent, levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.hearing import classify
from milo_demo.hearing.judging import judged
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN
from milo_demo.models.spectrogram import PatchNet
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training.hearing import teachers
from milo_demo.training.hearing.teachers import TagTeachers
from milo_demo.weights.loader import find_own

MAGNATAGATUNE: dict[str, tuple[str, ...]] = {
    "banjo": ("banjo",), "cello": ("cello",), "clarinet": ("clarinet",), "congas": ("bongos",),
    "drum": ("drums", "drum"), "electric_bass": ("bass",), "flute": ("flute", "flutes"), "french_horn": ("horn",),
    "guitar": ("guitar", "classical guitar", "electric guitar", "guitars", "acoustic guitar"), "harp": ("harp",),
    "piano": ("piano", "piano solo"), "saxophone": ("sax",), "trumpet": ("trumpet",),
    "violin": ("violin", "violins", "fiddle"),
    "voice": (
        "vocal", "singing", "vocals", "voice", "singer", "voices", "male vocal", "male voice", "male vocals",
        "male singer", "man singing", "female vocal", "female voice", "female vocals", "female singer",
        "female singing", "woman singing", "choir", "choral", "chorus", "soprano", "male opera", "female opera",
    ),
}  # fmt: skip
"""Label -> the tag model's tags."""


def program(ear: classify.Ear) -> Listener:
    """What the page calls *heard*."""
    return lambda sound: judged(whole(sound, ear))


def whole(sound: NDArray[np.float32], ear: classify.Ear) -> classify.Scores:
    """All that an ear says of a sound (sample,)."""
    return classify.Scores(*(np.concatenate(part) for part in zip(*classify.hear([sound], ear), strict=True)))


def sound_alone(module: SoundFCN) -> Listener:
    """A sound model, whatever its windows, without the spectrogram classifier beside it, and with no other accumulation
    over time than its own."""
    return _listening(module, lambda audio: module(log_mel(audio, module.windows))[0].sigmoid().T)


def spectrogram_alone(module: PatchNet) -> Listener:
    """The spectrogram classifier without the sound model beside it, and without accumulation over time."""
    return _listening(module, lambda audio: module(patches(audio)[0]).sigmoid())


def yamnet(data: Path) -> Listener:
    """YAMNet: a window of 0.975 s around the middle of every step, at the level it was recorded at."""
    network = teachers.load_yamnet(data)

    @torch.inference_mode()
    def listen(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        return _under_labels(network(patches(torch.from_numpy(sound)[None])[0]).sigmoid(), teachers.ROWS)

    return listen


def bundled_tagger() -> Listener:
    """The tag model that comes with the program, also where another one has been imported."""
    own = find_own("tags")
    module = TagFCN(**own.card.config)
    module.load_state_dict(load_file(own.numbers))
    return tagger(module.eval())


def original_tagger(data: Path) -> Listener:
    """The authors' own tag model, scoring tags (step, tag)."""
    return tagger(TagTeachers(data, torch.device("cpu")).tags)


def by_tags(tagger: Listener) -> Listener:
    """Something that scores tags (step, tag) as one that scores labels."""
    places = {label: tuple(TAGS.index(tag) for tag in tags) for label, tags in MAGNATAGATUNE.items()}
    return lambda sound: _under_labels(torch.from_numpy(tagger(sound)), places)


def _listening(module: nn.Module, scores: Callable[[Tensor], Tensor]) -> Listener:
    """What turns levelled sound (1, sample) into scores (step, label), made to listen; silent steps score 0."""
    device = next(module.parameters()).device

    @torch.inference_mode()
    def listen(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        audio = torch.from_numpy(sound).to(device)
        levels = levels_dbfs(audio)
        heard = scores(normalise(audio, levels)[None])
        heard[is_silent(levels)] = 0.0
        return heard.cpu().numpy()

    return listen


def _under_labels(scores: Tensor, places: dict[str, tuple[int, ...]]) -> NDArray[np.float32]:
    """(step, class) -> (step, label)"""
    heard = torch.zeros(len(scores), len(LABELS))
    for label, classes in places.items():
        heard[:, LABELS.index(label)] = scores[:, list(classes)].amax(dim=1)
    return heard.numpy()
