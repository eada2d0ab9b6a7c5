"""The teachers of the tag model: Liu and Yang's published network, and YAMNet where it is surer of what plays or sings.

clip2frame learned instruments from a game's clip labels and knows few solo recordings; YAMNet learned from a thousand
times as many. A quarter of YAMNet's word moves the instrument to the top where clip2frame wavers, and leaves the rest
of the ranking as it was: on 50 validation recordings, all of clip2frame's top-5 tags stay among the top-10. Neither
teacher's weights ship.
"""

import csv
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from milo_demo.errors import MiloError
from milo_demo.features.patches import patches
from milo_demo.models.tags import TagFCN
from milo_demo.tags import TAGS
from milo_demo.training import teacher_sound
from milo_demo.weights import clip2frame

MODEL = "weights/clip2frame/model.20160309_111546.npz"
SCALER = "weights/clip2frame/scaler_estimated.npz"
CLASSES = "weights/yamnet/yamnet_class_map.csv"
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


class Teachers:
    """Both teachers on one device. `tags` is the published network."""

    def __init__(self, data: Path, device: torch.device) -> None:
        """Raises MiloError where a teacher's file is missing below `data`."""
        data = Path(data)
        for name in (MODEL, SCALER, CLASSES):
            if not (data / name).is_file():
                raise MiloError(f"The teacher's file {data / name} is missing: point --data at the training data.")
        with np.load(data / SCALER, allow_pickle=False) as scaler:
            mean, std = (torch.from_numpy(scaler[name]).float() for name in ("mean", "std"))
        arrays = clip2frame.read((data / MODEL).read_bytes(), str(data / MODEL))
        self.tags = TagFCN().eval().requires_grad_(False)
        self.tags.load_state_dict(clip2frame.state_of(arrays, mean, std))
        self.tags.to(device)
        self._ear = teacher_sound.load(data).to(device)
        with open(data / CLASSES, encoding="utf-8", newline="") as file:
            names = [row["display_name"] for row in csv.DictReader(file)]
        self._places = torch.tensor([TAGS.index(tag) for tag in HEARD_BY_YAMNET], device=device)
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
        with torch.autocast(sound.device.type, torch.bfloat16):
            heard = self._ear(pictures.flatten(0, 1))
        heard = heard.float().sigmoid().unflatten(0, pictures.shape[:2])
        heard = heard[..., self._classes].amax(dim=-1).mT
        said[:, self._places] = torch.lerp(said[:, self._places], heard, YAMNET_SHARE)
        return said
