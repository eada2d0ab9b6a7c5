"""The teachers of the ear, whose weights start or steer a training and never ship.

YAMNet (Plakal and Ellis 2020) knows 521 AudioSet classes. Its TFLite file keeps most weights in 8 bits with a scale per
channel, and batch norm is folded into them. The interpreter also rounds what flows between layers to 8 bits; here it
stays exact. It starts and steers the spectrogram classifier (`training.hearing.spectrogram`).

The tag model has two: Liu and Yang's published network (2016), and YAMNet where it is surer of what plays or sings.
clip2frame learned instruments from a game's clip labels and knows few solo recordings; YAMNet learned from a thousand
times as many. A quarter of YAMNet's word moves the instrument to the top where clip2frame wavers, and leaves the rest
of the ranking as it was: on 50 validation recordings, all of clip2frame's top-5 tags stay among the top-10.
"""

import csv
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from milo_demo.features.patches import patches
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import EMBEDDING, PatchNet
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training import tflite
from milo_demo.training.learner import half
from milo_demo.training.teacher_files import teacher_file
from milo_demo.weights import clip2frame

YAMNET = "weights/yamnet/yamnet.tflite"
YAMNET_NAMES = "weights/yamnet/yamnet_class_map.csv"
CLASSES = 521
ROWS: dict[str, tuple[int, ...]] = {
    "accordion": (204,), "bagpipe": (205,), "banjo": (142,), "cello": (188,), "clarinet": (193,),
    "drum": (157, 158, 159, 160, 162, 163, 166, 167), "electric_bass": (137,), "flute": (191,), "french_horn": (181,),
    "guitar": (135, 136, 138, 139, 140), "guzheng": (145,), "harp": (194,), "piano": (148, 149), "saxophone": (192,),
    "trombone": (183,), "trumpet": (182,), "ukulele": (146,), "violin": (186,), "xylophone": (174, 175),
    "voice": (24, 25, 29),
}  # fmt: skip
"""Which of its classes mean a label of ours; the other labels it has no word for."""

CLIP2FRAME = "weights/clip2frame/model.20160309_111546.npz"
SCALER = "weights/clip2frame/scaler_estimated.npz"
YAMNET_SHARE = 0.25

HEARD_BY_YAMNET: dict[str, tuple[str, ...]] = {
    "guitar": ("Guitar",), "guitars": ("Guitar",), "acoustic guitar": ("Acoustic guitar",),
    "electric guitar": ("Electric guitar",), "banjo": ("Banjo",), "sitar": ("Sitar",), "harp": ("Harp",),
    "bass": ("Bass guitar", "Double bass"), "strings": ("Bowed string instrument", "String section"),
    "violin": ("Violin, fiddle",), "cello": ("Cello",), "piano": ("Piano",), "keyboard": ("Keyboard (musical)",),
    "harpsichord": ("Harpsichord",), "organ": ("Organ",), "synth": ("Synthesizer",), "synthesizer": ("Synthesizer",),
    "flute": ("Flute",), "clarinet": ("Clarinet",), "sax": ("Saxophone",), "trumpet": ("Trumpet",),
    "orchestra": ("Orchestra",), "drums": ("Drum kit", "Drum"), "drum": ("Drum",), "percussion": ("Percussion",),
    "bells": ("Bell",), "vocal": ("Singing",), "vocals": ("Singing",), "singing": ("Singing",), "choir": ("Choir",),
    "chant": ("Chant",), "talking": ("Speech",),
}  # fmt: skip
"""Tag -> AudioSet classes, the likeliest of which counts."""


def load_yamnet(data: Path) -> PatchNet:
    """YAMNet from below the data folder, in eval mode: patches (n, 96, 64) -> logits (n, 521).

    Raises MiloError where the file is missing.
    """
    path = teacher_file(data, YAMNET)
    kernels: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    for name, values in tflite.constants(path):
        # yamnet_frames/layer3/pointwise_conv/…: a layer's kernel and its bias share these parts of the name.
        layer = "/".join(name.split(";")[0].split("/")[1:3])
        if values.ndim == 4:
            kernels[layer] = tflite.kernel(values, depthwise="depthwise" in layer)
        elif values.shape == (CLASSES, EMBEDDING):
            kernels["head"] = torch.from_numpy(values)
        elif values.shape == (CLASSES,):
            biases["head"] = torch.from_numpy(values.copy())
        elif layer.startswith("layer"):
            biases[layer] = torch.from_numpy(values.copy())
    network = PatchNet(CLASSES)
    names = ["layer1/conv"]
    names += [f"layer{number}/{part}wise_conv" for number in range(2, 15) for part in ("depth", "point")]
    with torch.no_grad():
        for module, layer in zip([*network.layers, network.head], [*names, "head"], strict=True):
            weight, bias = module.parameters()
            weight.copy_(kernels[layer])
            bias.copy_(biases[layer])
    return network.eval().requires_grad_(False)


def class_names(data: Path) -> list[str]:
    """The teacher's words, in the order of its outputs. Raises MiloError where the file is missing below `data`."""
    with open(teacher_file(data, YAMNET_NAMES), encoding="utf-8", newline="") as file:
        return [row["display_name"] for row in csv.DictReader(file)]


def named(scores: Tensor) -> Tensor:
    """What the teacher says about our labels: the highest score of those that mean one. (n, 521) -> (n, label)

    NaN for the labels that it has no word for.
    """
    unnamed = scores.new_full(scores.shape[:1], torch.nan)
    return torch.stack([scores[:, ROWS[label]].amax(dim=1) if label in ROWS else unnamed for label in LABELS], dim=1)


class TagTeachers:
    """Both teachers of the tag model on one device. `tags` is the published network."""

    def __init__(self, data: Path, device: torch.device) -> None:
        """Raises MiloError where a teacher's file is missing below `data`."""
        published, scaler_file = (teacher_file(data, name) for name in (CLIP2FRAME, SCALER))
        with np.load(scaler_file, allow_pickle=False) as scaler:
            mean, std = (torch.from_numpy(scaler[name]).float() for name in ("mean", "std"))
        arrays = clip2frame.read(published.read_bytes(), str(published))
        self.tags = TagFCN().eval().requires_grad_(False)
        self.tags.load_state_dict(clip2frame.state_of(arrays, mean, std))
        self.tags.to(device)
        self._ear = load_yamnet(data).to(device)
        names = class_names(data)
        self._places = torch.tensor([TAGS.index(tag) for tag in HEARD_BY_YAMNET], device=device)
        # One class or two: where it is one, it stands there twice.
        rows = [(names.index(classes[0]), names.index(classes[-1])) for classes in HEARD_BY_YAMNET.values()]
        self._classes = torch.tensor(rows, device=device)

    @torch.no_grad()
    def __call__(self, sound: Tensor, features: Tensor) -> Tensor:
        """What they say of every step, before accumulation.

        sound : (batch, sample);  features : its log-mels (batch, window, band, frame)

        Returns (batch, tag, step), 0-1.
        """
        said = self.tags(features).sigmoid()
        pictures = patches(sound)
        with half(sound.device):
            logits = self._ear(pictures.flatten(0, 1))
        by_class = logits.float().sigmoid().unflatten(0, pictures.shape[:2])
        heard = by_class[..., self._classes].amax(dim=-1).mT
        said[:, self._places] = torch.lerp(said[:, self._places], heard, YAMNET_SHARE)
        return said
