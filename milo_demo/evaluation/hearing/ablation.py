"""Rival sound models, trained side by side on the same mixtures, measured on the same recordings.

A variant is two files, ``<name>.safetensors`` and ``<name>.json``, whose ``config`` holds `SoundFCN`'s arguments;
``python -m milo_demo train sound --ablation`` leaves a folder of them. They come uncalibrated, so what depends on a
threshold is given at the one threshold, the same for all labels, of the best micro-F1 on the stems: the same favour for
everyone. Differences smaller than the intervals of `figures` prove nothing.
"""

import json
import re
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from milo_demo.errors import MiloError
from milo_demo.evaluation.hearing import audio_metrics, baselines, upsampling
from milo_demo.evaluation.hearing.recordings import Recording
from milo_demo.grid import STEPS_PER_S
from milo_demo.models.sound import SoundFCN

COLUMNS = ("variant", "parameters", "stems AUC", "voice AUC", "top-1", "top-3", "micro-F1", "false alarms")

Row = dict[str, str | int | float]
"""A variant's name and figures, by column."""


def report(folder: Path, data: Path, recordings: list[Recording], pictures: Path | None) -> None:
    """Print the table of a folder's variants and how the best of them does frame by frame, and draw the widths of those
    that learned their Gaussians."""
    rows = compare(folder, recordings)
    print(table(rows))
    best = str(rows[0]["variant"])
    for way, area in upsampling.compare(load(folder, best), data).items():
        print(f"{best}: AUC of frames by {way} {area:.3f}")
    if pictures is not None:
        for row in rows:
            _draw_widths(folder, str(row["variant"]), pictures)


def compare(folder: Path, recordings: list[Recording]) -> list[Row]:
    """One row of COLUMNS per variant in a folder, the best AUC first.

    ``false alarms`` is the share of clips of noise, speech and silence in which anything reaches the threshold. Raises
    MiloError if there are no variants.
    """
    names = sorted(path.stem for path in folder.glob("*.safetensors"))
    if not names:
        raise MiloError(f"There are no sound models in {folder}: train some with `train sound --ablation`.")
    rows = [_measured(name, load(folder, name), recordings) for name in names]
    return sorted(rows, key=lambda row: row["stems AUC"], reverse=True)


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS)]
    lines += [[_shown(row[column]) for column in COLUMNS] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def load(folder: Path, name: str) -> SoundFCN:
    """A variant from its two files, in eval mode."""
    module = SoundFCN(**_config(folder, name))
    module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    return module.eval().requires_grad_(False)


def _config(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["config"]


def _measured(name: str, module: SoundFCN, recordings: list[Recording]) -> Row:
    answers = audio_metrics.listen(baselines.sound_alone(module), recordings)
    found = {figure: value for figure, (value, _) in audio_metrics.figures(answers).items()}
    threshold, f1 = audio_metrics.best_threshold(answers)
    nothing = [answer for kind in audio_metrics.NOTHING for answer in audio_metrics.of(kind, answers)]
    return {
        "variant": name,
        "parameters": sum(numbers.numel() for numbers in module.parameters()),
        "stems AUC": found["stems: AUC mean"],
        "voice AUC": found["singing: AUC voice"],
        "top-1": found["phrases: top-1"],
        "top-3": found["phrases: top-3"],
        "micro-F1": f1,
        "false alarms": float(np.mean([answer.clip.max() >= threshold for answer in nothing])),
    }


def _shown(value: str | int | float) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else value


def _draw_widths(folder: Path, name: str, pictures: Path) -> None:
    """Draw the widths of a variant's Gaussians, if it learned any."""
    config = _config(folder, name)
    if config.get("gaussian") != "learned":
        return
    from milo_demo.plots import widths  # matplotlib is needed for nothing else

    first_s, learned_s = (
        module.accumulate.sigma.detach().numpy() / STEPS_PER_S for module in (SoundFCN(**config), load(folder, name))
    )
    path = pictures / f"sigma_{'_'.join(re.findall('[a-z0-9]+', name.lower()))}.svg"
    widths(learned_s, float(first_s[0]), path, f"How long each label is accumulated: {name}")
