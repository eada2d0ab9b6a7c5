"""The eye: a stream of frames in, maps per step of the analysis grid out, with bounded memory."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

SIDE_PX = 384
"""Long side of the frames to look at: half as large costs a fifth of the hits, larger costs time."""


@torch.inference_mode()
def see(
    frames: Iterable[NDArray[np.uint8]], trunk: nn.Module, objects: nn.Module, batch: int = 8
) -> Iterator[NDArray[np.float32]]:
    """Look at a clip of any length, `batch` frames at a time (Liu 2018, section 4.2.1).

    frames  : RGB (height, width, 3), all of one size, one per step of the analysis grid
    trunk   : the shared trunk;  objects : the object map on its features; both in eval mode

    Yields maps (step, label, ceil(height / 16), ceil(width / 16)), 0-1, of up to `batch` frames; one after another they
    make up the clip. A map's peak is the label's score. A clip without frames yields nothing.
    """
    frames = iter(frames)
    device = next(trunk.parameters()).device
    while group := list(islice(frames, batch)):
        pictures = torch.from_numpy(np.stack(group)).to(device).permute(0, 3, 1, 2)
        maps, _ = objects(trunk(pictures))
        yield maps.float().cpu().numpy()
