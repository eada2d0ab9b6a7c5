"""Who of several plays: whose hands move when something begins to sound.

Two players who both move can only be told apart by time. Most happens at hands when strings are struck and bows turn,
so that what changes there goes with the strength of onsets, over some seconds: nine of ten players of string quintets
are told apart by that (Li et al. 2017). Here it makes a weight between 0 and 1 against whose hands go best with the
sound.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from milo_demo.features.flow import PER_STEP
from milo_demo.playing.hands import Hand
from milo_demo.playing.touch import Size, distances

SPAN = 32
"""Flows (about 4 s) on either side of a step over which movement and sound are compared."""
FEWEST = 24
"""Fewer flows than this (3 s) tell nothing."""
LAGS = (-1, 0, 1)
"""Flows by which the sound may be early or late: pictures and sound are seldom closer."""
MIDDLE = 2
ONSET_SMOOTHED = 2
"""Width of the Gaussian over onset strengths, in their frames."""
SMOOTHED, NEAR_PX = 1, 36.0
"""Changes are smoothed with a Gaussian of this width, cells, and count within this distance of finger tips."""
DIFFERENCE = 0.2
"""Of two players whose correlations with the sound differ by this much, the worse one counts 0.37 times."""


class Rivals:
    """Compares the players of a clip, step by step.

    changes : (flow, row, column), see `features.flow.Movement`
    onsets  : (frame, 4), see `features.tempo.Onsets`, of the same time; None without sound
    hands   : per step, by the number of each player there, its hands
    """

    def __init__(
        self,
        changes: NDArray[np.floating],
        onsets: NDArray[np.floating] | None,
        hands: Sequence[Mapping[int, Sequence[Hand]]],
        size: Size,
    ) -> None:
        self._changes, self._hands, self._size = changes, hands, size
        self._sound = None if onsets is None else begins(onsets, len(changes))
        self._moves: dict[int, tuple[int, NDArray[np.float64]]] = {}

    def shares(self, step: int) -> dict[int, float]:
        """How much each player that is there counts, 0-1, the likeliest 1."""
        players = list(self._hands[step])
        if len(players) < 2 or self._sound is None:
            return dict.fromkeys(players, 1.0)
        moves = [self._movement(player) for player in players]
        first = max(PER_STEP * step - SPAN, 1, *(begin for begin, _ in moves))
        end = min(PER_STEP * step + SPAN, *(begin + len(moved) for begin, moved in moves))
        if end - first < FEWEST:
            return dict.fromkeys(players, 1.0)
        fits = [correlation(moved[first - begin : end - begin], self._sound, first) for begin, moved in moves]
        return {
            player: float(np.exp((fit - max(fits)) / DIFFERENCE)) for player, fit in zip(players, fits, strict=True)
        }

    def _movement(self, player: int) -> tuple[int, NDArray[np.float64]]:
        """The first flow of a player, and how much changes at its hands from there on."""
        if player not in self._moves:
            there = [step for step, players in enumerate(self._hands) if player in players]
            known = [step for step in there if self._hands[step][player]]
            shape = self._changes.shape[1:]
            moves: list[float] = []
            for step in range(there[0], there[-1] + 1):
                near: NDArray[np.bool_] | np.bool_ = np.bool_(False)
                if known:
                    hands = self._hands[min(known, key=lambda other: abs(other - step))][player]
                    away = [distances(hand.touch.tolist(), self._size, shape) for hand in hands]
                    near = np.min(away, axis=0) < NEAR_PX
                for change in self._changes[PER_STEP * step : PER_STEP * (step + 1)].astype(np.float32):
                    moves.append(float(gaussian_filter(change, SMOOTHED).max(initial=0, where=near)))
            self._moves[player] = PER_STEP * there[0], np.array(moves)
        return self._moves[player]


def begins(onsets: NDArray[np.floating], flows: int) -> NDArray[np.float64]:
    """How much begins to sound between one picture and the next, (flow,), of onset strengths (frame, 4): those of the
    loudness in the middle bands, where most notes lie."""
    if not len(onsets):
        return np.zeros(flows)
    smooth = gaussian_filter1d(onsets[:, MIDDLE].astype(np.float64), ONSET_SMOOTHED)
    return np.interp((np.arange(flows) - 0.5) * len(onsets) / max(flows, 1), np.arange(len(smooth)), smooth)


def correlation(moved: NDArray[np.floating], sound: NDArray[np.floating], first: int) -> float:
    """How well a movement goes with the sound from its flow `first` on, -1 to 1: the best over the LAGS; 0 where
    nothing moves or nothing sounds."""
    fits = []
    for lag in LAGS:
        start = max(0, -(first + lag))
        heard = sound[first + lag + start : first + lag + len(moved)]
        one = moved[start : start + len(heard)]
        one, other = one - one.mean(), heard - heard.mean()
        norm = float(np.sqrt((one**2).sum() * (other**2).sum()))
        fits.append(float((one * other).sum()) / norm if norm > 1e-9 else 0.0)
    return max(fits)
