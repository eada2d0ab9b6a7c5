"""Sound models of other designs, trained side by side on the same mixtures, measured on the same recordings.

A variant is two files, ``<name>.safetensors`` and ``<name>.json``, whose ``config`` holds `SoundFCN`'s arguments;
``python -m milo_demo train sound --ablation`` leaves a folder of them. They come uncalibrated, so what depends on a
threshold is given at the one threshold, the same for all labels, of the best micro-F1 on the stems: the same favour for
everyone. Differences smaller than the intervals of `audio_metrics` prove nothing.
"""

import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import audio_metrics, baselines, upsampling
from milo_demo.evaluation.hearing.answers import listen, of
from milo_demo.evaluation.hearing.recordings import Recording
from milo_demo.evaluation.table import Figure, Table
from milo_demo.grid import STEPS_PER_S
from milo_demo.models.sound import Gaussian, SoundFCN


def compare(folder: Path, recordings: list[Recording]) -> Table:
    """One row per variant in a folder, the best AUC first.

    ``false alarms`` is the share of clips of noise, speech and silence in which anything reaches the threshold. Raises
    MiloError if there are no variants.
    """
    names = sorted(path.stem for path in folder.glob("*.safetensors"))
    if not names:
        raise MiloError(f"There are no sound models in {folder}: train some with `train sound --ablation`.")
    rows = {name: _measured(load(folder, name), recordings) for name in names}
    return dict(sorted(rows.items(), key=lambda row: row[1]["stems AUC"].value, reverse=True))


def by_frame(folder: Path, name: str, data: Path) -> Table:
    """How a variant does frame by frame, both ways (`upsampling`)."""
    areas = upsampling.compare(load(folder, name), data)
    return {f"{name}: AUC of frames": {way: Figure(area) for way, area in areas.items()}}


def draw_widths(folder: Path, name: str, pictures: Path) -> None:
    """Draw the widths of a variant's Gaussians, if it learned any."""
    from milo_demo.plots import widths  # matplotlib is needed for nothing else

    config = _config(folder, name)
    if config.get("gaussian") == "learned":
        first_s, learned_s = (_widths_s(module) for module in (SoundFCN(**config), load(folder, name)))
        path = pictures / f"sigma_{'_'.join(re.findall('[a-z0-9]+', name.lower()))}.svg"
        widths(learned_s, float(first_s[0]), path, f"How long each label is accumulated: {name}")


def load(folder: Path, name: str) -> SoundFCN:
    """A variant from its two files, in eval mode."""
    module = SoundFCN(**_config(folder, name))
    module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    return module.eval().requires_grad_(False)


def _config(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["config"]


def _measured(module: SoundFCN, recordings: list[Recording]) -> dict[str, Figure]:
    answers = listen(baselines.sound_alone(module), recordings)
    found = audio_metrics.figures(answers)
    threshold, f1 = audio_metrics.best_threshold(answers)
    nothing = [answer for kind in audio_metrics.NOTHING for answer in of(kind, answers)]
    values = {
        "parameters": sum(numbers.numel() for numbers in module.parameters()),
        "stems AUC": found["stems: AUC mean"].value,
        "voice AUC": found["singing: AUC voice"].value,
        "top-1": found["phrases: top-1"].value,
        "top-3": found["phrases: top-3"].value,
        "micro-F1": f1,
        "false alarms": float(np.mean([answer.clip.max() >= threshold for answer in nothing])),
    }
    return {column: Figure(value) for column, value in values.items()}


def _widths_s(module: SoundFCN) -> NDArray[np.float32]:
    """(label,), seconds, of a network that has Gaussians."""
    if not isinstance(module.accumulate, Gaussian):
        raise ValueError("a network without Gaussians has no widths")
    return (module.accumulate.sigma.detach() / STEPS_PER_S).numpy()
