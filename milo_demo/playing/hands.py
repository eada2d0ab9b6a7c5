"""Hands and mouths in frames: palms first, then the joints of each (Zhang et al. 2020); faces, with their mouths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.models import hand as hand_network
from milo_demo.models.blaze import FaceDetector, PalmDetector, Spotted
from milo_demo.models.hand import TIPS, Hands
from milo_demo.playing.looks import Look, cut, in_frame, letterboxed

LEAST_PALM, LEAST_FACE = 0.4, 0.5
"""A palm, a face needs this score."""
LEAST_HAND = 0.5
"""What looks like a palm is a hand if its joints say so this surely."""
SAME = 0.3
"""Boxes that overlap this much (IoU) show one palm, or one face."""
FORWARD, GROWN = 0.5, 2.6
"""The square that shows a whole hand: the palm's, moved towards the fingers by this part of its side and grown."""
BATCH = 8
"""Hands that are read together; more take longer each on a processor."""
WRIST, MIDDLE_KNUCKLE = 0, 2
"""Points of a palm that tell how it is turned."""


class Hand(NamedTuple):
    """points : (21, 2), x and y of the joints in fractions of the frame; see `models.hand.POINTS`
    score  : how surely it is one, 0-1"""

    points: NDArray[np.float64]
    score: float

    @property
    def touch(self) -> NDArray[np.float64]:
        """Where it touches what it plays, x and y: the middle of the finger tips. Of single joints and their mixtures
        this came nearest to where people see an instrument touched."""
        return self.points[list(TIPS)].mean(axis=0)


class Mouth(NamedTuple):
    """x and y in fractions of the frame, and how surely there is a face around it, 0-1."""

    x: float
    y: float
    score: float


@dataclass(frozen=True)
class Finder:
    """The networks that find hands and mouths, in eval mode.

    used : what the result says about them
    """

    hands: Hands
    faces: FaceDetector
    used: tuple[ModelUsed, ...] = ()


class _Palm(NamedTuple):
    """score 0-1; box: x and y of the middle, width, height; points (7, 2): px of the frame."""

    score: float
    box: NDArray[np.float64]
    points: NDArray[np.float64]


def load() -> Finder:
    """The bundled networks. Raises MiloError where a checkpoint cannot be had."""
    hands, faces = (weights.load(role) for role in ("hands", "faces"))
    return Finder(hands.module, faces.module, (hands.used, faces.used))


def find_hands(
    frames: Sequence[NDArray[np.uint8]], looks: Sequence[Sequence[Look]], finder: Finder
) -> list[list[Hand]]:
    """The hands in each of some frames, RGB (height, width, 3), as its looks show them, surest first.

    17 ms a look and 14 ms a hand on one core.
    """
    seen = _spot(frames, looks, finder.hands.palms, PalmDetector.SIDE_PX, LEAST_PALM)
    palms = [(number, palm) for number, found in enumerate(seen) for palm in found]
    hands: list[list[Hand]] = [[] for _ in frames]
    if palms:
        joints, presence = _joints([frames[number] for number, _ in palms], [palm for _, palm in palms], finder.hands)
        for (number, palm), points, present in zip(palms, joints, presence, strict=True):
            if present >= LEAST_HAND:
                height, width = frames[number].shape[:2]
                hands[number].append(Hand(points / (width, height), palm.score * float(present)))
    return [sorted(found, key=lambda hand: -hand.score) for found in hands]


def find_mouths(
    frames: Sequence[NDArray[np.uint8]], looks: Sequence[Sequence[Look]], finder: Finder
) -> list[list[Mouth]]:
    """The mouths in each of some frames, surest first. 3 ms a look on one core."""
    seen = _spot(frames, looks, finder.faces, FaceDetector.SIDE_PX, LEAST_FACE)
    mouths = []
    for frame, faces in zip(frames, seen, strict=True):
        places = [(*(face.points[FaceDetector.MOUTH] / frame.shape[1::-1]), face.score) for face in faces]
        mouths.append([Mouth(float(x), float(y), score) for x, y, score in places])
    return mouths


