"""An orchestra of pure tones, one pitch per instrument, laid out as the validation data are; ears that know it."""

import json
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors.torch import save_file

from milo_demo.evaluation.hearing.recordings import STEM_LABELS
from milo_demo.features.log_mel import RATE_HZ, STEP
from milo_demo.instruments import LABELS
from milo_demo.models.sound import SoundFCN

TONES_HZ = {"violin": 1000, "clarinet": 1500, "saxophone": 2000, "bassoon": 500, "voice": 3000, "erhu": 1100}
SECONDS = 4


def tone(label: str, seconds: float = SECONDS) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * TONES_HZ[label] * np.arange(int(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)


def write(path: Path, sound: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE_HZ)


def make(folder: Path) -> Path:
    """Two phrases with labels and one without, a song, noise, speech, a quartet and a trio with drums."""
    recordings = folder / "recordings"
    for name in ("violon", "clarinette", "oboe"):
        write(recordings / "phrases_val" / f"{name}.ogg", tone("violin" if name == "violon" else "clarinet"))
    half = np.concatenate([tone("voice", SECONDS / 2), np.zeros(SECONDS // 2 * RATE_HZ, np.float32)])
    for folder_name in ("mir1k_val", "mir1k_train"):
        write(recordings / folder_name / "singer_1.ogg", np.stack([tone("bassoon"), half], axis=1))
    noise = np.random.default_rng(0).normal(0, 0.1, SECONDS * RATE_HZ).astype(np.float32)
    for name in ("1_a", "5_b"):
        write(recordings / "noise" / "rain" / f"{name}.ogg", noise)
    for speaker in ("AA", "ZZ"):
        write(recordings / "speech" / f"{speaker}_1.ogg", noise)
    ensembles = folder / "mixtures" / "bach10_val"
    for stem, label in STEM_LABELS.items():
        write(ensembles / "Originals" / "Group04-P4H" / f"P4_Mix01_{stem}.ogg", tone(label))
        if stem != "S4":
            write(ensembles / "Originals" / "Group03-P3P" / f"P3_Mix02_{stem}.ogg", tone(label))
    write(ensembles / "Mixtures" / "Group04-P4H" / "P4_Mix01.ogg", sum(map(tone, STEM_LABELS.values())))
    return folder


def oracle(sound: np.ndarray) -> np.ndarray:
    """Hears every tone in every step, and nothing else."""
    steps = np.pad(sound, (0, -len(sound) % STEP)).reshape(-1, STEP)
    spectrum = np.abs(np.fft.rfft(steps)) / STEP
    scores = np.zeros((len(steps), len(LABELS)), np.float32)
    for label, hertz in TONES_HZ.items():
        scores[:, LABELS.index(label)] = spectrum[:, round(hertz * STEP / RATE_HZ)] > 0.02
    return scores


def deaf(sound: np.ndarray) -> np.ndarray:
    """Hears everything, always."""
    return np.full((-(-len(sound) // STEP), len(LABELS)), 0.6, np.float32)


def fiddler(sound: np.ndarray) -> np.ndarray:
    """Takes every violin for an erhu."""
    scores = oracle(sound)
    violin, erhu = LABELS.index("violin"), LABELS.index("erhu")
    scores[:, erhu], scores[:, violin] = scores[:, violin], 0.0
    return scores


def variants(folder: Path) -> Path:
    """Two sound models, untrained: a plain network and one with Gaussians."""
    torch.manual_seed(0)
    for name, more in (("plain", {}), ("two windows", {"windows": [512, 2048], "gaussian": "learned"})):
        config = {"filters": 4, "late": 4, **more}
        save_file(SoundFCN(**config).half().state_dict(), folder / f"{name}.safetensors")
        (folder / f"{name}.json").write_text(json.dumps({"config": config}), encoding="utf-8")
    return folder
