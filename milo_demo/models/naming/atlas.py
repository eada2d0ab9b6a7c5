"""A map of what features know: sounds and photos with a name, near each other where they are alike, and a place on it
for whatever comes (van der Maaten and Hinton 2008; Slizovskaia 2017 shows such maps of her networks)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.models.spectrogram import EMBEDDING
from milo_demo.models.trunk import CHANNELS

KEPT = 48
"""Numbers that distances are measured with."""
NEIGHBOURS = 6
SHARPNESS = 12.0
"""The nearest counts e times as much as one further away by a twelfth of a unit."""


class Sheet(nn.Module):
    """The map of one sense: `known` points (point, KEPT) of some `labels` (point,), indices, at `places` (point, 2).

    Takes features (n, feature) and returns places (n, 2): among those of the nearest points, each -1 to 1.
    """

    centre: Tensor
    axes: Tensor
    known: Tensor
    places: Tensor
    labels: Tensor

    def __init__(self, points: int, features: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("axes", torch.zeros(features, KEPT))
        self.register_buffer("known", torch.zeros(points, KEPT))
        self.register_buffer("places", torch.zeros(points, 2))
        self.register_buffer("labels", torch.zeros(points, dtype=torch.long))

    def small(self, features: Tensor) -> Tensor:
        """What distances are measured between: (n, feature) -> (n, KEPT), each of length 1."""
        return functional.normalize((features.clamp(min=0).sqrt() - self.centre) @ self.axes, dim=1)

    def forward(self, features: Tensor) -> Tensor:
        apart, near = torch.cdist(self.small(features), self.known).topk(NEIGHBOURS, dim=1, largest=False)
        return ((-SHARPNESS * apart).softmax(dim=1)[..., None] * self.places[near]).sum(dim=1)


class Atlas(nn.Module):
    """The maps of both senses.

    heard, seen : how many points each has
    """

    def __init__(self, heard: int, seen: int) -> None:
        super().__init__()
        self.heard = Sheet(heard, EMBEDDING)
        self.seen = Sheet(seen, CHANNELS)
