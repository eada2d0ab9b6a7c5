"""How much the players move, and how that, what is heard and what is seen together say that an instrument is played.

Where a hand plays, the picture changes a few times a second by about its own contrast; where one rests, or is painted
or photographed, it hardly does, whatever the camera does and however near the hand is.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.features.flow import PER_STEP
from milo_demo.geometry import Detection, turns
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.touch import GROWN, VOICE, Size, distances

AROUND = PER_STEP
"""Changes on either side of a step that count: half a second."""
NEAR_PX = 24.0
"""What changes within this distance of its finger tips is a hand's doing."""
CHANGED, WITHOUT_HAND = 0.5, 0.8
"""Change that is as likely as not a player's: at a hand, and where none is found. Of annotated steps in which somebody
plays 99 of 100 lie above 0.55 at a hand; of instruments that are held, and of still pictures that a camera zooms into,
as many lie below 0.26, and below 0.5 elsewhere."""
STEEP = 4
"""How fast doubt turns into certainty about it: from 0.2 to 0.8 within a factor of two."""
HALF = 0.5
"""What changes where no hand is found is believed by half."""

FLOOR = 0.25
"""What is touched and moves, and which no name explains, may be any instrument that may be here."""
BY_ANY_NAME = 0.5
"""What the eye has no name for is seen so surely where something else is seen to be touched."""
FADES = 0.95
"""What was seen where hands are fades by this a step: by half in seven seconds."""
SEEN_PX = 20.0
"""An instrument is seen at a hand if its map says so within this distance; farther away it fades with this width."""
PLAYED = 0.1
"""The product that stands for a score of 0.5: between most of what is played and nearly all of what is not."""


def changing(changes: NDArray[np.floating], step: int) -> NDArray[np.float32]:
    """How much the picture changes around a step, (row, column).

    changes : (flow, row, column), see `features.flow.Movement`
    """
    around = changes[max(0, PER_STEP * step - AROUND + 1) : PER_STEP * step + AROUND + 1]
    return around.astype(np.float32).mean(axis=0)


def at_hands(change: NDArray[np.float32], hands: Sequence[Hand], size: Size) -> list[float]:
    """The most that changes at each hand.

    change : (row, column), see `changing`
    """
    away = [distances(hand.touch.tolist(), size, change.shape) for hand in hands]
    return [float(change.max(initial=0, where=one < NEAR_PX)) for one in away]


def seen_at(hands: Sequence[Hand], object_map: NDArray[np.floating], size: Size) -> NDArray[np.float64]:
    """How surely each instrument is seen where hands are, 0-1, (label,); without hands, anywhere.

    object_map : (label, row, column)
    """
    if not hands:
        return object_map.max(axis=(1, 2), initial=0).astype(np.float64)
    away = [distances(hand.touch.tolist(), size, object_map.shape[1:]) for hand in hands]
    beyond = np.maximum(np.min(away, axis=0) - SEEN_PX, 0)
    return (object_map * np.exp(-((beyond / SEEN_PX) ** 2) / 2)).max(axis=(1, 2), initial=0).astype(np.float64)


def own_hands(
    hands: Sequence[Hand], own: Sequence[Detection], others: Sequence[Detection], wraps: bool = False
) -> list[int]:
    """Which hands may be those of who plays an instrument: those at its boxes, and those at no box that are nearer to
    them than to the others. Without a box of its own it may be any of the others', by another name.

    wraps : the frame is 360° wide
    """
    if not own:
        return list(range(len(hands)))
    return [number for number, hand in enumerate(hands) if _outside(hand, own, wraps) <= _outside(hand, others, wraps)]


