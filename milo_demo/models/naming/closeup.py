"""What a box holds, told from close up: what it surrounds is cut out of the picture and looked at by itself.

One look at a whole frame names all its places at once, each from a few cells. A second one at each box alone, as the
second stage of a detector is (Girshick et al. 2014), names it from all that the trunk makes of it; and it may say that
it is another instrument, or none.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.instruments import LABELS
from milo_demo.models.boxes import UNSEEN
from milo_demo.models.trunk import CHANNELS

NOTHING = "nothing"
LENGTH = 30.0
"""Of every cut-out's features as a vector, once each has its mean and spread: only their direction names. A cut-out of
which the trunk makes much is not surer for it; of photos kept apart 2 in 100 more are then named, and surely."""
LEAST = 1e-4
"""Shares are taken to lie between this and 1 less this."""
MAP_SHARE = 0.7
"""How much the map's word counts beside the cut-out's where both name a box; from .2 to 2 it is all the same."""


class CloseUp(nn.Module):
    """The trunk's features of cut-outs to what they show.

    names : what is told apart: labels, other instruments, NOTHING

    Takes features (n, 1280), their mean over the box in the cut-out, and returns logits (n, name).
    """

    mean: Tensor
    spread: Tensor
    offset: Tensor

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.known = [place for place, name in enumerate(names) if name in LABELS]
        self.row_label = [LABELS.index(names[place]) for place in self.known]
        self.layer = nn.Linear(CHANNELS, len(names))
        self.register_buffer("mean", torch.zeros(CHANNELS))
        self.register_buffer("spread", torch.ones(CHANNELS))
        self.register_buffer("offset", torch.tensor(0.0))

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(self.direction(features))

    def direction(self, features: Tensor) -> Tensor:
        """What is named by, (n, 1280): the features against what they are in the mean, scaled to LENGTH."""
        return LENGTH * functional.normalize((features - self.mean) / self.spread, dim=1)

    def judge(self, logits: Tensor, sure: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """The label of each box, (n,), and how surely that is there, (n,), 0-1.

        logits : (n, name), what this network says
        sure   : (n,), 0-1, how surely the detector finds anything there
        seen   : (n, label), 0-1, how surely the maps see each label there
        """
        labels, evidence = self.evidence(logits, sure, seen)
        return labels, (evidence + self.offset).sigmoid()

    def evidence(self, logits: Tensor, sure: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """The label of each box, (n,), and how much speaks for it, (n,), log-odds not yet calibrated."""
        shares = logits.softmax(1)[:, self.known].clamp(LEAST, 1 - LEAST).logit()
        mapped = seen[:, self.row_label].clamp(UNSEEN, 1 - UNSEEN).logit()
        best = (shares + MAP_SHARE * mapped).argmax(1, keepdim=True)
        labels = torch.tensor(self.row_label, device=best.device)[best[:, 0]]
        return labels, sure.clamp(LEAST, 1 - LEAST).logit() + shares.gather(1, best)[:, 0]
