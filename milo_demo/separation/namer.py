"""What a separated track sounds like by itself: the spectrogram classifier's three best names for it.

Only where a track is loud it is listened to: what is left of a track in its rests is the others.
"""

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray

from milo_demo.analysis import LabelScore
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.features.stft import TRACK_HZ
from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import PatchNet

NAMES = 3
AUDIBLE_DBFS = -55.0
EVERY = 2
"""One step in so many is listened to, once a second: what an instrument is does not change faster."""


class Namer:
    """Listens to the tracks of a clip as they come.

    tracks : how many
    """

    def __init__(self, network: PatchNet, tracks: int) -> None:
        self._network = network
        self._scores = np.zeros((tracks, len(LABELS)))
        self._weights = np.zeros(tracks)

    @torch.inference_mode()
    def listen(self, tracks: NDArray[np.float32]) -> None:
        """tracks : (track, sample) at 44.1 kHz, what one hears of each"""
        if not len(tracks):
            return
        where = next(self._network.parameters()).device
        sound = torchaudio.functional.resample(torch.from_numpy(tracks).to(where), TRACK_HZ, RATE_HZ)
        levels = levels_dbfs(sound)
        pictures = patches(normalise(sound, levels))[:, ::EVERY]
        levels = levels[:, ::EVERY].cpu().numpy()
        for track in range(len(tracks)):
            audible = levels[track] > max(AUDIBLE_DBFS, levels[track].max() - 20)
            if audible.any():
                scores = self._network(pictures[track, torch.from_numpy(audible).to(where)]).sigmoid()
                self._scores[track] += scores.sum(dim=0).cpu().numpy()
                self._weights[track] += audible.sum()

    @property
    def scores(self) -> NDArray[np.float64]:
        """(track, label) 0-1, the mean over what is loud; 0 for a silent track."""
        return self._scores / np.maximum(self._weights, 1)[:, None]

    def names(self) -> list[list[LabelScore]]:
        """Of every track the best names, best first; none for a silent track."""
        pairs = zip(self.scores, self._weights, strict=True)
        return [_best(scores) if weight else [] for scores, weight in pairs]


def _best(scores: NDArray[np.float64]) -> list[LabelScore]:
    order = np.argsort(-scores)[:NAMES]
    return [{"label": LABELS[k], "score": float(scores[k])} for k in order]
