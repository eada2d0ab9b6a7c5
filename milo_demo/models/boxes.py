"""Boxes around instruments in one look: a single-shot detector on the shared trunk (S1 uses SSD, Liu et al. 2016).

Without anchors: every cell of a grid of 8 px says which instrument's middle it is near, and how far that instrument
reaches in the four directions (Zhou et al. 2019, "Objects as points"). Thin and small instruments need the fine grid,
names need the trunk's coarse one; they are added as in a feature pyramid (Lin et al. 2017), with SSDLite's separable
convolutions (Sandler et al. 2018, section 6.2).

Each box is then looked at once more by itself and made tighter.

The head learns places from made scenes, where names come cheap; the object map learns names from a teacher that has
seen a million photos. A box therefore counts by what both say of it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import RoIAlign, RoIPool, batched_nms, clip_boxes_to_image, nms

from milo_demo.instruments import LABELS
from milo_demo.models.trunk import CHANNELS, FINE_CHANNELS, STRIDE_PX, Features

CELL_PX = 8
WIDTH = 128
RARE = 0.01
"""Share of cells taken for a middle before anything is learnt; starting at a half would drown the first steps."""
CANDIDATES = 60
"""At most so many places of a picture are considered."""
LEAST = 0.05
"""Boxes less sure than this are not worth a mention."""
SAME_KIND_IOU, SAME_PLACE_IOU = 0.5, 0.7
"""Two boxes of one label, or of any two, that overlap more show one thing: the surer one stays."""
PART = 0.5
"""A box that lies within a surer one of its label by so much of itself shows a part of the same thing; so does one
around it."""
UNSEEN = 0.02
"""Map scores are taken to lie between this and 1 less this: a map that says nothing of a small thing says little."""
AROUND, POOLED = 1.6, 14
"""How much of a picture a box is made tighter by, times its sides, and into how many cells across and down it goes."""
MOST = 6
"""Boxes of a picture that are made tighter, the surest: in noise there are dozens of doubtful ones."""
TIGHTENED = 2
"""So often, one after the other: the second time a box is less off. Of guitars that people hold, before close-ups,
none, one and two have average precisions of .727, .802 and .815, and means over IoU .5 to .95 of .28, .34 and .36."""
STEP_BY = 0.2
"""A side is moved by so much of the box for every unit that is said."""


class Found(NamedTuple):
    """Boxes in one picture, surest first: labels (box,), scores (box,), 0-1, and edges (box, 4): left, top, right and
    bottom, pixels."""

    labels: Tensor
    scores: Tensor
    edges: Tensor


class Candidates(NamedTuple):
    """Boxes not yet judged: labels (box,), evidence (box, 3): the log-odds of the head, of the map, and of the box
    being tight; edges (box, 4), pixels."""

    labels: Tensor
    evidence: Tensor
    edges: Tensor


class BoxHead(nn.Module):
    """Trunk features to boxes.

    labels : what the rows of the head stand for

    What a label's logit is read from is the joined features and, past their narrow bottleneck, the coarse ones.

    Returns, for every cell of 8 px, logits (batch, row, h / 8, w / 8), 0 being as likely as not; sides (batch, 4,
    h / 8, w / 8): how far the cell's box reaches from the cell's middle to the left, up, right and down, pixels; and
    the log-odds (batch, h / 8, w / 8) that such a box is tight: its overlap (IoU) with the true one, as foretold (Wu
    et al. 2020, "IoU-aware single-stage object detector").
    """

    gains: Tensor
    offset: Tensor

    def __init__(self, labels: list[str]) -> None:
        super().__init__()
        self.row_label = [LABELS.index(label) for label in labels]
        self.coarse = nn.Sequential(_pointwise(CHANNELS, WIDTH), _separable(5), _separable(5))
        self.fine = _pointwise(FINE_CHANNELS, WIDTH)
        self.joined = nn.Sequential(_separable(5), _separable(5), _separable(3))
        self.logits = nn.Conv2d(WIDTH, len(labels), 1)
        self.names = nn.Conv2d(CHANNELS, len(labels), 1, bias=False)
        self.reach = nn.Conv2d(WIDTH, 4, 1)
        self.tight = nn.Conv2d(WIDTH, 1, 1)
        assert self.logits.bias is not None and self.reach.bias is not None
        self.outline = _separable(5)
        self.tighter = Tighter()
        self.pool = RoIPool(output_size=1, spatial_scale=1 / STRIDE_PX)
        nn.init.constant_(self.logits.bias, float(torch.tensor(RARE).logit()))
        nn.init.constant_(self.reach.bias, 2.0)
        nn.init.zeros_(self.names.weight)
        self.register_buffer("gains", torch.tensor([1.0, 0.0, 0.0]))
        self.register_buffer("offset", torch.tensor(0.0))
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, features: Features) -> tuple[Tensor, Tensor, Tensor]:
        size = features.fine.shape[-2:]
        coarse = functional.interpolate(self.coarse(features.coarse), size=size, mode="bilinear")
        joined = self.joined(coarse + self.fine(features.fine))
        outline = joined + self.outline(joined)
        logits = self.logits(joined) + functional.interpolate(self.names(features.coarse), size=size, mode="bilinear")
        return logits, CELL_PX * self.reach(outline).clamp(max=5).exp(), self.tight(outline)[:, 0]

    def find(self, features: Features, maps: Tensor, size: tuple[int, int]) -> list[Found]:
        """The boxes of every picture of a batch, down to doubtful ones.

        maps : the object map's, (batch, label, h / 16, w / 16), 0-1
        size : height and width of the pictures, pixels
        """
        judged = [self.judge(candidates) for candidates in self.candidates(features, maps, size)]
        surest = [found.edges[:MOST] for found in judged]
        tighter = self.tighter(features, surest, TIGHTENED).split([len(one) for one in surest])
        return [
            found._replace(edges=torch.cat([clip_boxes_to_image(one, size), found.edges[MOST:]]))
            for found, one in zip(judged, tighter, strict=True)
        ]

    def candidates(self, features: Features, maps: Tensor, size: tuple[int, int]) -> list[Candidates]:
        """What may be an instrument in every picture: the tops of the rows' hills, and what is said of them."""
        logits, sides, tight = self(features)
        # Every cell near a middle knows the same box, and errs in its own way: the mean of neighbours is steadier.
        trust = logits.amax(1, keepdim=True).sigmoid().square()
        edges = _around(corners(sides) * trust) / _around(trust).clamp(min=torch.finfo(trust.dtype).tiny)
        hilltops = logits.masked_fill(logits < functional.max_pool2d(logits, 3, 1, 1), -torch.inf).flatten(1)
        best, places = hilltops.topk(min(CANDIDATES, hilltops.shape[1]), dim=1)
        cells = logits[0, 0].numel()
        labels = torch.tensor([self.row_label], device=places.device).expand(len(places), -1)
        labels = labels.gather(1, places // cells)
        cell = places % cells
        edges = clip_boxes_to_image(edges.flatten(2).gather(2, cell[:, None].expand(-1, 4, -1)).transpose(1, 2), size)
        fits = tight.flatten(1).gather(1, cell)
        found = []
        for one_map, label, odds, fit, edge in zip(maps.float(), labels, best, fits, edges, strict=True):
            there = odds > -torch.inf
            label, odds, fit, edge = label[there], odds[there], fit[there], edge[there]
            pooled = self.pool(one_map[None], [edge.float()])[:, :, 0, 0]
            own = pooled.clamp(UNSEEN, 1 - UNSEEN).logit().gather(1, label[:, None])
            found.append(Candidates(label, torch.cat([odds[:, None], own, fit[:, None]], 1), edge))
        return found

    def judge(self, candidates: Candidates) -> Found:
        """One picture's candidates with scores; of several boxes on one thing the surest."""
        labels, evidence, edges = candidates
        scores = (evidence @ self.gains + self.offset).sigmoid()
        kept = scores >= LEAST
        labels, scores, edges = labels[kept], scores[kept], edges[kept]
        kept = apart(labels, scores, edges)
        return Found(labels[kept], scores[kept], edges[kept])


class Tighter(nn.Module):
    """Boxes to tighter ones: a second stage, as of a cascade (Cai and Vasconcelos 2018), by what is within a box and
    around it, pooled to the same size for all (He et al. 2017). It does not ask what they show.

    Takes features and each picture's boxes (box, 4), pixels, and makes them tighter so many times; returns those of all
    pictures, one after the other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = _pointwise(FINE_CHANNELS, WIDTH // 2), _pointwise(CHANNELS, WIDTH // 2)
        self.layers = nn.Sequential(
            *_dense(WIDTH, WIDTH, stride=2), *_dense(WIDTH, WIDTH), *_dense(WIDTH, WIDTH // 2), nn.Flatten(),
            nn.Dropout(0.3), nn.Linear(WIDTH // 2 * (POOLED // 2) ** 2, 2 * WIDTH), nn.ReLU6(inplace=True),
            nn.Dropout(0.3),
        )  # fmt: skip
        self.pool_fine = RoIAlign(POOLED, 1 / CELL_PX, sampling_ratio=2, aligned=True)
        self.pool_coarse = RoIAlign(POOLED, 1 / STRIDE_PX, sampling_ratio=1, aligned=True)
        self.off = nn.Linear(2 * WIDTH, 4)
        nn.init.zeros_(self.off.weight)
        nn.init.zeros_(self.off.bias)

    def forward(self, features: Features, edges: list[Tensor], times: int = 1) -> Tensor:
        boxes, counts = torch.cat(edges), [len(one) for one in edges]
        fine, coarse = self.fine(features.fine), self.coarse(features.coarse)
        for _ in range(times if len(boxes) else 0):
            around = list(_wider(boxes).split(counts))
            pooled = torch.cat([self.pool_fine(fine, around), self.pool_coarse(coarse, around)], dim=1)
            off = self.off(self.layers(pooled))
            boxes = boxes + STEP_BY * off * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        return boxes


def _wider(edges: Tensor) -> Tensor:
    """Boxes (box, 4), AROUND times as large."""
    middle, half = (edges[:, :2] + edges[:, 2:]) / 2, AROUND * (edges[:, 2:] - edges[:, :2]) / 2
    return torch.cat([middle - half, middle + half], dim=1)


def apart(labels: Tensor, scores: Tensor, edges: Tensor) -> Tensor:
    """Of several boxes on one thing the surest: which of them (box,) stay, surest first.

    edges : (box, 4), in any unit
    """
    kept = batched_nms(edges, scores, labels, SAME_KIND_IOU)
    kept = kept[_whole(labels[kept], edges[kept])]
    return kept[nms(edges[kept], scores[kept], SAME_PLACE_IOU)]


def corners(sides: Tensor) -> Tensor:
    """Sides (batch, 4, row, column) of every cell to the box's left, top, right and bottom edge, same shape, pixels."""
    rows, columns = (
        CELL_PX * (torch.arange(length, device=sides.device, dtype=sides.dtype) + 0.5) for length in sides.shape[-2:]
    )
    middle = torch.stack([columns.expand(len(rows), -1), rows[:, None].expand(-1, len(columns))])
    return torch.cat([middle - sides[:, :2], middle + sides[:, 2:]], dim=1)


def _whole(labels: Tensor, edges: Tensor) -> Tensor:
    """Which boxes (box,), surest first, are not a part of a surer one of their label, nor around one."""
    first = torch.maximum(edges[:, None, :2], edges[:, :2])
    last = torch.minimum(edges[:, None, 2:], edges[:, 2:])
    shared = (last - first).clamp(min=0).prod(2)
    areas = (edges[:, 2:] - edges[:, :2]).prod(1)
    within = shared > PART * torch.minimum(areas[:, None], areas[None])
    same = within & (labels[:, None] == labels[None])
    kept = torch.ones(len(labels), dtype=torch.bool, device=labels.device)
    for box in range(1, len(labels)):
        kept[box] = not bool((same[box, :box] & kept[:box]).any())
    return kept


def _around(values: Tensor) -> Tensor:
    """The mean of every cell and its neighbours."""
    return functional.avg_pool2d(values, 3, 1, 1)


def _pointwise(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


def _dense(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


def _separable(kernel: int) -> nn.Sequential:
    """Each channel in space, then all channels at each place."""
    in_space = nn.Conv2d(WIDTH, WIDTH, kernel, padding=kernel // 2, groups=WIDTH, bias=False)
    return nn.Sequential(in_space, nn.BatchNorm2d(WIDTH), *_pointwise(WIDTH, WIDTH))
