"""Everyday sounds: ``python -m milo_demo evaluate everyday --data DIR``.

Ten kinds of noise (ESC-10), in five folds that keep a recording's parts together; each clip is named by networks that
learnt from the other four. First the document's network and what it adds one by one (Liu 2018, table 3.8), then the
wider vocabulary, which the page asks: it has a word for each of the ten and was taught by a teacher, never by these
clips' labels, though it has heard three of the folds. So all are also counted in the other two alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.evaluation.files import required
from milo_demo.evaluation.hearing.baselines import whole
from milo_demo.evaluation.table import Figure, Printer, Table, by_row, share
from milo_demo.grid import STEPS_PER_S
from milo_demo.hearing import classify as ear
from milo_demo.models.sound import Gaussian
from milo_demo.outside import OTHERS
from milo_demo.training.hearing.recordings import load
from milo_demo.training.naming import everyday
from milo_demo.training.naming.everyday import Design

WORDS = {
    "dog_bark": "dog", "rain": "rain", "sea_waves": "water", "baby_cry": "crying", "clock_tick": "clock",
    "person_sneeze": "coughing", "helicopter": "aircraft", "chainsaw": "power tool", "rooster": "rooster",
    "fire_crackling": "fire",
}  # fmt: skip
"""Folder -> what the wider vocabulary calls it."""
HEARD = torch.tensor([1, 2, 3])
"""Folds that the wider vocabulary was trained with, see `training.hearing.recordings.negatives`."""
DESIGNS = {
    "basic": Design(scales=False, volumes=False, gaussian=False),
    "three windows": Design(volumes=False, gaussian=False),
    "volumes": Design(scales=False, gaussian=False),
    "Gaussians": Design(scales=False, volumes=False),
    "all": Design(),
}


class Clips(NamedTuple):
    """sounds (clip, sample) at 16 kHz, classes (clip,), and the fold of each (clip,)."""

    sounds: Tensor
    classes: Tensor
    folds: Tensor


def evaluate(data: Path) -> Table:
    """Measure; print and return what is found. Takes some ten minutes.

    data : folder with recordings/noise

    Raises MiloError where the data or a checkpoint is missing.
    """
    clips, printer = read(Path(data) / "recordings" / "noise"), Printer((*DESIGNS, "vocabulary"))
    right = {name: torch.zeros(len(clips.classes), dtype=torch.bool) for name in DESIGNS}
    widths = []
    for name, design in DESIGNS.items():
        for fold in clips.folds.unique().tolist():
            kept = clips.folds == fold
            network = everyday.learn(clips.sounds[~kept], clips.classes[~kept], len(WORDS), design)
            right[name][kept] = everyday.classify(network, clips.sounds[kept]) == clips.classes[kept]
            if design == Design() and isinstance(network.accumulate, Gaussian):
                widths.append(network.accumulate.sigma.detach() / STEPS_PER_S)
    right["vocabulary"] = by_words(clips.sounds) == clips.classes
    for words, counted in (("", clips.folds > 0), (", folds new to all", ~torch.isin(clips.folds, HEARD))):
        if counted.any():
            row = f"clips named rightly{words}"
            printer.show(by_row({who: {row: share(said[counted].numpy())} for who, said in right.items()}))
    printer.show(_widths(widths))
    return printer.table


def read(folder: Path) -> Clips:
    """The clips of ESC-10: a folder for each class, whose name ends with the class's; files begin with their fold."""
    sounds, classes, folds = [], [], []
    for place, name in enumerate(WORDS):
        for path in required(folder, f"*{name}/*.ogg", "clips"):
            sounds.append(load(path))
            classes.append(place)
            folds.append(int(path.name[0]))
    length = max(map(len, sounds))
    padded = np.stack([np.pad(sound, (0, length - len(sound))) for sound in sounds])
    if len(set(folds)) < 2:
        raise MiloError(
            f"{folder} holds one fold only: the clips' names begin with theirs, and two at least are needed."
        )
    return Clips(torch.from_numpy(padded), torch.tensor(classes), torch.tensor(folds))


def by_words(sounds: Tensor) -> Tensor:
    """The likeliest of the ten by the wider vocabulary, of each clip: (clip, sample) -> (clip,)."""
    listening, places = ear.load(tags=False), [list(OTHERS).index(word) for word in WORDS.values()]
    scores = [whole(sound, listening).others.max(axis=0)[places] for sound in sounds.numpy()]
    return torch.from_numpy(np.stack(scores)).argmax(dim=1)


def _widths(learnt: Sequence[Tensor]) -> Table:
    """The Gaussians' widths as learnt (table 3.7), means of networks' (class,), seconds, the widest first."""
    means = np.mean([widths.numpy() for widths in learnt], axis=0).tolist() if learnt else []
    ordered = sorted(zip(WORDS, means, strict=False), key=lambda pair: -pair[1])
    return {f"width of {name.replace('_', ' ')}, s": {"all": Figure(width)} for name, width in ordered}
