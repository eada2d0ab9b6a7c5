"""The sense of playing: what was noticed while the eye looked, and what is heard and seen, in; who plays, and where the
instrument is touched, out."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Media, ModelUsed
from milo_demo.geometry import Detection
from milo_demo.grid import pool
from milo_demo.instruments import LABELS
from milo_demo.maps import one_peak
from milo_demo.playing.hands import Hand
from milo_demo.playing.memory import remembered
from milo_demo.playing.movement import movements
from milo_demo.playing.moving import at_hands, calibrated, changing, evidence, named, own_hands, seen_at, seen_lately
from milo_demo.playing.synchrony import Rivals
from milo_demo.playing.touch import Size, where
from milo_demo.playing.witness import Witness

KEPT = 0.02
"""Share of the map that says where, whether or not somebody plays: a silent track keeps its place."""
AROUND = 2
"""Steps on either side over which a player's evidence is taken, as far as they are there: of two, one must not lose for
a hand that is missed."""


@dataclass(frozen=True)
class Known:
    """What the other senses know of a clip.

    heard   : (step, label), 0-1; None without sound
    sounds  : (step,), 0-1, how surely any instrument sounds, be it one that has no name here; None without sound
    onsets  : (frame, 4), see `features.tempo.Onsets`; None without sound
    seen    : (step, label, row, column), 0-1
    boxes   : per step, the boxes by the number of the player that each shows
    visible : the labels that the eye has names for, by index
    cuts    : the steps at which a new shot begins
    first   : the step at which the picture begins; before it and after it nothing is played that can be seen
    """

    heard: NDArray[np.floating] | None
    sounds: NDArray[np.floating] | None
    onsets: NDArray[np.floating] | None
    seen: NDArray[np.floating]
    boxes: Sequence[Mapping[int, Detection]]
    visible: Sequence[int]
    cuts: Sequence[int] = ()
    first: int = 0


@dataclass(frozen=True)
class Played:
    """What is played in a clip.

    maps    : (step, label, row, column), 0-1, where each instrument is touched, as surely as it is played
    scores  : (step, label), 0-1, 0.5 being the point from which it counts as played; None without sound
    moved   : (step, label), 0-1, how surely somebody moves as who plays it does, heard or not
    players : per step, how surely each player plays, 0-1; none without sound
    touches : per step, where hands are, whosever: x and y in fractions of the frame, and how surely there is one
    models  : the networks that looked
    movement: (step, row, column), 0-1, what moves as if it played, see `movements`; empty where nobody was asked
    """

    maps: NDArray[np.float16]
    scores: NDArray[np.float32] | None
    moved: NDArray[np.float32]
    players: list[dict[int, float]]
    touches: list[list[tuple[float, float, float]]]
    models: tuple[ModelUsed, ...]
    movement: NDArray[np.float16]


def play(witness: Witness, known: Known, media: Media) -> Generator[float, None, Played]:
    """Say who plays, step by step; yield the fraction done, return what is played. Takes 6 ms a step.

    witness : has looked along with the eye (`seeing.watch`)

    No label is played more surely than it is there at all, and the voice is played by nobody.
    """
    steps, count, size = len(known.seen), len(witness.hands), Size.of(media.height, media.width, media.is_spherical)
    pictured = slice(known.first, known.first + count)
    boxes, seen = known.boxes[pictured], known.seen[pictured]
    heard = np.zeros((count, len(LABELS))) if known.heard is None else known.heard[pictured]
    sounds = np.zeros(count) if known.sounds is None else known.sounds[pictured]
    cuts = [cut - known.first for cut in known.cuts]
    movement = _movement(witness, cuts, pictured, steps)
    changes = witness.movement.changes(cuts)
    likely = remembered(witness.hands, cuts)
    evident = [_evident(likely[k], changing(changes, k), boxes[k], seen[k], size) for k in range(count)]
    rivals = Rivals(changes, _part(known.onsets, pictured, steps), _of_players(likely, boxes, size.wraps), size)
    here = _here(known)
    at = np.stack([seen_at(hands, shown, size) for hands, shown in zip(likely, seen, strict=True)])
    lately = seen_lately(at, cuts)
    maps = np.zeros((steps, len(LABELS), *size.cells), np.float16)
    scores, moved = np.zeros((steps, len(LABELS)), np.float32), np.zeros((steps, len(LABELS)), np.float32)
    players: list[dict[int, float]] = [{} for _ in range(steps)]
    touches: list[list[tuple[float, float, float]]] = [[] for _ in range(steps)]
    for number, hands in enumerate(likely):
        step, there = known.first + number, boxes[number]
        sounding = float(sounds[number]) * named(heard[number], at[number], known.visible, lately[number])
        moved[step] = np.minimum(calibrated(evident[number].by_label * at[number]), here)
        scores[step] = np.minimum(calibrated(evident[number].by_label * sounding), here)
        shares = rivals.shares(number)
        for player, box in there.items():
            near = evident[max(0, number - AROUND) : number + AROUND + 1]
            around = [each.by_player[player] for each in near if player in each.by_player]
            plays = float(calibrated(np.array(np.mean(around) * sounding[box.label])))
            players[step][player] = shares[player] * min(plays, float(here[box.label]))
        counted = [box._replace(score=shares[player]) for player, box in there.items()]
        touched = where(hands, witness.mouths[number], counted, seen[number], size)
        maps[step] = one_peak(touched * (KEPT + (1 - KEPT) * scores[step])[:, None, None])
        touches[step] = [(*hand.touch.tolist(), hand.score) for hand in witness.hands[number]]
        yield (number + 1) / count
    if known.heard is None:
        return Played(maps, None, moved, [{} for _ in players], touches, witness.used, movement)
    return Played(maps, scores, moved, players, touches, witness.used, movement)


def _movement(witness: Witness, cuts: Sequence[int], pictured: slice, steps: int) -> NDArray[np.float16]:
    """What moves as if it played, at all `steps` of the clip; a step without a picture has nothing that moves."""
    if witness.mover is None:
        return np.zeros((steps, 0, 0), np.float16)
    shown = movements(witness.movement.vectors(cuts), witness.mover)[: pictured.stop - pictured.start]
    after = steps - pictured.start - len(shown)
    return one_peak(np.pad(shown, [(pictured.start, after), (0, 0), (0, 0)]))


class _Evident(NamedTuple):
    """How clearly somebody plays at a step, by the picture alone: by player, and (label,)."""

    by_player: dict[int, float]
    by_label: NDArray[np.float64]


def _evident(
    hands: Sequence[Hand],
    change: NDArray[np.float32],
    boxes: Mapping[int, Detection],
    objects: NDArray[np.floating],
    size: Size,
) -> _Evident:
    moving, sure = at_hands(change, hands, size), float(objects.max(initial=0))
    by_player = {
        player: evidence(hands, moving, change, [box], _others(boxes, player), sure, size.wraps)
        for player, box in boxes.items()
    }
    by_label = np.full(len(LABELS), evidence(hands, moving, change, [], [], sure))
    for label in {box.label for box in boxes.values()}:
        by_label[label] = max(by_player[player] for player, box in boxes.items() if box.label == label)
    return _Evident(by_player, by_label)


def _here(known: Known) -> NDArray[np.float64]:
    """How surely each label is in the clip at all, by either sense, 0-1: (label,)."""
    seen = pool(known.seen.max(axis=(2, 3), initial=0))
    heard = np.zeros_like(seen) if known.heard is None else pool(known.heard)
    return np.asarray(1 - (1 - heard) * (1 - seen), np.float64)


def _part(onsets: NDArray[np.floating] | None, pictured: slice, steps: int) -> NDArray[np.floating] | None:
    """The onsets of some of a clip's steps."""
    if onsets is None:
        return None
    frames = len(onsets) // steps
    return onsets[pictured.start * frames : pictured.stop * frames]


def _of_players(
    found: Sequence[Sequence[Hand]], boxes: Sequence[Mapping[int, Detection]], wraps: bool
) -> list[dict[int, list[Hand]]]:
    """Per step, the hands of every player."""
    return [
        {
            player: [hands[one] for one in own_hands(hands, [box], _others(there, player), wraps)]
            for player, box in there.items()
        }
        for hands, there in zip(found, boxes, strict=True)
    ]


def _others(boxes: Mapping[int, Detection], player: int) -> list[Detection]:
    return [box for other, box in boxes.items() if other != player]
