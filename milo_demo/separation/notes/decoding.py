"""Who plays what, decided together: the likeliest notes of several players who each play one at a time.

A Viterbi search over what all of them play (joint decoding). Deciding player by player, two of them would claim the
same note; deciding frame by frame, notes would change hands.
"""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FAINTEST = 0.12
"""Evidence below which a pitch is nobody's candidate."""
CHANGE, PER_SEMITONE, WIDEST = 1.0, 0.12, 24
"""Costs of going from note to note, and of each semitone up to so many."""
REST = 2.0
"""Cost of beginning and of ending a rest."""
HANDOVER = 6.0
"""Cost of a sounding note that goes from one player to another."""
LEAST = 1e-3
MOST_STATES = 160
MOST_CANDIDATES = 5


class _States(NamedTuple):
    """What the players may play in one frame.

    pitches : (candidate,)
    plays   : (state, player) index of the candidate plus 1, 0 for a rest
    scores  : (state,) logarithms of probability
    """

    pitches: NDArray[np.int64]
    plays: NDArray[np.int64]
    scores: NDArray[np.float64]


def decode(evidence: NDArray[np.float32], owners: NDArray[np.float32], free: NDArray[np.float32]) -> NDArray[np.int64]:
    """The likeliest pitch of every player and frame.

    evidence : (pitch, frame) that a note sounds, 0-1
    owners   : (player, pitch, frame) whose it is, if it does, 0-1
    free     : (pitch, frame) that it is somebody else's, 0-1

    Returns (player, frame): the pitch's index, −1 for a rest. No two players play the same pitch at once.
    """
    players, _, frames = owners.shape
    if players == 0 or frames == 0:
        return np.full((players, frames), -1)
    history = []
    before, best = None, np.zeros(0)
    for frame in range(frames):
        states = _states(evidence[:, frame], owners[:, :, frame], free[:, frame])
        if before is None:
            best, came_from = states.scores, np.zeros(len(states.scores), np.int64)
        else:
            reached = best[:, None] - _costs(before, states)
            came_from = reached.argmax(axis=0)
            best = reached[came_from, np.arange(len(came_from))] + states.scores
        history.append((states, came_from))
        before = states
    at = int(best.argmax())
    path = np.full((players, frames), -1)
    for frame in range(frames - 1, -1, -1):
        states, came_from = history[frame]
        path[:, frame] = np.append(states.pitches, -1)[states.plays[at] - 1]
        at = int(came_from[at])
    return path


def _states(evidence: NDArray, owners: NDArray, free: NDArray) -> _States:
    """The likeliest of all ways to give the candidates of one frame to the players."""
    players = len(owners)
    pitches = _candidates(evidence, min(players + 1, MOST_CANDIDATES))
    plays = _assignments(len(pitches), players)
    sure = evidence[pitches].astype(np.float64)
    unclaimed = np.log(1 - sure + sure * free[pitches] + LEAST)
    claimed = np.log(sure + LEAST) + np.log(owners[:, pitches] + LEAST) - unclaimed
    gains = np.concatenate([np.zeros((players, 1)), claimed], axis=1)
    scores = unclaimed.sum() + gains[np.arange(players), plays].sum(axis=1)
    if len(scores) > MOST_STATES:
        kept = np.argpartition(-scores, MOST_STATES)[:MOST_STATES]
        plays, scores = plays[kept], scores[kept]
    return _States(pitches, plays, scores)


def _candidates(evidence: NDArray, most: int) -> NDArray[np.int64]:
    """The pitches that may sound, surest first; neighbours of a surer one only where they are sure themselves."""
    chosen: list[int] = []
    for pitch in np.argsort(-evidence):
        if evidence[pitch] <= FAINTEST or len(chosen) == most:
            break
        if evidence[pitch] > 0.6 or all(abs(pitch - other) > 1 for other in chosen):
            chosen.append(int(pitch))
    return np.array(chosen, np.int64)


_known: dict[tuple[int, int], NDArray[np.int64]] = {}


def _assignments(candidates: int, players: int) -> NDArray[np.int64]:
    """(state, player): every way to give candidates (from 1 on) or a rest (0) to the players, none of them twice."""
    key = candidates, players
    if key not in _known:
        plays = []
        for owners in itertools.product(range(players + 1), repeat=candidates):  # 0: nobody's
            claimed = [owner for owner in owners if owner]
            if len(set(claimed)) == len(claimed):
                row = np.zeros(players, np.int64)
                for candidate, owner in enumerate(owners):
                    if owner:
                        row[owner - 1] = candidate + 1
                plays.append(row)
        _known[key] = np.stack(plays)
    return _known[key]


def _costs(before: _States, after: _States) -> NDArray[np.float64]:
    """(state before, state after) what it costs the players to go on so."""
    pitches_before = np.append(-1, before.pitches)
    pitches_after = np.append(-1, after.pitches)
    apart = np.abs(pitches_before[:, None] - pitches_after[None])
    table = np.where(apart == 0, 0.0, CHANGE + PER_SEMITONE * np.minimum(apart, WIDEST))
    table[0, 1:] = table[1:, 0] = REST
    cost = np.zeros((len(before.plays), len(after.plays)))
    for player in range(before.plays.shape[1]):
        cost += table[before.plays[:, player][:, None], after.plays[:, player][None]]
    common, at_before, at_after = np.intersect1d(before.pitches, after.pitches, return_indices=True)
    for k in range(len(common)):
        one, other = _player_of(before.plays, at_before[k]), _player_of(after.plays, at_after[k])
        cost += HANDOVER * ((one[:, None] != other[None]) & (one[:, None] >= 0) & (other[None] >= 0))
    return cost


def _player_of(plays: NDArray[np.int64], candidate: int) -> NDArray[np.int64]:
    """(state,) the player who has a candidate, −1 for none."""
    has = plays == candidate + 1
    return np.where(has.any(axis=1), has.argmax(axis=1), -1)
