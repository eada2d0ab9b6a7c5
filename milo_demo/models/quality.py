"""What is expected of a separated track, from what speaks for and against it: a straight line, fitted."""

import torch
from torch import Tensor, nn

FEATURES = ("one", "sure", "noted", "agree", "clear", "loud", "chordal", "voice", "bass", "players")
"""What `separation.quality.features` finds out about a track."""
WAYS = ("by mask", "by notes")
"""How a track can be cut out: by the mask network's shares, or by the harmonics of its notes."""


class Quality(nn.Module):
    """Features (track, FEATURES) to the SI-SDR that either way can be expected to have, dB, (track, way)."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(len(WAYS), len(FEATURES)))

    def forward(self, features: Tensor) -> Tensor:
        return features @ self.weights.T
