"""What is seen, and where: the document's object model (Liu 2018, section 4.2.1) on the shared trunk.

A 1×1 convolution names every place of the picture: ImageNet's thousand classes, which the teacher knew, and rows of our
own for instruments it had no name for. Several rows can mean one label (grand piano and upright); most mean none, and
those are what an instrument has to be told apart from.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from milo_demo.instruments import LABELS
from milo_demo.models.trunk import CHANNELS
from milo_demo.outside import LOOKS

NO_LABEL = -1
NOTHING = -50.0
"""Logarithm of the share of what has no rows."""
TEMPERATURE = 3.0
"""Divides the rows' logits before they count as evidence: the teacher was trained to be sure of whole pictures, and a
single place of a feature map is surer still, of several things at once."""
SHARE = 0.15
"""Part of the picture's places, the strongest, that the evidence is averaged over. The document takes the one
strongest; a single odd patch then is enough for a false alarm."""


SHAPE_GAIN, SHAPE_OFFSET = 0.9, 2.5
"""From log-odds to how far a map reaches around its peak. Not the calibrated ones: those say when a name is believed,
and a stricter one must not make the same instrument smaller."""


class ObjectMap(nn.Module):
    """Trunk features to a map and a score per label.

    rows   : how many classes the softmax tells apart
    others : rows of what is outside the taxonomy, by name

    Input (batch, 1280, h, w). Returns

    * maps (batch, label, h, w), 0-1, one cell per 16 px: how much of the label is at each place, its peak being the
      label's score;
    * scores (batch, label), 0-1: is the label anywhere in the picture; calibrated on held-out photos, 0.5 means yes.

    Labels that no row means (the voice, instruments without photos) stay 0.
    """

    row_label: Tensor
    gain: Tensor
    offset: Tensor

    def __init__(self, rows: int, others: dict[str, list[int]] | None = None, channels: int = CHANNELS) -> None:
        super().__init__()
        self.other_rows = others or {}
        self.rows = nn.Conv2d(channels, rows, 1)
        self.register_buffer("row_label", torch.full((rows,), NO_LABEL))
        self.register_buffer("gain", torch.tensor(1.0))
        self.register_buffer("offset", torch.tensor(0.0))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self.maps(self.rows(features))

    def maps(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Row logits (batch, row, h, w) to what `forward` returns."""
        odds = self.log_odds(rows / TEMPERATURE)
        scores = (self.gain * self.strongest(odds) + self.offset).sigmoid()
        places = _calmed((SHAPE_GAIN * odds + SHAPE_OFFSET).sigmoid())
        peaks = places.amax((2, 3), keepdim=True).clamp(min=torch.finfo(places.dtype).tiny)
        return places / peaks * scores[:, :, None, None], scores

    def others(self, rows: Tensor) -> Tensor:
        """Row logits (batch, row, h, w) to how surely each of what is outside the taxonomy is in the picture, (batch,
        other), in the order of LOOKS, 0-1, calibrated as the labels are."""
        shares = (rows / TEMPERATURE).log_softmax(1)
        nothing = shares.new_full(shares[:, 0].shape, NOTHING)
        each = [shares[:, self.other_rows[name]].logsumexp(1) if name in self.other_rows else nothing for name in LOOKS]
        own = torch.stack(each, 1).clamp(NOTHING, -1e-6)
        return (self.gain * self.strongest(own - torch.log(-torch.expm1(own))) + self.offset).sigmoid()

    def evidence(self, rows: Tensor) -> Tensor:
        """Row logits (batch, row, h, w) to (batch, label): how much speaks for each label, not yet calibrated."""
        return self.strongest(self.log_odds(rows / TEMPERATURE))

    def strongest(self, odds: Tensor) -> Tensor:
        """Spatial pooling (batch, label, h, w) to (batch, label): the mean of the strongest places."""
        places = odds.flatten(2)
        return places.topk(max(1, round(SHARE * places.shape[2])), dim=2).values.mean(2)

    def log_odds(self, rows: Tensor) -> Tensor:
        """Row logits (batch, row, h, w) to each label's log-odds against all the rest, (batch, label, h, w)."""
        labels = [label for label in self.row_label.unique().tolist() if label != NO_LABEL]
        each = torch.stack([rows[:, self.row_label == label].logsumexp(1) for label in [*labels, NO_LABEL]], 1)
        # Summed anew without each label: of what is almost certain, a difference from 1 would leave only steps.
        own = torch.eye(len(labels), len(labels) + 1, dtype=torch.bool, device=rows.device)[..., None, None]
        others = each[:, None].masked_fill(own, -torch.inf).logsumexp(2)
        odds = rows.new_full((rows.shape[0], len(LABELS), *rows.shape[2:]), -torch.inf)
        odds[:, labels] = each[:, : len(labels)] - others
        return odds


def _calmed(places: Tensor) -> Tensor:
    """Each place with what lies around it: a single cell's word is not where an instrument is (twice a 3×3 mean)."""
    for _ in range(2):
        places = functional.avg_pool2d(places, 3, 1, 1, count_include_pad=False)
    return places
