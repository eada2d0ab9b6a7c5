"""What is left of the teacher's thousand classes in the eye that learnt from it.

the teacher's class  : how often the strongest of the thousand is the teacher's; for the teacher itself, how often it
                       agrees with itself at a crop 16 px smaller, which says how much of the rest is chance
what the photo shows : how often the strongest is what the photo shows, where ImageNet has a name for it
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from milo_demo.evaluation.table import Figure, Table, by_row, share
from milo_demo.grid import SIDE_PX
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.object_map import row_kinds
from milo_demo.training.seeing.photos import Photo
from milo_demo.training.seeing.teacher import ROWS, load_teacher

SMALLER_PX = 16


def kept(eyes: Mapping[str, Eye], album: Sequence[Photo], data: Path) -> Table:
    """Both figures of our eye and of the teacher's, over an album.

    eyes : "ours" and "teacher"
    """
    kinds = row_kinds(load_teacher(data), [])
    smaller = [_strongest(eyes["teacher"], photo.path, SIDE_PX - SMALLER_PX) for photo in album]
    found: dict[str, dict[str, Figure]] = {}
    for who, eye in (("maps", eyes["ours"]), ("teacher", eyes["teacher"])):
        rows = [_strongest(eye, photo.path, SIDE_PX) for photo in album]
        same = [row == other for row, other in zip(rows, smaller, strict=True)]
        right = [kinds[row] == photo.kind for row, photo in zip(rows, album, strict=True) if photo.kind in kinds]
        found[who] = {"ImageNet: the teacher's class": share(same), "ImageNet: what the photo shows": share(right)}
    return by_row(found)


@torch.inference_mode()
def _strongest(eye: Eye, path: Path, side_px: int) -> int:
    """The strongest of the teacher's rows for a whole picture."""
    device = next(eye.trunk.parameters()).device
    features = eye.trunk(photos.tensor(photos.read(path, side_px))[None].to(device)).coarse
    rows = eye.objects.get_submodule("rows")(features.mean((2, 3), keepdim=True))
    return int(rows[0, :ROWS].argmax())
