"""One name from a clip's sound and some of its pictures: Slizovskaia's multimodal network (2017).

What the ear's and the eye's networks know before they name anything is laid side by side, one vector for the sound and
one for each of k pictures, batch-normalised, and named by two dense layers.
"""

import torch
from torch import Tensor, nn

from milo_demo.instruments import LABELS
from milo_demo.models.spectrogram import EMBEDDING
from milo_demo.models.trunk import CHANNELS

HIDDEN = 1024


class JointNet(nn.Module):
    """Features of a sound and of k pictures to a name.

    pictures : k
    width    : n; the document's is as wide as the networks' last layer but one, 51 times as many numbers as this bears

    Takes sound (batch, 1024), the mean of `PatchNet.embed`, and pictures (batch, k, 1280), each the mean of a frame's
    coarse features of the trunk; a sense that is missing is all 0. Returns logits (batch, label) of a softmax.
    """

    def __init__(self, pictures: int = 10, width: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        self.pictures = pictures
        self.sound = nn.Linear(EMBEDDING, width)
        self.picture = nn.Linear(CHANNELS, width)
        self.layers = nn.Sequential(
            nn.BatchNorm1d((pictures + 1) * width),
            nn.Linear((pictures + 1) * width, HIDDEN),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, len(LABELS)),
        )

    def forward(self, sound: Tensor, pictures: Tensor) -> Tensor:
        both = torch.cat([self.sound(sound)[:, None], self.picture(pictures)], dim=1)
        return self.layers(both.flatten(1))
