"""Deep Audio Prior (Tian, Xu and Li 2019; Bhattacharyya 2020, section 4.3.2): one mixture taken apart by networks that
learn from nothing else.

For each source, one network generates its spectrogram S and one its mask M, both from noise. The noise of all segments
of a second and a half is nearly the same at first (*coherent*), so that a source sounds alike wherever it sounds, and
grows free of that later on. They learn to add up to the mixture, under these losses:

reconstruction : L1, the mixture against the sum of all S · M
exclusion      : where the spectrogram of one source changes, no other's does (at three scales)
consistency    : S changes little from frame to frame
nonzero mask   : where the mixture sounds, somebody's mask is open
binary mask    : towards the end, masks are open or closed

The original has two sources and 5,000 iterations on a GPU. Here there may be four, iterations are as many as one
waits for, every second frame is looked at, and tracks share out the mixture as S · M say, so that they sum to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from milo_demo.errors import MiloError
from milo_demo.features.log_frequency import levelled
from milo_demo.models.published.deep_prior import Source
from milo_demo.separation.published.factors import shared_out

SOURCES = range(2, 5)
ITERATIONS = 600
"""By default: two sources in ten seconds take two to three minutes on two cores."""
RATE = 2e-3
"""Learning rate; the original's 0.0003 is for its 5,000 iterations."""
EVERY = 2
"""Frames of which one is looked at."""
SEGMENT = 32
"""Frames looked at of a segment."""
COHERENT, FREE = 0.4, 0.8
"""Shares of the iterations up to which the segments' noise is the same, and from which it is each one's own."""
APART = 5e-4
"""Variance by which coherent noise differs from segment to segment."""
BINARY_FROM, BINARY = 0.9, 0.01
"""Share of the iterations from which masks are made binary, and the weight of that."""
SCALES = 3


@dataclass(frozen=True)
class Step:
    """One iteration.

    iteration : from 1
    losses    : by name, weighted as they are added up
    parts     : (source, 8 · n bins, frame) magnitudes S · M, as they are now
    """

    iteration: int
    losses: dict[str, float]
    parts: Tensor

    def masks(self, bins: int, frames: int) -> Tensor:
        """What the sources share out, (source … and the rest, bins, frames)."""
        whole = F.pad(self.parts, (0, 0, 0, max(0, bins - self.parts.shape[1])), mode="replicate")
        finer = whole[:, :bins].repeat_interleave(EVERY, dim=2)[..., :frames]
        return shared_out(finer.square())


def learn(magnitudes: Tensor, sources: int = 2, iterations: int = ITERATIONS, seed: int = 0) -> Iterator[Step]:
    """Take one mixture apart; every iteration is a step. Whoever wants no more closes the iterator.

    magnitudes : (BINS, frame)

    Raises MiloError where there cannot be so many sources, or no iteration.
    """
    if sources not in SOURCES:
        raise MiloError(f"Deep Audio Prior separates 2 to 4 sources, not {sources}.")
    if iterations < 1:
        raise MiloError(f"Deep Audio Prior needs at least one iteration, not {iterations}.")
    return _learn(magnitudes, sources, iterations, seed)


def _learn(magnitudes: Tensor, sources: int, iterations: int, seed: int) -> Iterator[Step]:
    mixture = segments(magnitudes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = nn.ModuleList(Source() for _ in range(sources)).to(mixture.device)
        noises = [Noise(mixture) for _ in range(sources)]
    optimiser = torch.optim.Adam(networks.parameters(), RATE)
    weight = mixture.log1p().clamp(max=1)
    frames = -(-magnitudes.shape[1] // EVERY)
    for iteration in range(1, iterations + 1):
        progress = iteration / iterations
        with torch.enable_grad():
            with torch.autocast(mixture.device.type, torch.bfloat16):
                made = [net(*noise.at(progress)) for net, noise in zip(networks, noises, strict=True)]
            sounds, masks = (torch.stack(each).float() for each in zip(*made, strict=True))
            losses = _losses(mixture, weight, sounds, masks, progress)
            optimiser.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        parts = (sounds * masks).detach().permute(0, 2, 1, 3).flatten(2)[..., :frames]
        yield Step(iteration, {name: float(loss.detach()) for name, loss in losses.items()}, parts)


class Noise:
    """What a source is made from: noise for its sound, more or less alike in all segments, and for its mask."""

    def __init__(self, mixture: Tensor) -> None:
        like = mixture.new_zeros(mixture.shape)
        self._alike = torch.rand_like(like[:1]) + APART**0.5 * torch.randn_like(like)
        self._own = torch.rand_like(like)
        self._mask = torch.rand_like(like) / 20

    def at(self, progress: float) -> tuple[Tensor, Tensor]:
        free = min(1.0, max(0.0, (progress - COHERENT) / (FREE - COHERENT)))
        return (1 - free) * self._alike + free * self._own, self._mask


def segments(magnitudes: Tensor) -> Tensor:
    """A spectrogram (bin, frame) at the level of pictures, cut up: (segment, bin, SEGMENT), bins divisible by 8 and
    the last segment filled up with silence."""
    seen = levelled(magnitudes, magnitudes)[: magnitudes.shape[0] // 8 * 8, ::EVERY]
    padded = F.pad(seen, (0, -seen.shape[1] % SEGMENT))
    return padded.unflatten(1, (-1, SEGMENT)).permute(1, 0, 2)


def _losses(mixture: Tensor, weight: Tensor, sounds: Tensor, masks: Tensor, progress: float) -> dict[str, Tensor]:
    parts = sounds * masks
    pairs = list(combinations(range(len(parts)), 2))
    losses = {
        "reconstruction": (parts.sum(dim=0) - mixture).abs().mean(),
        "exclusion": torch.stack([exclusion(parts[one], parts[other]) for one, other in pairs]).sum() / len(pairs),
        "consistency": sounds.diff(dim=-1).abs().mean() * len(parts),
        "nonzero mask": (weight / (masks.sum(dim=0).clamp(max=1) + 1e-6)).mean(),
    }
    if progress > BINARY_FROM:
        losses["binary mask"] = BINARY * (1 / ((masks - 0.5).abs().mean(dim=(1, 2, 3)) + 1e-6)).sum()
    return losses


def exclusion(one: Tensor, other: Tensor) -> Tensor:
    """How far two spectrograms (n, bin, frame) change at the same places, in either direction, at SCALES scales (Zhang,
    Ng and Chen 2018)."""
    total = one.new_zeros(())
    for _ in range(SCALES):
        for dim in (1, 2):
            changes = [torch.tanh(part.diff(dim=dim) / 2).square() for part in (one, other)]
            total = total + ((changes[0] * changes[1]).mean() + 1e-12) ** 0.25
        one, other = (F.avg_pool2d(part, 2) for part in (one, other))
    return total / (2 * SCALES * 9)
