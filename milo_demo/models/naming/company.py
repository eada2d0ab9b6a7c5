"""What several players together do to names: some are then called too easily, others hardly ever."""

import torch
from torch import Tensor, nn

from milo_demo.instruments import LABELS


class Company(nn.Module):
    """Logits (…, label) of what is heard, to what they are worth where several families play: log-odds are added."""

    def __init__(self) -> None:
        super().__init__()
        self.odds = nn.Parameter(torch.zeros(len(LABELS)))

    def forward(self, heard: Tensor) -> Tensor:
        return heard + self.odds
