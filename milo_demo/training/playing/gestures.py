"""How hands, bows and sticks move as the notes of a score demand, kind by kind.

All places are pixels of the instrument's cut-out (`anatomy`), all times seconds of the score. Between the notes of a
part a player rests: hands stay, sink or fidget, and none of that is playing.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.training.playing.anatomy import Anatomy

Point = NDArray[np.float64]
BREATH_S = 0.7
"""Rests shorter than this belong to the phrase: the hands go on."""
READY_S, LEAVING_S, MOVING_S = 0.25, 0.2, 0.3
"""Hands are back so long before a note, stay so long after the last one, and take so long to move."""
CHORD_S = 0.04
SINKS, FIDGETS, STILL = 0.3, 0.15, 0.002
"""Hands at rest: how often they sink, how often they fidget, and how far they move where they are held still, as a
share of the instrument's length."""
SWING, SWING_S = 0.35, (0.06, 0.2)
"""A stick is up again after this share of the time between two strokes, within these bounds."""
STRUM_S = 0.05
PRESS_S = 0.12
BOWED = ("cello", "erhu", "violin")
STRUCK = ("congas", "drum", "xylophone")
KEYED = ("guzheng", "piano")
WINDS = (
    "bagpipe", "bassoon", "clarinet", "flute", "french_horn", "recorder", "saxophone", "trombone", "trumpet", "tuba",
)  # fmt: skip


class Hand(NamedTuple):
    """place : of the hand; meets : where it, or its tool, touches the instrument; tool : ends of a bow or stick (2, 2),
    or None; pose : which fingers are down, any whole number"""

    place: Point
    meets: Point
    tool: NDArray[np.float64] | None = None
    pose: int = 0


class Part:
    """The notes that a player has, as times that bodies can follow.

    notes : (note, 4) onset and duration in seconds, pitch, velocity
    """

    def __init__(self, notes: NDArray[np.float64]) -> None:
        notes = notes[np.argsort(notes[:, 0], kind="stable")]
        first = np.diff(notes[:, 0], prepend=-np.inf) > CHORD_S
        group = np.cumsum(first) - 1
        self.onsets_s = notes[first, 0]
        self.ends_s = np.zeros(len(self.onsets_s))
        np.maximum.at(self.ends_s, group, notes[:, 0] + notes[:, 1])
        pitch = np.bincount(group, notes[:, 2]) / np.bincount(group)
        low, high = notes[:, 2].min(), notes[:, 2].max()
        self.pitches = pitch.round().astype(int)
        self.heights = (pitch - low) / max(1.0, high - low)
        last = np.maximum.accumulate(self.ends_s)
        gaps = np.flatnonzero(self.onsets_s[1:] - last[:-1] > BREATH_S)
        begins = np.concatenate([[-np.inf], last[gaps], last[-1:]])
        ends = np.concatenate([self.onsets_s[:1], self.onsets_s[gaps + 1], [np.inf]])
        self.rests = np.stack([begins, ends], axis=1)

    def sounds(self, at_s: float) -> bool:
        """Is it being played: in the middle of a phrase, from its first onset to the end of its last note?"""
        begins, ends = self.rests.T
        return not bool(((begins < at_s) & (at_s < ends)).any())

    def rest(self, at_s: float) -> tuple[int, float]:
        """Which rest is nearest, and how far into it the body is: 0 plays, 1 rests."""
        begins, ends = self.rests.T
        inside = np.minimum(at_s - begins - LEAVING_S, ends - READY_S - at_s) / MOVING_S
        number = int(inside.argmax())
        return number, float(np.clip(inside[number], 0, 1))

    def note(self, at_s: float) -> int:
        """The last note that has begun; before the first one, the first."""
        return max(0, int(np.searchsorted(self.onsets_s, at_s, side="right")) - 1)

    def since(self, at_s: float) -> float:
        """Seconds since the last onset; many before the first one."""
        return at_s - self.onsets_s[self.note(at_s)] if at_s >= self.onsets_s[0] else 1e3

    def height(self, at_s: float) -> float:
        """How high the note is in the part's range, 0-1; the hand is there before it sounds."""
        return glide(at_s, self.onsets_s, self.heights, 0.12)

    def stroke(self, at_s: float, slur: int) -> float:
        """Where a bow is, 0 (at its frog) to 1: one direction for `slur` notes."""
        starts, ends = self.onsets_s[::slur], self.onsets_s[slur::slur]
        ends = np.append(ends, self.ends_s[-1])
        ends = np.minimum(ends, starts + np.maximum(0.3, slur * 1.2))
        turns = np.arange(len(starts)) % 2
        return float(np.interp(at_s, np.stack([starts, ends], 1).ravel(), np.stack([turns, 1 - turns], 1).ravel()))


