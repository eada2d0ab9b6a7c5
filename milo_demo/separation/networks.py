"""The networks that separating needs."""

from dataclasses import dataclass

import torch

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.models.masks import MaskNet
from milo_demo.models.notes import NoteNet
from milo_demo.models.owner import OwnerNet
from milo_demo.models.quality import Quality


@dataclass(frozen=True)
class Networks:
    """All on one device, in eval mode.

    masks   : shares of a spectrogram
    notes   : which notes sound
    owner   : whose they are
    quality : what is to be expected of a track
    used    : what the result says about them
    """

    masks: MaskNet
    notes: NoteNet
    owner: OwnerNet
    quality: Quality
    used: tuple[ModelUsed, ...] = ()

    @property
    def device(self) -> torch.device:
        return self.quality.weights.device


def load() -> Networks:
    """The bundled networks. Raises MiloError where a checkpoint cannot be had."""
    masks, notes, owner, quality = (weights.load(role) for role in ("masks", "notes", "owner", "quality"))
    used = (masks.used, notes.used, owner.used, quality.used)
    return Networks(masks.module, notes.module, owner.module, quality.module, used)
