"""Names from close up: what each box surrounds is cut out and looked at by itself, see `models.naming.closeup`.

A thing that stays where it is and looks as it did a moment ago keeps what was said of it, for AGAIN pictures.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from milo_demo.geometry import Detection, iou
from milo_demo.models.boxes import apart
from milo_demo.models.naming.closeup import CloseUp
from milo_demo.models.trunk import Trunk

SIDE_PX = 224
"""Long side of what the trunk is shown of a cut-out."""
MARGIN = 0.12
"""Of a box's longer side: so much around it is cut out as well."""
LARGE_PX = 768
"""Long side of what is cut from, where a clip's pictures are so large: what is far away is blurred in a smaller one."""
LEAST, MOST = 0.25, 4
"""Boxes that are less sure are not worth a look (of 4,769 that got one, 53 came out as sure), and of one picture at
most so many, the surest."""
SAME_PLACE = 0.5
"""Boxes that overlap this much (IoU) are names of one thing."""
AGAIN = 4
"""After so many pictures a thing is looked at again in any case."""
STAYS = 0.6
"""IoU of a thing's boxes in two pictures from which on it has stayed where it was."""
GLIMPSE_PX, ALIKE = 8, 16.0
"""Side of the small grey picture by which a cut-out is known again, and how far its levels may differ, 0-255."""
NARROWEST_PX = 4

View = Callable[[int], NDArray[np.uint8]]
"""Gives a picture, RGB (height, width, 3), with a long side of so many pixels."""


class _Known(NamedTuple):
    """A thing that has been looked at, so many pictures ago."""

    box: Detection
    glimpse: NDArray[np.float32]
    logits: Tensor
    age: int


class Namer:
    """Names what is boxed in a clip's pictures, one after the other."""

    def __init__(self, trunk: Trunk, closeup: CloseUp) -> None:
        self._trunk, self._closeup = trunk, closeup
        self._known: list[_Known] = []

    @torch.inference_mode()
    def name(
        self,
        frame: NDArray[np.uint8],
        maps: NDArray[np.float32],
        found: Sequence[Detection],
        view: View | None = None,
    ) -> list[Detection]:
        """The boxes of a picture with the names and scores that they have from close up, surest first.

        frame : RGB (height, width, 3)
        maps  : (label, row, column), 0-1
        found : the detector's boxes; of several names for one thing only the place of the surest counts
        view  : the picture in any size, where there is more to see in a larger one
        """
        picture, before = Image.fromarray(frame), [known._replace(age=known.age + 1) for known in self._known]
        self._known, larger = [], None
        for thing in things(found):
            if len(self._known) == MOST or thing.score < LEAST:
                break
            if (piece := cut(picture, thing)) is None:
                continue
            glimpse = np.array(piece.resize((GLIMPSE_PX, GLIMPSE_PX), Image.Resampling.BOX).convert("L"), np.float32)
            known = _again(thing, glimpse, before)
            if known is None:
                if view is not None:
                    larger = larger or Image.fromarray(view(LARGE_PX))
                    piece = cut(larger, thing) or piece
                logits = self._closeup(features(piece, self._trunk)[None])[0]
                known = _Known(thing, glimpse, logits, 0)
            self._known.append(known)
        if not self._known:
            return list(found)
        logits = torch.stack([known.logits for known in self._known])
        sure = torch.tensor([known.box.score for known in self._known], device=logits.device)
        seen = torch.from_numpy(np.stack([seen_in(maps, known.box) for known in self._known])).to(logits.device)
        labels, scores = self._closeup.judge(logits, sure, seen)
        named = [
            known.box._replace(label=label, score=score)
            for known, label, score in zip(self._known, labels.tolist(), scores.tolist(), strict=True)
        ]
        overlaps = iou(list(found), named).max(axis=1)
        rest = [box for box, overlap in zip(found, overlaps.tolist(), strict=True) if overlap <= SAME_PLACE]
        return each_once([*named, *rest])


def _again(thing: Detection, glimpse: NDArray[np.float32], before: Sequence[_Known]) -> _Known | None:
    """What is known from a moment ago of a thing that has stayed and looks the same, if anything."""
    for known in before:
        stays = known.age < AGAIN and iou([thing], [known.box]).item() >= STAYS
        if stays and np.sqrt(np.square(glimpse - known.glimpse).mean()) <= ALIKE:
            return known._replace(box=thing)
    return None


def things(found: Sequence[Detection]) -> list[Detection]:
    """Boxes, surest first, without those that are another name of a surer one."""
    kept: list[Detection] = []
    for box in sorted(found, key=lambda box: -box.score):
        if not kept or iou(kept, [box]).max() <= SAME_PLACE:
            kept.append(box)
    return kept


def cut(picture: Image.Image, box: Detection, margin: float = MARGIN) -> Image.Image | None:
    """What a box surrounds, and a little more, with a long side of SIDE_PX; None where there is hardly anything."""
    width, height = picture.size
    x0, y0, x1, y1 = box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height
    more = margin * max(x1 - x0, y1 - y0)
    left, top = max(0, round(x0 - more)), max(0, round(y0 - more))
    right, bottom = min(width, round(x1 + more)), min(height, round(y1 + more))
    if min(right - left, bottom - top) < NARROWEST_PX:
        return None
    scale = SIDE_PX / max(right - left, bottom - top)
    size = max(32, round(scale * (right - left))), max(32, round(scale * (bottom - top)))
    return picture.crop((left, top, right, bottom)).resize(size, Image.Resampling.BICUBIC)


@torch.inference_mode()
def features(piece: Image.Image, trunk: Trunk) -> Tensor:
    """The mean of what the trunk makes of a cut-out, (1280,)."""
    where = next(trunk.parameters()).device
    pixels = torch.from_numpy(np.array(piece)).to(where).permute(2, 0, 1)[None]
    return trunk(pixels).coarse.mean(dim=(2, 3))[0].float()


def seen_in(maps: NDArray[np.float32], box: Detection) -> NDArray[np.float32]:
    """How surely each label is seen within a box, (label,), of maps (label, row, column)."""
    rows, columns = maps.shape[1:]
    top, left = min(int(box.y0 * rows), rows - 1), min(int(box.x0 * columns), columns - 1)
    bottom, right = max(top + 1, int(np.ceil(box.y1 * rows))), max(left + 1, int(np.ceil(box.x1 * columns)))
    return maps[:, top:bottom, left:right].max(axis=(1, 2))


def each_once(boxes: Sequence[Detection]) -> list[Detection]:
    """Boxes of several looks, each thing once, surest first."""
    if not boxes:
        return []
    ordered = sorted(boxes, key=lambda box: -box.score)
    rows = torch.tensor(ordered, dtype=torch.float32)
    return [ordered[place] for place in apart(rows[:, 0], rows[:, 1], rows[:, 2:]).tolist()]