@torch.inference_mode()
def _spot(
    frames: Sequence[NDArray[np.uint8]],
    looks: Sequence[Sequence[Look]],
    detector: PalmDetector | FaceDetector,
    side_px: int,
    least: float,
) -> list[list[_Palm]]:
    """What a detector finds in each frame, each thing once, surest first."""
    found: list[list[_Palm]] = [[] for _ in frames]
    pairs = [(number, look) for number, some in enumerate(looks) for look in some]
    if not pairs:
        return found
    squares = np.stack([letterboxed(frames[number], look, side_px) for number, look in pairs])
    device = next(detector.parameters()).device
    spotted: Spotted = detector(torch.from_numpy(squares).to(device).permute(0, 3, 1, 2) / 255)
    scores, boxes, points = (part.float().cpu().numpy() for part in spotted)
    for (number, look), score, box, point in zip(pairs, scores, boxes, points, strict=True):
        height, width = frames[number].shape[:2]
        for anchor in np.flatnonzero(score >= least).tolist():
            size = box[anchor, 2:] * max(look.width, look.height)
            placed = np.concatenate([in_frame(look, box[anchor, :2]), size])
            if not cut(look, placed, height, width):
                found[number].append(_Palm(float(score[anchor]), placed, in_frame(look, point[anchor])))
    return [_merged(some) for some in found]


def _merged(found: Sequence[_Palm]) -> list[_Palm]:
    """Each thing once: of what overlaps a surer one, the mean, the surer the more it counts."""
    left, merged = sorted(found, key=lambda palm: -palm.score), []
    while left:
        same = [palm for palm in left if palm is left[0] or _iou(left[0].box, palm.box) > SAME]
        share = np.array([palm.score for palm in same])
        share /= share.sum()
        box = sum(part * palm.box for part, palm in zip(share, same, strict=True))
        points = sum(part * palm.points for part, palm in zip(share, same, strict=True))
        merged.append(_Palm(left[0].score, np.asarray(box), np.asarray(points)))
        taken = {id(palm) for palm in same}
        left = [palm for palm in left if id(palm) not in taken]
    return merged


def _iou(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of two boxes given by their middles and sizes."""
    low = np.maximum(one[:2] - one[2:] / 2, other[:2] - other[2:] / 2)
    high = np.minimum(one[:2] + one[2:] / 2, other[:2] + other[2:] / 2)
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / float(np.prod(one[2:]) + np.prod(other[2:]) - shared + 1e-9)


@torch.inference_mode()
def _joints(
    frames: Sequence[NDArray[np.uint8]], palms: Sequence[_Palm], networks: Hands
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Of palms in as many frames: the joints (palm, 21, 2) in px, and how surely there are any (palm,)."""
    turns = [_turn(palm) for palm in palms]
    crops = [
        cv2.warpAffine(frame, turn, (hand_network.SIDE_PX,) * 2, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        for frame, turn in zip(frames, turns, strict=True)
    ]
    device = next(networks.parameters()).device
    pictures = torch.from_numpy(np.stack(crops)).to(device).permute(0, 3, 1, 2)
    read = [networks.landmarks(some / 255) for some in pictures.split(BATCH)]
    points = torch.cat([some.points for some in read]).double().cpu().numpy() * hand_network.SIDE_PX
    placed = [point @ turn[:, :2].T + turn[:, 2] for point, turn in zip(points, turns, strict=True)]
    return np.stack(placed), torch.cat([some.presence for some in read]).float().cpu().numpy()


def _turn(palm: _Palm) -> NDArray[np.float64]:
    """From px of the upright picture of a hand to px of the frame, (2, 3)."""
    right, down = palm.points[MIDDLE_KNUCKLE] - palm.points[WRIST]
    ahead = np.array([right, down]) / max(float(np.hypot(right, down)), 1e-9)  # where the fingers point
    side = float(palm.box[2:].max())
    middle = palm.box[:2] + FORWARD * side * ahead
    scale = GROWN * side / hand_network.SIDE_PX
    # The picture's y runs against the fingers, its x a quarter turn on.
    axes = scale * np.array([[-ahead[1], -ahead[0]], [ahead[0], -ahead[1]]])
    return np.column_stack([axes, middle - axes @ np.full(2, hand_network.SIDE_PX / 2)])
