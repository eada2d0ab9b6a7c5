"""What else the ear knows: a wider vocabulary, and what it says about our own names.

The spectrogram classifier began as a network with 521 words (AudioSet's; Plakal and Ellis 2020), and was taught ours
without forgetting them. So a layer on its features can still say harpsichord or double bass; and what is heard as a
guitar, while that layer hears a harpsichord, is no guitar.
"""

import torch
from torch import Tensor, nn

from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.models.spectrogram import EMBEDDING

AROUND = 5
"""Steps on either side that a name is thought over with: what plays now most likely played a moment ago."""


class Vocabulary(nn.Module):
    """The spectrogram classifier's features, and what is heard, to words, better judged names, and families.

    classes : the words, in the order of the `class` axis

    Takes features (step, 1024) of `PatchNet.embed`, and logits (step, label) of what is heard; any dimensions may stand
    before. Returns logits, 0 being as likely as not, of words (step, class), labels (step, label) and families (step,
    family).
    """

    def __init__(self, classes: list[str]) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.words = nn.Linear(EMBEDDING, len(classes))
        self.names = nn.Linear(len(classes) + len(LABELS), len(LABELS))
        self.families = nn.Linear(len(classes) + len(LABELS), len(FAMILIES))
        for layer in (self.names, self.families):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor, heard: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        words = self.words(features)
        said = torch.cat([words.sigmoid(), heard.sigmoid()], dim=-1)
        around = _mean_around(said)
        return words, heard + self.names(around), self.families(around)


def _mean_around(values: Tensor) -> Tensor:
    """Moving average (…, step, n) over AROUND steps on either side; near the ends over those that there are."""
    steps = values.shape[-2]
    sums = torch.cat([torch.zeros_like(values[..., :1, :]), values.cumsum(dim=-2)], dim=-2)
    at = torch.arange(steps, device=values.device)
    first, end = (at - AROUND).clamp(min=0), (at + AROUND + 1).clamp(max=steps)
    return (sums[..., end, :] - sums[..., first, :]) / (end - first)[:, None]
