"""The eye: a stream of frames in, maps and boxes per step of the analysis grid out, with bounded memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from milo_demo.models.boxes import Found

SIDE_PX = 384
"""Long side of the frames to look at: half as large costs a fifth of the hits, larger costs time."""


class Region(NamedTuple):
    """An instrument in one frame: index of its label, score 0-1, sides as fractions of the frame."""

    label: int
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


class Eye(NamedTuple):
    """The networks that look at a picture together, in eval mode: the heads read the trunk's features."""

    trunk: nn.Module
    objects: nn.Module
    boxes: nn.Module


class Seen(NamedTuple):
    """What is seen in some frames.

    maps  : (frame, label, ceil(height / 16), ceil(width / 16)), 0-1; a map's peak is the label's score
    found : per frame, one box for each instrument that may be there, strongest first, down to very doubtful ones
    """

    maps: NDArray[np.float32]
    found: list[list[Region]]


def iou(one: Region, other: Region) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(width, 0.0) * max(height, 0.0)
    areas = sum((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return shared / (areas - shared)


@torch.inference_mode()
def see(frames: Iterable[NDArray[np.uint8]], eye: Eye, batch: int = 8) -> Iterator[Seen]:
    """Look at a clip of any length, `batch` frames at a time (Liu 2018, section 4.2.1).

    frames : RGB (height, width, 3), all of one size, one per step of the analysis grid

    Yields what is seen in up to `batch` frames; one after another they make up the clip. A clip without frames yields
    nothing.
    """
    frames = iter(frames)
    device = next(eye.trunk.parameters()).device
    while group := list(islice(frames, batch)):
        pictures = torch.from_numpy(np.stack(group)).to(device).permute(0, 3, 1, 2)
        features = eye.trunk(pictures)
        maps, _ = eye.objects(features.coarse)
        height, width = pictures.shape[-2:]
        found = eye.boxes.find(features, maps, (height, width))
        scale = torch.tensor([width, height, width, height], device=device)
        yield Seen(maps.float().cpu().numpy(), [_regions(one._replace(edges=one.edges / scale)) for one in found])


def _regions(found: Found) -> list[Region]:
    rows = zip(found.labels.tolist(), found.scores.tolist(), found.edges.tolist(), strict=True)
    return [Region(label, score, *edges) for label, score, edges in rows]