def evidence(
    hands: Sequence[Hand],
    moving: Sequence[float],
    change: NDArray[np.float32],
    own: Sequence[Detection],
    others: Sequence[Detection],
    seen: float,
    wraps: bool = False,
) -> float:
    """How clearly somebody who is there plays an instrument, by the picture alone, 0-1.

    moving      : what changes at each hand, see `at_hands`
    change      : (row, column), see `changing`
    own, others : the instrument's boxes and the others', see `own_hands`
    seen        : how surely any instrument is seen, 0-1
    wraps       : the frame is 360° wide

    Where none of the hands is its player's, what changes within its boxes, or anywhere, stands for them.
    """
    mine = own_hands(hands, own, others, wraps)
    if mine:
        clear = _clearly(max(moving[number] for number in mine) / CHANGED)
        return clear * max(seen, *(hands[number].score for number in mine))
    rows, columns = change.shape
    within = np.full(change.shape, not own)
    for box in own:
        top, bottom = max(0, int(box.y0 * rows)), int(np.ceil(box.y1 * rows))
        within[top:bottom, np.arange(int(box.x0 * columns), int(np.ceil(box.x1 * columns))) % columns] = True
    return HALF * _clearly(float(change.max(initial=0, where=within)) / WITHOUT_HAND) * seen


def named(
    heard: NDArray[np.floating],
    seen: NDArray[np.floating],
    visible: Sequence[int],
    lately: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """How surely what is played is each label, 0-1, (label,).

    heard   : (label,), what sounds
    seen    : (label,), what is seen where hands are
    visible : the labels that the eye has names for
    lately  : (label,), what is seen there now or was shortly before or after, see `seen_lately`; as now, if not given

    What another label explains well, then or now, is not this one; what none explains may be any. The voice is played
    by nobody.
    """
    both = _heard_and_seen(heard, seen, visible)
    explained = both if lately is None else _heard_and_seen(heard, lately, visible)
    best, second = np.sort(explained)[[-1, -2]]
    rival = np.where(explained == best, second, best)
    floor = FLOOR * (1 - rival) ** 2
    surely = floor + (1 - floor) * both
    surely[VOICE] = 0
    return surely


def _heard_and_seen(
    heard: NDArray[np.floating], seen: NDArray[np.floating], visible: Sequence[int]
) -> NDArray[np.float64]:
    """(label,), 0-1"""
    seen = seen.astype(np.float64).copy()
    unnamed = np.setdiff1d(np.arange(len(LABELS)), visible)
    seen[unnamed] = np.maximum(seen[unnamed], BY_ANY_NAME * seen.max(initial=0))
    both = np.sqrt(heard * seen)
    both[VOICE] = 0
    return both


def seen_lately(seen: NDArray[np.floating], cuts: Collection[int] = ()) -> NDArray[np.floating]:
    """What is seen where hands are (step, label), each step with what was seen in the same shot before and after, the
    fainter the longer ago.

    cuts : the steps at which a new shot begins
    """
    lately = seen.copy()
    for step in range(1, len(seen)):
        if step not in cuts:
            lately[step] = np.maximum(lately[step], FADES * lately[step - 1])
    for step in range(len(seen) - 2, -1, -1):
        if step + 1 not in cuts:
            lately[step] = np.maximum(lately[step], FADES * lately[step + 1])
    return lately


def calibrated(product: NDArray[np.floating]) -> NDArray[np.float32]:
    """Products of what speaks for an instrument's being played, as scores: 0.5 from PLAYED on."""
    squared = np.square(product, dtype=np.float64)
    return (squared / (squared + PLAYED**2)).astype(np.float32)


def _clearly(relative: float) -> float:
    return relative**STEEP / (1 + relative**STEEP)


def _outside(hand: Hand, boxes: Sequence[Detection], wraps: bool) -> float:
    """How far a hand's touch lies outside of the nearest of the boxes, grown a little, in fractions of the frame: 0
    within one."""
    x, y = hand.touch.tolist()
    nearest = np.inf
    for box in boxes:
        middle_x, middle_y = box.middle
        across = x - middle_x - (turns(x, middle_x) if wraps else 0)
        beside = max(abs(across) - (0.5 + GROWN) * (box.x1 - box.x0), 0)
        above = max(abs(y - middle_y) - (0.5 + GROWN) * (box.y1 - box.y0), 0)
        nearest = min(nearest, float(np.hypot(beside, above)))
    return nearest
