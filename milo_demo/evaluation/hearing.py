"""What the ear is worth, on real recordings that it was not trained on.

Phrases : solo recordings; a clip is right at top-1 if its label has the highest clip score (`hearing.pool`).
Stems   : every non-empty subset of the stems of real ensembles, summed. A stem sounds in a step if its level is within
          30 dB of its own 95th percentile. AUC per instrument over all steps of all subsets (0.5: chance); micro-F1 of
          the instruments called at a score of 0.5, over all 26 labels.
Singing : AUC of `voice` over steps, voice and accompaniment summed.
Nothing : noise and speech; how many clips, and how many steps, have anything called at 0.5.

Beside the figures stand those of chance and, where `ai-edge-litert` is installed, of YAMNet (Plakal and Ellis 2020),
whose AudioSet classes are mapped to our labels; it has no word for the labels missing in AUDIOSET.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from milo_demo import hearing, weights
from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import levels_dbfs
from milo_demo.instruments import LABELS, label_of
from milo_demo.training.recordings import load, negatives

Ear = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Mono sound at 16 kHz in, scores (step, label) out."""

STEM_LABELS = {"S1": "violin", "S2": "clarinet", "S3": "saxophone", "S4": "bassoon"}
PERCUSSION_GROUP = "Group03-P3P"
"""Here the third stem is percussion, which is not called anything."""
SOUNDS_WITHIN_DB = 30.0

AUDIOSET: dict[str, tuple[int, ...]] = {
    "accordion": (204,), "bagpipe": (205,), "banjo": (142,), "cello": (188,), "clarinet": (193,),
    "drum": (157, 158, 159, 160, 162, 163, 166, 167), "electric_bass": (137,), "flute": (191,), "french_horn": (181,),
    "guitar": (135, 136, 138, 139, 140), "guzheng": (145,), "harp": (194,), "piano": (148, 149), "saxophone": (192,),
    "trombone": (183,), "trumpet": (182,), "ukulele": (146,), "violin": (186,), "xylophone": (174, 175),
    "voice": (24, 25, 29),
}  # fmt: skip
YAMNET_SAMPLES = 15_600


def evaluate(data: Path) -> dict[str, dict[str, float]]:
    """Measure the bundled sound model and its rivals, print a table, and return figure -> who -> value.

    data : folder with recordings, mixtures and weights
    """
    data = Path(data)
    module = weights.load("sound").module
    ears: dict[str, Ear] = {"MILO": lambda sound: np.concatenate(list(hearing.hear([sound], module)))}
    yamnet = data / "weights" / "yamnet" / "yamnet.tflite"
    try:
        ears["YAMNet"] = _yamnet(yamnet)
    except ImportError:
        print("YAMNet is left out: install ai-edge-litert to see it.")
    figures: dict[str, dict[str, float]] = {}
    for who, ear in ears.items():
        for name, value in measure(ear, data).items():
            figures.setdefault(name, {})[who] = value
    for name, value in _chance(data).items():
        figures[name]["chance"] = value
    _print(figures)
    return figures


def measure(ear: Ear, data: Path) -> dict[str, float]:
    """All figures of one ear."""
    return {
        **_phrases(ear, data / "recordings" / "phrases_val"),
        **_stems(ear, data / "mixtures" / "bach10_val" / "Originals"),
        **_singing(ear, data / "recordings" / "mir1k_val"),
        **_nothing(ear, data / "recordings"),
    }


def _phrases(ear: Ear, folder: Path) -> dict[str, float]:
    ranks = []
    for path in sorted(folder.glob("*.ogg")):
        label = label_of(path.stem, "phrases")
        if label is not None:
            scores = hearing.pool(ear(load(path)))
            ranks.append(int(np.sum(scores > scores[LABELS.index(label)])))
    ranks = np.array(ranks)
    count = f"({len(ranks)} phrases)"
    return {f"top-1 {count}": float(np.mean(ranks < 1)), f"top-3 {count}": float(np.mean(ranks < 3))}


def _stems(ear: Ear, folder: Path) -> dict[str, float]:
    scores, truths = [], []
    for sound, truth in _subsets(folder):
        scores.append(ear(sound))
        truths.append(truth)
    said, truth = np.concatenate(scores), np.concatenate(truths)
    figures = {}
    for label in STEM_LABELS.values():
        k = LABELS.index(label)
        figures[f"AUC {label}"] = float(roc_auc_score(truth[:, k], said[:, k]))
    figures["AUC mean of four"] = float(np.mean(list(figures.values())))
    figures["micro-F1 at 0.5"] = float(f1_score(truth, said > 0.5, average="micro", zero_division=0))
    return figures