def glide(at_s: float, onsets_s: NDArray, values: NDArray, moving_s: float) -> float:
    """A value that is held from each onset on, and moves to the next one just before it."""
    leaves = np.maximum(onsets_s[1:] - moving_s, 0.5 * (onsets_s[1:] + onsets_s[:-1]))
    times = np.concatenate([[onsets_s[0]], np.stack([leaves, onsets_s[1:]], 1).ravel()])
    held = np.concatenate([[values[0]], np.stack([values[:-1], values[1:]], 1).ravel()])
    return float(np.interp(at_s, times, held))


def _swing_s(onsets_s: NDArray, at_s: float) -> float:
    """How long a stick takes to rise between the two strokes around a moment."""
    after = int(np.searchsorted(onsets_s, at_s))
    between_s = onsets_s[after] - onsets_s[after - 1] if 0 < after < len(onsets_s) else SWING_S[1]
    return float(np.clip(SWING * between_s, *SWING_S))


class Gesture:
    """A player's hands over time.

    hands(at_s)   : the hands, resting or not
    mouth         : where the instrument is blown, or None
    stretch(at_s) : by how much it is longer than in its photo: bellows
    """

    def __init__(self, kind: str, anatomy: Anatomy, part: Part, rng: Generator) -> None:
        self.anatomy, self.part, self.rng = anatomy, part, rng
        self.mouth: Point | None = None
        self._open = rng.uniform(0.08, 0.25) if kind == "accordion" else 0.0
        self._slur = int(rng.integers(1, 4))
        self._hands: Callable[[float], list[Hand]]
        self._hands = self._for(kind)
        count = len(self._hands(0.0))
        rests = len(part.rests)
        length = anatomy.length
        sinks = rng.random((rests, 1)) < SINKS
        self._sink = np.where(sinks, rng.uniform(0.1, 0.5, (rests, count)), 0.0) * length
        fidgets = rng.random((rests, 1)) < FIDGETS
        self._fidget = np.where(fidgets, rng.uniform(0.03, 0.12, (rests, count)), STILL) * length
        self._rate = rng.uniform(0.3, 1.8, (rests, count))
        self._turn = rng.uniform(0, 2 * np.pi, (rests, count))

    def hands(self, at_s: float) -> list[Hand]:
        """The hands as they are; where nothing is played, away from where they would play."""
        number, resting = self.part.rest(at_s)
        if not resting:
            return self._hands(at_s)
        begin_s, end_s = self.part.rests[number]
        still_s = begin_s + LEAVING_S if np.isfinite(begin_s) else end_s
        shown = []
        for k, (last, now) in enumerate(zip(self._hands(still_s), self._hands(at_s), strict=True)):
            turn = self._turn[number, k]
            phase = 2 * np.pi * self._rate[number, k] * at_s + turn
            away = self._fidget[number, k] * np.sin(phase) * np.array([np.cos(turn), np.sin(turn)])
            away = away + np.array([0.0, self._sink[number, k]])
            place = now.place + resting * (last.place + away - now.place)
            tool = None
            if last.tool is not None and now.tool is not None:
                tool = now.tool + resting * (last.tool + away - now.tool)
            shown.append(Hand(place, last.meets, tool, last.pose))
        return shown

    def stretch(self, at_s: float) -> float:
        return 1 + self._open * self.part.stroke(at_s, 2 * self._slur)

    def _for(self, kind: str) -> Callable[[float], list[Hand]]:
        if kind in BOWED:
            return self._bowed()
        if kind in STRUCK:
            return self._struck(kind)
        if kind in KEYED:
            return self._pressed(0.55, (0.12, 0.88))
        if kind == "accordion":
            return self._squeezed()
        if kind == "harp":
            return self._pressed(0.45, (0.35, 0.8))
        if kind in WINDS:
            return self._blown(kind)
        return self._plucked()

    def _bowed(self) -> Callable[[float], list[Hand]]:
        bridge = self.anatomy.at(self.rng.uniform(0.26, 0.4))
        tilt = self.rng.normal(0, 0.15)
        side = self.rng.choice([-1.0, 1.0])
        away = side * (self.anatomy.across + tilt * self.anatomy.along)
        reach = self.rng.uniform(0.6, 1.0) * self.anatomy.length

        def hands(at_s: float) -> list[Hand]:
            out = 0.1 + 0.8 * self.part.stroke(at_s, self._slur)
            bow = np.stack([bridge + away * reach * out, bridge - away * reach * (1 - out)])
            stop = self.anatomy.at(0.92 - 0.25 * self.part.height(at_s))
            return [Hand(bow[0], bridge, bow), Hand(stop, stop, None, self.part.note(at_s))]

        return hands

    def _plucked(self) -> Callable[[float], list[Hand]]:
        strings = self.anatomy.at(self.rng.uniform(0.22, 0.38))
        swing = self.rng.uniform(0.03, 0.1) * self.anatomy.length * self.anatomy.across
        turns = np.arange(len(self.part.onsets_s) + 1) % 2 * 2.0 - 1
        onsets = self.part.onsets_s
        times = np.stack([onsets - STRUM_S / 2, onsets + STRUM_S], 1).ravel()
        sides = np.stack([turns[:-1], turns[1:]], 1).ravel()
        times = np.maximum.accumulate(times)

        def hands(at_s: float) -> list[Hand]:
            side = np.interp(at_s, times, sides)
            stop = self.anatomy.at(0.9 - 0.28 * self.part.height(at_s), 0.3)
            return [Hand(strings + side * swing, strings), Hand(stop, stop, None, self.part.note(at_s))]

        return hands

    def _struck(self, kind: str) -> Callable[[float], list[Hand]]:
        anatomy, part, rng = self.anatomy, self.part, self.rng
        if kind == "xylophone":
            spots = np.array([anatomy.at(0.1 + 0.8 * height, 0.45) for height in part.heights])
        else:
            known = {pitch: anatomy.at(rng.uniform(0.15, 0.85), rng.uniform(0.1, 0.4)) for pitch in set(part.pitches)}
            spots = np.array([known[pitch] for pitch in part.pitches])
        lift = rng.uniform(0.1, 0.25) * anatomy.length
        reach = 0.0 if kind == "congas" else rng.uniform(0.2, 0.35) * anatomy.length
        takes = np.arange(len(spots)) % 2 if len(spots) > 1 else np.zeros(1, int)
        mine = [np.flatnonzero(takes == k) for k in range(2) if (takes == k).any()]
        leans = rng.uniform(-0.5, 0.5, len(mine))

        def hands(at_s: float) -> list[Hand]:
            shown = []
            for own, lean in zip(mine, leans, strict=True):
                onsets = part.onsets_s[own]
                spot = np.array([glide(at_s, onsets, spots[own, axis], 0.15) for axis in range(2)])
                up = 1 - np.exp(-((np.abs(onsets - at_s).min() / _swing_s(onsets, at_s)) ** 2))
                tip = spot - (0.0, lift * up)
                place = tip + reach * np.array([lean, 0.8])
                shown.append(Hand(place, spot, np.stack([place, tip]) if reach else None))
            return shown

        return hands

    def _pressed(self, row: float, span: tuple[float, float]) -> Callable[[float], list[Hand]]:
        """Two hands beside each other over keys or strings, the lower one for the lower notes."""
        anatomy, part = self.anatomy, self.part
        row += self.rng.uniform(-0.08, 0.08)
        dip = self.rng.uniform(0.03, 0.08) * anatomy.length

        def hands(at_s: float) -> list[Hand]:
            height, down = part.height(at_s), dip * np.exp(-part.since(at_s) / PRESS_S)
            upper, note = height > 0.5, part.note(at_s)
            shown = []
            for own, place in ((not upper, min(height, 0.42)), (upper, max(height, 0.58))):
                spot = anatomy.at(span[0] + (span[1] - span[0]) * place, row)
                pressed = down if own else 0.5 * down
                shown.append(Hand(spot + np.array([0.0, pressed]), spot, None, note if own else note // 2))
            return shown

        return hands

    def _squeezed(self) -> Callable[[float], list[Hand]]:
        def hands(at_s: float) -> list[Hand]:
            note, press = self.part.note(at_s), 0.02 * self.anatomy.length * np.exp(-self.part.since(at_s) / PRESS_S)
            right = self.anatomy.at(0.9, 0.35 + 0.3 * self.part.height(at_s))
            left, middle = self.anatomy.at(0.08, 0.5), self.anatomy.at(0.5, 0.5)
            return [Hand(right - (press, 0.0), right, None, note), Hand(left, middle)]

        return hands

    def _blown(self, kind: str) -> Callable[[float], list[Hand]]:
        anatomy, part, rng = self.anatomy, self.part, self.rng
        if anatomy.standing:
            self.mouth = anatomy.at(rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.25))
            grips = [anatomy.at(rng.uniform(0.3, 0.7), rng.uniform(0.35, 0.7)) for _ in range(2)]
        else:
            self.mouth = anatomy.at(0.97)
            grips = [anatomy.at(rng.uniform(0.25, 0.5)), anatomy.at(rng.uniform(0.5, 0.75))]
        small = rng.normal(0, 0.02 * anatomy.length, (len(part.onsets_s), 2, 2))

        def hands(at_s: float) -> list[Hand]:
            note = part.note(at_s)
            held = np.exp(-part.since(at_s) / 0.25)
            shown = [Hand(grip + held * small[note, k], grip, None, note + k) for k, grip in enumerate(grips)]
            if kind == "trombone":
                slide = anatomy.at(0.2 + 0.4 * part.height(at_s))
                shown[0] = Hand(slide, slide)
            return shown

        return hands
