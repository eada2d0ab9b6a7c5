"""What each instrument sounds like to non-negative matrix factorisation: spectra that its sounds are sums of."""

import torch
from torch import Tensor, nn

from milo_demo.features.log_frequency import BINS
from milo_demo.instruments import LABELS

ATOMS = 32
"""Spectra per label."""


class Dictionaries(nn.Module):
    """Supervised NMF (Smaragdis et al. 2007) learns the spectra of each source from its solos and keeps them. This is
    no network, but it is stored, found and pinned like one.
    """

    def __init__(self, labels: int = len(LABELS), atoms: int = ATOMS) -> None:
        super().__init__()
        self.spectra = nn.Parameter(torch.zeros(labels, atoms, BINS))

    def forward(self, labels: Tensor) -> Tensor:
        """Of some labels, by index: (n,) -> (n, atom, BINS), each of which sums to 1."""
        return self.spectra[labels]