def _subsets(folder: Path) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Sound (sample,) and truth (step, label) of every non-empty subset of every ensemble's stems."""
    pieces: dict[tuple[str, str], dict[str, NDArray[np.float32]]] = {}
    for path in sorted(folder.glob("*/*.ogg")):
        piece, _, stem = path.stem.rpartition("_")
        pieces.setdefault((path.parent.name, piece), {})[stem] = load(path)
    for (group, _), stems in pieces.items():
        named = {s: sound for s, sound in stems.items() if group != PERCUSSION_GROUP or s in ("S1", "S2")}
        length = min(map(len, named.values()))
        for size in range(1, len(named) + 1):
            for chosen in combinations(named, size):
                truth = np.zeros((-(-length // STEP), len(LABELS)), bool)
                for stem in chosen:
                    truth[:, LABELS.index(STEM_LABELS[stem])] = _sounds(named[stem][:length])
                yield np.sum([named[stem][:length] for stem in chosen], axis=0), truth


def _singing(ear: Ear, folder: Path) -> dict[str, float]:
    scores, truths = [], []
    for path in sorted(folder.glob("*.ogg")):
        accompaniment, voice = load(path, mono=False)
        scores.append(ear(accompaniment + voice)[:, LABELS.index("voice")])
        truths.append(_sounds(voice))
    return {"AUC voice, sung pop": float(roc_auc_score(np.concatenate(truths), np.concatenate(scores)))}


def _nothing(ear: Ear, folder: Path) -> dict[str, float]:
    clips, steps = [], []
    for path in (path for path, split in negatives(folder) if split == "evaluation"):
        scores = ear(load(path))
        clips.append(bool((hearing.pool(scores) > 0.5).any()))
        steps.append((scores > 0.5).any(axis=1))
    return {
        f"clips with false alarms ({len(clips)} of noise and speech)": float(np.mean(clips)),
        "steps with false alarms": float(np.concatenate(steps).mean()),
    }


def _sounds(stem: NDArray[np.float32]) -> NDArray[np.bool_]:
    """In which steps a stem sounds. (sample,) -> (step,)"""
    levels = levels_dbfs(torch.from_numpy(stem)).numpy()
    return levels > np.percentile(levels, 95) - SOUNDS_WITHIN_DB


def _chance(data: Path) -> dict[str, float]:
    """Guessing: every ranking as likely as any other; for F1, calling every label all the time."""
    truth = np.concatenate([truth for _, truth in _subsets(data / "mixtures" / "bach10_val" / "Originals")])
    figures = {f"AUC {label}": 0.5 for label in STEM_LABELS.values()} | {"AUC mean of four": 0.5}
    figures |= {
        "AUC voice, sung pop": 0.5,
        "micro-F1 at 0.5": float(f1_score(truth, np.ones_like(truth), average="micro")),
    }
    count = sum(label_of(p.stem, "phrases") is not None for p in (data / "recordings" / "phrases_val").glob("*.ogg"))
    return figures | {f"top-{n} ({count} phrases)": n / len(LABELS) for n in (1, 3)}


def _yamnet(path: Path) -> Ear:
    """YAMNet as an ear: a window of 0.975 s around the middle of every step."""
    from ai_edge_litert.interpreter import Interpreter  # training-only extra

    network = Interpreter(model_path=str(path), num_threads=1)
    network.allocate_tensors()
    inputs, outputs = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]

    def ear(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        steps = -(-len(sound) // STEP)
        margin = (YAMNET_SAMPLES - STEP) // 2
        padded = np.pad(sound, (margin, steps * STEP - len(sound) + margin))
        scores = np.zeros((steps, len(LABELS)), np.float32)
        for step in range(steps):
            network.set_tensor(inputs, padded[step * STEP : step * STEP + YAMNET_SAMPLES].astype(np.float32))
            network.invoke()
            heard = network.get_tensor(outputs).reshape(-1)
            for label, classes in AUDIOSET.items():
                scores[step, LABELS.index(label)] = heard[list(classes)].max()
        return scores

    return ear


def _print(figures: dict[str, dict[str, float]]) -> None:
    names = list(dict.fromkeys(who for row in figures.values() for who in row))
    print(f"{'':52}" + "".join(f"{who:>9}" for who in names))
    for figure, row in figures.items():
        print(f"{figure:52}" + "".join(f"{row[who]:9.3f}" if who in row else f"{'':9}" for who in names))
