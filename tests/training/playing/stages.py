"""What made stages are tested with: drawn instruments and a made-up piece."""

import cv2
import numpy as np

from milo_demo.instruments import LABELS
from milo_demo.training.playing.performance import Piece
from milo_demo.training.seeing.cutouts import Cutout


def drawn(kind):
    """A cut-out with a body at the left and, of what is held, a neck to the right."""
    pixels = np.zeros((60, 200, 4), np.uint8)
    pixels[..., :3] = np.random.default_rng(1).integers(0, 255, (60, 200, 3))
    opaque = np.full((60, 200), 255 if kind in ("drum", "piano") else 0, np.uint8)
    cv2.ellipse(opaque, (45, 30), (44, 28), 0, 0, 360, 255, -1)
    opaque[26:34, 45:199] = 255
    pixels[..., 3] = opaque
    return Cutout(kind, pixels, 0.5)


def notes(*spans):
    """Two notes a second in each span of seconds."""
    onsets = np.concatenate([np.arange(begin, end, 0.5) for begin, end in spans])
    return np.stack([onsets, np.full_like(onsets, 0.4), 60 + np.arange(len(onsets)) % 12, 80 + 0 * onsets], axis=1)


def piece(*labels):
    """Thirty seconds: each label plays until 10 s and from 20 s on, and the ear hears just that."""
    heard = np.zeros((58, len(LABELS)), np.float32)
    at_s = np.arange(58) * 0.512
    for label in labels:
        heard[(at_s < 10) | (at_s > 20), LABELS.index(label)] = 0.9
    return Piece({label: notes((0, 10), (20, 30)) for label in labels}, heard)
