"""How much the players move, and how that, what is heard and what is seen together say that an instrument is played.

A hand that plays moves by its own length several times a second; one that rests, or is painted or photographed, does
not, whatever the camera does. So speed is measured in lengths of the hand, which is the same for the near and the far.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from milo_demo.features.flow import CELL_PX, PER_STEP, speed
from milo_demo.geometry import Detection, contains
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.touch import GROWN, VOICE, Size, places

AROUND = PER_STEP
"""Flows on either side of a step that count: half a second."""
SMOOTHED = 2
"""Width of the Gaussian that movement is smoothed with, cells."""
NEAR_PX, NEAR = 20.0, 0.2
"""A hand moves as what moves within its reach: where a Gaussian of this width, as high as the hand is sure, is above
that."""
WRIST, MIDDLE_KNUCKLE = 0, 9
SMALLEST_HAND_PX = 8.0
"""From wrist to knuckle. What seems smaller is measured badly."""
LENGTHS_PER_S = 0.25
"""Speed at which a hand moves clearly."""
PX_PER_S = 8.0
"""The same for what moves where no hand is found, which is believed but half."""
WITHOUT_HAND = 0.5

FLOOR = 0.25
"""What is touched and moves, and which no name explains, may be any instrument that may be here."""
BY_ANY_NAME = 0.5
"""What the eye has no name for is seen so surely where something else is seen to be touched."""
SEEN_PX = 20.0
"""An instrument is seen at a hand if its map says so within this distance; farther away it fades with this width."""
PLAYED = 0.1
"""The product that stands for a score of 0.5: between most of what is played and nearly all of what is not."""


def energy(vectors: NDArray[np.floating], step: int) -> NDArray[np.float32]:
    """What moves at a step more than the picture does as a whole, px per second, smoothed: (row, column).

    vectors : (flow, 2, row, column), see `features.flow.Movement`

    The median is what a noisy picture, or a camera that was not quite made out, moves everywhere; it adds to what is
    there as noise does.
    """
    around = vectors[max(0, PER_STEP * step - AROUND + 1) : PER_STEP * step + AROUND + 1]
    moves = gaussian_filter(speed(around).mean(axis=0), SMOOTHED)
    return np.sqrt(np.maximum(moves**2 - np.median(moves) ** 2, 0), dtype=np.float32)


def hand_speeds(moving: NDArray[np.float32], hands: Sequence[Hand], size: Size) -> list[float]:
    """How fast each hand moves, in lengths of a hand per second."""
    y, x = places(size, moving.shape)
    speeds = []
    for hand in hands:
        reach_px = NEAR_PX * np.sqrt(2 * np.log(max(hand.score / NEAR, 1.05)))
        touch_x, touch_y = hand.touch * (size.width, size.height)
        near = np.hypot(x - touch_x, y - touch_y) < max(reach_px, CELL_PX)
        along = (hand.points[MIDDLE_KNUCKLE] - hand.points[WRIST]) * (size.width, size.height)
        speeds.append(float(moving.max(initial=0, where=near)) / max(float(np.hypot(*along)), SMALLEST_HAND_PX))
    return speeds


def seen_at(hands: Sequence[Hand], object_map: NDArray[np.floating], size: Size) -> NDArray[np.float64]:
    """How surely each instrument is seen where hands are, 0-1, (label,); without hands, anywhere.

    object_map : (label, row, column)
    """
    if not hands:
        return object_map.max(axis=(1, 2), initial=0).astype(np.float64)
    y, x = places(size, object_map.shape[1:])
    distances = [np.hypot(x - hand.touch[0] * size.width, y - hand.touch[1] * size.height) for hand in hands]
    beyond = np.maximum(np.min(distances, axis=0) - SEEN_PX, 0)
    return (object_map * np.exp(-((beyond / SEEN_PX) ** 2) / 2)).max(axis=(1, 2), initial=0).astype(np.float64)


def own_hands(hands: Sequence[Hand], own: Sequence[Detection], others: Sequence[Detection]) -> list[int]:
    """Which hands may be those of who plays an instrument: those at its boxes, and those at no box at all. Without a
    box of its own it may be any of the others', by another name."""
    if not own:
        return list(range(len(hands)))
    own, others = _grown(own), _grown(others)
    return [
        number for number, hand in enumerate(hands) if contains(own, *hand.touch) or not contains(others, *hand.touch)
    ]


def evidence(
    hands: Sequence[Hand],
    speeds: Sequence[float],
    moves: NDArray[np.float32],
    own: Sequence[Detection],
    others: Sequence[Detection],
    seen: float,
) -> float:
    """How clearly somebody who is there plays an instrument, by the picture alone, 0-1.

    speeds      : of the hands, see `hand_speeds`
    moves       : (row, column), see `energy`
    own, others : the instrument's boxes and the others', see `own_hands`
    seen        : how surely any instrument is seen, 0-1

    Where none of the hands is its player's, what moves within its boxes, or anywhere, stands for them.
    """
    mine = own_hands(hands, own, others)
    if mine:
        moving = _clearly(max(speeds[number] for number in mine) / LENGTHS_PER_S)
        return moving * max(seen, *(hands[number].score for number in mine))
    rows, columns = moves.shape
    within = np.full(moves.shape, not own)
    for box in own:
        top, bottom = max(0, int(box.y0 * rows)), int(np.ceil(box.y1 * rows))
        within[top:bottom, np.arange(int(box.x0 * columns), int(np.ceil(box.x1 * columns))) % columns] = True
    return WITHOUT_HAND * _clearly(float(moves.max(initial=0, where=within)) / PX_PER_S) * seen


def named(heard: NDArray[np.floating], seen: NDArray[np.floating], visible: Sequence[int]) -> NDArray[np.float64]:
    """How surely what is played is each label, 0-1, (label,).

    heard   : (label,), what sounds
    seen    : (label,), what is seen where hands are
    visible : the labels that the eye has names for

    What another label explains well is not this one; what none explains may be any. The voice is played by nobody.
    """
    seen = seen.astype(np.float64).copy()
    unnamed = np.setdiff1d(np.arange(len(LABELS)), visible)
    seen[unnamed] = np.maximum(seen[unnamed], BY_ANY_NAME * seen.max(initial=0))
    both = np.sqrt(heard * seen)
    both[VOICE] = 0
    best, second = np.sort(both)[[-1, -2]]
    rival = np.where(both == best, second, best)
    floor = FLOOR * (1 - rival) ** 2
    surely = floor + (1 - floor) * both
    surely[VOICE] = 0
    return surely


def calibrated(product: NDArray[np.floating]) -> NDArray[np.float32]:
    """Products of what speaks for an instrument's being played, as scores: 0.5 from PLAYED on."""
    squared = np.square(product, dtype=np.float64)
    return (squared / (squared + PLAYED**2)).astype(np.float32)


def _clearly(relative: float) -> float:
    return float(1 - np.exp(-(relative**2)))


def _grown(boxes: Sequence[Detection]) -> list[Detection]:
    """Boxes with what lies close around them; those across the seam of a 360° frame on both sides of it."""
    grown = []
    for box in boxes:
        across, down = GROWN * (box.x1 - box.x0), GROWN * (box.y1 - box.y0)
        box = box._replace(x0=box.x0 - across, y0=box.y0 - down, x1=box.x1 + across, y1=box.y1 + down)
        grown += [box, box._replace(x0=box.x0 - 1, x1=box.x1 - 1)] if box.x1 > 1 + across else [box]
    return grown
