"""The eye: a stream of frames in, maps and boxes of each out, with bounded memory."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.geometry import Detection
from milo_demo.models.boxes import BoxHead
from milo_demo.models.naming.closeup import CloseUp
from milo_demo.models.object_map import NO_LABEL, ObjectMap
from milo_demo.models.trunk import CHANNELS, Trunk
from milo_demo.outside import LOOKS
from milo_demo.seeing.closeups import Namer, View, detections
from milo_demo.seeing.regions import join


@dataclass(frozen=True)
class Eye:
    """The networks that look at a picture together, in eval mode: the heads read the trunk's features.

    closeup : names boxes by their cut-outs; None: what the box head says of them is left as it is
    used    : what the result says about them
    """

    trunk: Trunk
    objects: ObjectMap
    boxes: BoxHead
    closeup: CloseUp | None = None
    used: tuple[ModelUsed, ...] = ()

    @property
    def mapped(self) -> set[int]:
        """The labels that the maps know, by index: all that this eye can find."""
        return set(self.objects.row_label.tolist()) - {NO_LABEL}

    @property
    def unboxed(self) -> set[int]:
        """Those that the box head has no name for: only the maps know a cello."""
        return self.mapped - set(self.boxes.row_label)


class Sight(NamedTuple):
    """What is seen in some frames.

    maps     : (frame, label, ceil(height / 16), ceil(width / 16)), 0-1; a map's peak is the label's score
    found    : per frame, one box for each instrument that may be there, strongest first, down to very doubtful ones
    features : (frame, 1280), the mean of what the trunk makes of each frame; none of whom nobody asks
    others   : (frame, other), 0-1, how surely each frame shows what is outside the taxonomy (`outside.LOOKS`)
    frames   : the frames themselves, RGB (height, width, 3)
    views    : the same in any size, where there is more to see in a larger one
    """

    maps: NDArray[np.float32]
    found: list[list[Detection]]
    features: NDArray[np.float16] = np.zeros((0, CHANNELS), np.float16)
    others: NDArray[np.float32] = np.zeros((0, len(LOOKS)), np.float32)
    frames: Sequence[NDArray[np.uint8]] = ()
    views: Sequence[View] = ()


def load() -> Eye:
    """The bundled eye. Raises MiloError where a checkpoint cannot be had."""
    loaded = [weights.load(role) for role in ("trunk", "object", "boxes", "closeup")]
    return Eye(*(one.module for one in loaded), used=tuple(one.used for one in loaded))


def look(frame: NDArray[np.uint8], eye: Eye, likely: Collection[int] = ()) -> Sight:
    """What is in one flat frame, RGB (height, width, 3); the maps stand in for what the box head has no name for.

    likely : see `named`

    Examples
    --------
    >>> sight = look(np.zeros((216, 384, 3), np.uint8), load())
    >>> sight.maps.shape, sight.found
    ((1, 26, 14, 24), [[]])
    """
    [sight] = see([frame], eye, likely=likely)
    return sight._replace(found=[join(sight.found[0], sight.maps[0], eye.unboxed)])


def see(frames: Iterable[NDArray[np.uint8]], eye: Eye, batch: int = 8, likely: Collection[int] = ()) -> Iterator[Sight]:
    """Look at a clip of any length, `batch` frames at a time: what `detect` finds, by the names of `named`."""
    return named(detect(frames, eye, batch), eye, likely)


@torch.inference_mode()
def detect(frames: Iterable[NDArray[np.uint8]], eye: Eye, batch: int = 8) -> Iterator[Sight]:
    """What one look at every frame finds (Liu 2018, section 4.2.1), by the box head's names.

    frames : RGB (height, width, 3), all of one size, one per step of the analysis grid

    Yields what is seen in up to `batch` frames; one after another they make up the clip. A clip without frames yields
    nothing.
    """
    frames, device = iter(frames), next(eye.trunk.parameters()).device
    while group := list(islice(frames, batch)):
        pictures = torch.from_numpy(np.stack(group)).to(device).permute(0, 3, 1, 2)
        features = eye.trunk(pictures)
        rows = eye.objects.rows(features.coarse)
        maps, _ = eye.objects.maps(rows)
        height, width = pictures.shape[-2:]
        found = eye.boxes.find(features, maps, (height, width))
        boxes = [detections(one, width, height) for one in found]
        known, others = features.coarse.mean(dim=(2, 3)).half(), eye.objects.others(rows).float()
        yield Sight(maps.float().cpu().numpy(), boxes, known.cpu().numpy(), others.cpu().numpy(), group)


def named(sights: Iterable[Sight], eye: Eye, likely: Collection[int] = (), turns: int = 1) -> Iterator[Sight]:
    """The same, its boxes looked at from close up (`seeing.closeups`), where the eye can do that.

    likely : labels, by index, of which very doubtful boxes are looked at as well
    turns  : so many clips' pictures, one of each in turn: what is known of one says nothing of the next
    """
    if eye.closeup is None:
        yield from sights
        return
    namers = cycle([Namer(eye.trunk, eye.objects, eye.boxes, eye.closeup, likely) for _ in range(turns)])
    for sight in sights:
        pictures = zip(sight.frames, sight.maps, sight.found, sight.views or [None] * len(sight.found), strict=True)
        yield sight._replace(found=[next(namers).name(*picture) for picture in pictures])
