"""Boxes from close up: what each surrounds is cut out and looked at by itself.

There it is named (`models.naming.closeup`), and the box head finds it once more: the mean of both boxes is tighter
than the first. For guitars, and heads and close-ups that were not trained on them, average precision goes with it from
.759 to .812, and its mean over IoU .5 to .95 from .336 to .351 (`evaluate seeing`). Boxes of the head alone have .819
and .364: what a close-up gains in names of all kinds, it loses of guitars in scores.

A thing that stays where it is and looks as it did a moment ago keeps what was said of it, for AGAIN pictures.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from milo_demo.geometry import Detection, Window, iou
from milo_demo.models.boxes import BoxHead, Found, apart
from milo_demo.models.naming.closeup import CloseUp
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk

SIDE_PX = 256
"""Long side of a cut-out as the trunk is shown it."""
MARGIN = 0.4
"""Of a box's longer side: so much around it is cut out as well, for a box may be too small."""
LARGE_PX = 768
"""Long side of what is cut from, where a clip's pictures are so large: what is far away is blurred in a smaller one."""
LEAST, MOST = 0.25, 4
"""Boxes that are less sure are not worth a look (of 679 in photos kept apart, 3 would come out as sure), and of one
picture at most so many, the surest."""
LEAST_LIKELY = 0.12
"""But those of a likely name are from here on, see `seeing.likely`."""
SAME_PLACE = 0.5
"""Boxes that overlap this much (IoU) are names of one thing."""
AGAIN = 8
"""After so many pictures a thing is looked at again in any case."""
STAYS = 0.6
"""IoU of a thing's boxes in two pictures from which on it has stayed where it was."""
GLIMPSE_PX, ALIKE = 8, 32.0
"""Side of the small grey picture by which a cut-out is known again, and how far its levels may differ, 0-255."""
CORRELATED, GRAIN = 0.8, 2.0
"""What is known again is light and dark at the same places, too: in the dark no levels differ by much. Of other things
at a place none correlated so well, of the same thing nearly all. Levels of GRAIN are but noise."""
NARROWEST_PX = 4

View = Callable[[int], NDArray[np.uint8]]
"""Gives a picture, RGB (height, width, 3), with a long side of so many pixels."""


class CutOut(NamedTuple):
    """Part of a picture, with a long side of SIDE_PX, and which part of it that is."""

    picture: Image.Image
    window: Window


class _Known(NamedTuple):
    """A thing that has been looked at, so many pictures ago: the detector's box, and by how much the sides of a tighter
    one are off, fractions of the picture."""

    box: Detection
    off: NDArray[np.float64]
    glimpse: NDArray[np.float32]
    logits: Tensor
    age: int

    @property
    def tight(self) -> Detection:
        sides = np.clip(self.box.sides + self.off, 0, 1).tolist()
        return Detection(self.box.label, self.box.score, *sides)


class Namer:
    """Names what is boxed in a clip's pictures, one after the other, and boxes it more tightly.

    likely : labels, by index, of which very doubtful boxes are worth a look as well
    """

    def __init__(
        self, trunk: Trunk, objects: ObjectMap, boxes: BoxHead, closeup: CloseUp, likely: Collection[int] = ()
    ) -> None:
        self._trunk, self._objects, self._boxes, self._closeup = trunk, objects, boxes, closeup
        self._likely = likely
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
            if len(self._known) == MOST:
                break
            if thing.score < (LEAST_LIKELY if thing.label in self._likely else LEAST) or _narrow(thing, picture):
                continue
            glimpse = _glimpse(picture, thing)
            known = _again(thing, glimpse, before)
            if known is None:
                if view is not None:
                    larger = larger or Image.fromarray(view(LARGE_PX))
                known = self._look(cut(larger or picture, thing), thing, glimpse)
            self._known.append(known)
        if not self._known:
            return list(found)
        logits = torch.stack([known.logits for known in self._known])
        sure = torch.tensor([known.box.score for known in self._known], device=logits.device)
        seen = torch.from_numpy(np.stack([seen_in(maps, known.box) for known in self._known])).to(logits.device)
        labels, scores = self._closeup.judge(logits, sure, seen)
        named = [
            known.tight._replace(label=label, score=score)
            for known, label, score in zip(self._known, labels.tolist(), scores.tolist(), strict=True)
        ]
        overlaps = iou(list(found), [known.box for known in self._known]).max(axis=1)
        rest = [box for box, overlap in zip(found, overlaps.tolist(), strict=True) if overlap <= SAME_PLACE]
        return each_once([*named, *rest])

    def _look(self, piece: CutOut, thing: Detection, glimpse: NDArray[np.float32]) -> _Known:
        """What one look at a cut-out says of the thing in it."""
        pixels = torch.from_numpy(np.array(piece.picture)).to(next(self._trunk.parameters()).device)
        features = self._trunk(pixels.permute(2, 0, 1)[None])
        logits = self._closeup(middle(features.coarse[0], thing.within(piece.window))[None])[0]
        maps, _ = self._objects.maps(self._objects.rows(features.coarse))
        width, height = piece.picture.size
        [found] = self._boxes.find(features, maps, (height, width))
        boxes = [box.out_of(piece.window) for box in detections(found, width, height)]
        return _Known(thing, _off(thing, boxes), glimpse, logits, 0)


