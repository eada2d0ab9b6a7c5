"""Anything there is to listen to, in batches: what the tag model is trained on.

Three quarters are stretches of the library, whole pieces above all, the others made-up mixtures; in other tone colours,
at other levels, with hiss, mixed with each other, begun late or ended early. The device that trains makes it all.
"""

from collections import Counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milo_demo.features.loudness import levels_dbfs, normalise
from milo_demo.training.hearing.library import Library, latest_starts
from milo_demo.training.hearing.mixtures import SAMPLES, Mixtures, between_knots

CLIP = 2 * SAMPLES
"""Samples of a clip: 10.24 s, two mixtures."""
MIXTURES = 0.25
"""Share of the clips that are made-up mixtures; the others are stretches of the library."""
SHARES = {"music": 0.34, "real": 0.26, "other": 0.16, "font": 0.12, "negative": 0.12}
"""Of the stretches, by the kind of take; sources of a kind are drawn evenly."""
KNOTS_HZ = (60, 150, 400, 1000, 2500, 6000, 8000)
"""Between these a tone colour moves evenly."""


class TagClips:
    """Draws clips of anything there is to listen to from one split of a library."""

    def __init__(self, library: Library, split: str, seed: int) -> None:
        self._library = library
        self._mixtures = Mixtures(library, split, seed)
        self._rng = np.random.default_rng(seed)
        self._takes = [take for take in library.takes if take.split == split]
        members = Counter((take.kind, take.source) for take in self._takes)
        sources = Counter(kind for kind, _ in members)
        chances = np.array(
            [SHARES[take.kind] / sources[take.kind] / members[take.kind, take.source] for take in self._takes]
        )
        self._chances = chances / chances.sum()
        self._colour = self._on_device(between_knots(KNOTS_HZ, CLIP))

    def draw(self, batch: int, varied: bool = True) -> Tensor:
        """(batch, sample) of clips of CLIP samples.

        varied : in other tone colours, mixed with each other, at levels around that of the ear; else as they are, at it
        """
        count = round(MIXTURES * batch)
        halves, _ = self._mixtures.draw(2 * count, hardness=self._rng.random())
        sound = torch.cat([halves.reshape(count, CLIP), self._stretches(batch - count)])
        sound = self._varied(sound) if varied else sound
        return normalise(sound, levels_dbfs(sound)) * self._levels(batch, varied)

    def _stretches(self, count: int) -> Tensor:
        """A stretch each of takes drawn by chance, and what follows it, as far as it goes."""
        rng = self._rng
        takes = [self._takes[place] for place in rng.choice(len(self._takes), count, p=self._chances)]
        speeds = np.where(rng.random(count) < 0.5, 1.0, rng.uniform(0.87, 1.15, count))
        latest = latest_starts(takes, SAMPLES)
        starts = rng.integers(latest + 1)
        following = np.minimum(starts + np.round(SAMPLES * speeds).astype(np.int64), latest)
        parts = [self._library.stretches(takes, first, speeds, SAMPLES) for first in (starts, following)]
        return torch.cat(parts, dim=1)

    def _varied(self, sound: Tensor) -> Tensor:
        rng, batch = self._rng, len(sound)
        decibels = self._on_device(rng.normal(0, 5, (batch, len(KNOTS_HZ)))) @ self._colour
        sound = torch.fft.irfft(torch.fft.rfft(sound) * 10 ** (decibels / 20), sound.shape[1])
        sound = sound / (sound.square().mean(dim=1, keepdim=True).sqrt() + 1e-4)
        order = torch.from_numpy(rng.permutation(batch)).to(sound.device)
        joined = np.where(rng.random(batch) < 0.4, 10 ** (rng.uniform(-18, 3, batch) / 20), 0)
        sound = sound + sound[order] * self._on_device(joined)[:, None]
        hiss = np.where(rng.random(batch) < 0.3, 10 ** (rng.uniform(-60, -12, batch) / 20), 0)
        sound = sound + torch.randn_like(sound) * self._on_device(hiss)[:, None]
        # Some begin late or end early: silence has its tags as well.
        ends = self._on_device(np.where(rng.random(batch) < 0.15, rng.uniform(0.05, 1, batch), 1))[:, None]
        place = torch.linspace(0, 1, sound.shape[1], device=sound.device)
        late = self._on_device(rng.random(batch) < 0.5)[:, None] > 0
        return sound * (torch.where(late, 1 - place, place) <= ends)

    def _levels(self, batch: int, varied: bool) -> Tensor:
        decibels = self._rng.normal(-1, 5, batch) if varied else np.zeros(batch)
        return self._on_device(10 ** (decibels / 20))[:, None]

    def _on_device(self, numbers: NDArray) -> Tensor:
        return torch.from_numpy(np.asarray(numbers, np.float32)).to(self._library.device)