def _off(thing: Detection, found: Sequence[Detection]) -> NDArray[np.float64]:
    """By how much the sides of a thing's box are off: half as far as those of the box that was found from close up."""
    sides = np.zeros(4)
    if found:
        overlaps = iou([thing], list(found))[0]
        best = int((overlaps * [box.score for box in found]).argmax())
        if overlaps[best] >= SAME_PLACE:
            sides = (np.array(found[best].sides) - thing.sides) / 2
    return sides


def _narrow(box: Detection, picture: Image.Image) -> bool:
    """Whether a box surrounds hardly anything."""
    return min((box.x1 - box.x0) * picture.width, (box.y1 - box.y0) * picture.height) < NARROWEST_PX


def _glimpse(picture: Image.Image, box: Detection) -> NDArray[np.float32]:
    """What a box surrounds, small and grey, (GLIMPSE_PX, GLIMPSE_PX), 0-255."""
    sides = tuple(np.clip(box.sides, 0, 1) * (2 * picture.size))
    small = picture.resize((GLIMPSE_PX, GLIMPSE_PX), Image.Resampling.BOX, box=sides)
    return np.array(small.convert("L"), np.float32)


def _again(thing: Detection, glimpse: NDArray[np.float32], before: Sequence[_Known]) -> _Known | None:
    """What is known from a moment ago of a thing that has stayed and looks the same, if anything."""
    for known in before:
        stays = known.age < AGAIN and iou([thing], [known.box]).item() >= STAYS
        if stays and _alike(glimpse, known.glimpse):
            return known._replace(box=thing)
    return None


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two glimpses may show the same."""
    differ = np.sqrt(np.square(one - other).mean())
    together = ((one - one.mean()) * (other - other.mean())).mean() + GRAIN**2
    spreads = np.sqrt((one.var() + GRAIN**2) * (other.var() + GRAIN**2))
    return bool(differ <= ALIKE and together >= CORRELATED * spreads)


def things(found: Sequence[Detection]) -> list[Detection]:
    """Boxes, surest first, without those that are another name of a surer one."""
    kept: list[Detection] = []
    for box in sorted(found, key=lambda box: -box.score):
        if not kept or iou(kept, [box]).max() <= SAME_PLACE:
            kept.append(box)
    return kept


def cut(picture: Image.Image, box: Detection) -> CutOut:
    """What a box surrounds, and what is around it."""
    width, height = picture.size
    x0, y0, x1, y1 = box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height
    more = MARGIN * max(x1 - x0, y1 - y0)
    left, top = max(0, round(x0 - more)), max(0, round(y0 - more))
    right, bottom = min(width, round(x1 + more)), min(height, round(y1 + more))
    scale = SIDE_PX / max(right - left, bottom - top)
    size = max(32, round(scale * (right - left))), max(32, round(scale * (bottom - top)))
    piece = picture.crop((left, top, right, bottom)).resize(size, Image.Resampling.BICUBIC)
    return CutOut(piece, (left / width, top / height, right / width, bottom / height))


def middle(coarse: Tensor, box: Detection) -> Tensor:
    """The mean within a box of what the trunk makes of a picture, (1280, row, column) -> (1280,)."""
    rows, columns = _cells(box, *coarse.shape[1:])
    return coarse[:, rows, columns].mean(dim=(1, 2)).float()


def seen_in(maps: NDArray[np.float32], box: Detection) -> NDArray[np.float32]:
    """How surely each label is seen within a box, (label,), of maps (label, row, column)."""
    rows, columns = _cells(box, *maps.shape[1:])
    return maps[:, rows, columns].max(axis=(1, 2))


def _cells(box: Detection, rows: int, columns: int) -> tuple[slice, slice]:
    """The cells that a box touches, one at least."""
    top, left = min(int(box.y0 * rows), rows - 1), min(int(box.x0 * columns), columns - 1)
    bottom, right = max(top + 1, int(np.ceil(box.y1 * rows))), max(left + 1, int(np.ceil(box.x1 * columns)))
    return slice(top, bottom), slice(left, right)


def detections(found: Found, width: int, height: int) -> list[Detection]:
    """Boxes in fractions of a picture, whose width and height are pixels."""
    edges = found.edges.cpu() / torch.tensor([width, height, width, height])
    rows = zip(found.labels.tolist(), found.scores.tolist(), edges.tolist(), strict=True)
    return [Detection(label, score, *sides) for label, score, sides in rows]


def each_once(boxes: Sequence[Detection]) -> list[Detection]:
    """Boxes of several looks, each thing once, surest first."""
    if not boxes:
        return []
    ordered = sorted(boxes, key=lambda box: -box.score)
    rows = torch.tensor(ordered, dtype=torch.float32)
    return [ordered[place] for place in apart(rows[:, 0], rows[:, 1], rows[:, 2:]).tolist()]
