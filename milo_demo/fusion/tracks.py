"""Who is who over time: boxes of single frames to tracks, each one instrument with one name and a steady box.

Frames lie half a second apart, a detector errs from one to the next, and the whole clip is known before anything is
shown. So tracks are laid as in ByteTrack (Zhang et al. 2022): only a box that is sure begins a track, doubtful ones may
continue it, each step's boxes are given to the tracks by optimal assignment; here forwards and then backwards in time.
Names are voted over the whole track, gaps filled, scores and sides smoothed with a centred Gaussian. A cut ends all
tracks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import linear_sum_assignment

from milo_demo.fusion.boxes import inside, near
from milo_demo.fusion.events import spans
from milo_demo.instruments import LABELS
from milo_demo.seeing import Region, iou

DOUBTFUL = 0.1
"""Boxes below this score are not looked at (as in ByteTrack)."""
SAME_THING = 0.5
"""Boxes of two labels that overlap this much (IoU) are two names for one thing."""
SAME_PART = 0.6
"""Of two tracks under one name, one that lies within the other by this much of itself is a part of the same thing."""
LONGEST_GAP = 2
"""Steps (about one second) that a track may be lost from sight and still be taken up again."""
SURE_LEAST, DOUBTFUL_LEAST = -0.4, 0.1
"""How alike a track's last box and the next one have to be, if that is sure, or doubtful. Of equal squares, two with
room for a third between them are alike by -0.4, two that share a third of themselves by 0.1."""
OTHER_NAME = 0.25
"""Taken off where the names have nothing in common."""
SIGMA = 1.0
"""Width of the Gaussians, steps. This and the numbers above: chosen on made tracks, slow and fast, large and small."""
REACH = 3
"""Steps on either side over which sides are smoothed."""


@dataclass
class _Thing:
    """One place of one frame: its strongest box, and how surely it is each label, (label,)."""

    box: Region
    names: NDArray[np.float64]


_Track = list[tuple[int, _Thing]]
"""The steps at which a thing was found, in order."""
_Run = dict[int, Region]
"""A track's boxes to be shown, by step."""


def tracks(
    found: Sequence[Sequence[Region]], cuts: Iterable[int], wraps: bool = False, threshold: float = 0.5
) -> list[dict[int, Region]]:
    """Boxes over time from boxes of single frames.

    found     : per step of the analysis grid, all that may be there, down to very doubtful boxes; one thing may have
                boxes of several labels
    cuts      : steps at which a new shot begins
    wraps     : the frames are 360° wide: x = 1 is x = 0
    threshold : score from which a box is shown; one that has been shown stays until it falls well under it

    Returns for every step its boxes by the number of their track, from 1 in order of appearance. A track's label is the
    same throughout; scores are smoothed, and say how surely something is there, by whatever name it had at that step.
    """
    edges = [0, *cuts, len(found)]
    shown: list[dict[int, Region]] = [{} for _ in found]
    number = 0
    for first, end in pairwise(edges):
        laid = _laid(found[first:end], threshold, wraps)
        runs = [run for track in laid if (run := _steady(track, end - first, threshold))]
        for run in sorted(_united(runs, wraps), key=min):
            number += 1
            for step, box in run.items():
                shown[first + step][number] = _wrapped(box) if wraps else box
    return shown


def _things(regions: Sequence[Region], wraps: bool) -> list[_Thing]:
    """The boxes of one frame, one for each place, strongest first: what overlaps a stronger box of another label is
    another name for the same thing."""
    things: list[_Thing] = []
    for region in sorted(regions, key=lambda region: -region.score):
        if region.score < DOUBTFUL:
            break
        same, best = None, SAME_THING
        for thing in things:
            overlap = iou(thing.box, near(thing.box, region, wraps))
            if overlap >= best and not thing.names[region.label]:
                same, best = thing, overlap
        if same is None:
            same = _Thing(region, np.zeros(len(LABELS)))
            things.append(same)
        same.names[region.label] = region.score
    return things


def _laid(shot: Sequence[Sequence[Region]], threshold: float, wraps: bool) -> list[_Track]:
    """All tracks of one shot."""
    laid: list[_Track] = []
    left: list[list[_Thing]] = []
    for step, regions in enumerate(shot):
        things = _things(regions, wraps)
        sure = [thing for thing in things if thing.box.score >= threshold]
        doubtful = things[len(sure) :]
        alive = [track for track in laid if step - track[-1][0] <= LONGEST_GAP + 1]
        sure = _given(alive, sure, step, SURE_LEAST, wraps)
        alive = [track for track in alive if track[-1][0] < step]
        left.append(_given(alive, doubtful, step, DOUBTFUL_LEAST, wraps))
        laid += [[(step, thing)] for thing in sure]
    for step in reversed(range(len(shot))):
        young = [track for track in laid if 0 < track[0][0] - step <= LONGEST_GAP + 1]
        _given(young, left[step], step, DOUBTFUL_LEAST, wraps)
    return laid


def _given(tracks: list[_Track], things: list[_Thing], step: int, least: float, wraps: bool) -> list[_Thing]:
    """Put the things of a step, before or after all that the tracks have, at the tracks' ends; returns what is left."""
    if not tracks or not things:
        return things
    later = tracks[0][-1][0] < step
    ends = [track[-1 if later else 0][1] for track in tracks]
    nearest = [[near(end.box, thing.box, wraps) for thing in things] for end in ends]
    alike = _alike(
        np.array([end.box[2:] for end in ends])[:, None], np.array([[box[2:] for box in row] for row in nearest])
    )
    alike -= OTHER_NAME * (
        1 - _cosine(np.stack([end.names for end in ends]), np.stack([thing.names for thing in things]))
    )
    taken = set()
    # No pair that is too different is made for the sake of the others.
    for row, column in zip(*linear_sum_assignment(np.maximum(alike, least), maximize=True), strict=True):
        if alike[row, column] > least:
            tracks[row].insert(
                len(tracks[row]) if later else 0, (step, _Thing(nearest[row][column], things[column].names))
            )
            taken.add(column)
    return [thing for column, thing in enumerate(things) if column not in taken]


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance-IoU (Zheng et al. 2020) of boxes (…, 4), -1 to 1: of boxes that do not overlap, the nearer are more
    alike."""
    shared = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    around = np.maximum(one[..., 2:], other[..., 2:]) - np.minimum(one[..., :2], other[..., :2])
    both = shared.clip(min=0).prod(-1)
    areas = (one[..., 2:] - one[..., :2]).prod(-1) + (other[..., 2:] - other[..., :2]).prod(-1)
    apart = (one[..., :2] + one[..., 2:] - other[..., :2] - other[..., 2:]) / 2
    return both / (areas - both) - (apart**2).sum(-1) / (around**2).sum(-1)


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of every row of (n, label) with every row of (m, label): (n, m)."""
    one, other = (names / np.linalg.norm(names, axis=1, keepdims=True) for names in (one, other))
    return one @ other.T


def _steady(track: _Track, steps: int, threshold: float) -> _Run:
    """The boxes of a track to be shown, by step; none if it is but a flicker.

    steps : how long the shot is
    """
    found_at = np.array([step for step, _ in track])
    at = np.arange(found_at[0], found_at[-1] + 1)
    values = np.array([thing.box[1:] for _, thing in track])
    values = np.stack([np.interp(at, found_at, column) for column in values.T], axis=1)
    scores = gaussian_filter1d(values[:, 0], SIGMA)
    sides = _smoothed(values[:, 1:], values[:, 0])
    label = int(sum(thing.names for _, thing in track).argmax())
    return {
        int(at[k]): Region(label, float(scores[k]), *sides[k].tolist())
        for first, end in spans(scores, threshold)
        if end - first > 1 or steps <= 2
        for k in range(first, end)
    }


def _united(runs: Sequence[_Run], wraps: bool) -> list[_Run]:
    """Runs of which no two show one thing: a stronger one takes the steps of the weaker one that it has not."""
    united: list[_Run] = []
    for run in sorted(runs, key=lambda run: -sum(box.score for box in run.values())):
        for other in united:
            both = [(box, near(box, other[step], wraps)) for step, box in run.items() if step in other]
            if both and _one_thing(both):
                other.update(_taken_over(run, other, wraps))
                break
        else:
            united.append(run)
    return united


def _taken_over(run: _Run, other: _Run, wraps: bool) -> _Run:
    """The boxes of `run` where `other` has none, under its name, and within its gaps with sides between its own."""
    at = np.array(sorted(other))
    label, sides = other[at[0]].label, np.array([other[step][2:] for step in at.tolist()])
    taken = {}
    for step in run.keys() - other.keys():
        box = near(other[at[np.abs(at - step).argmin()]], run[step], wraps)
        if at[0] < step < at[-1]:
            box = Region(label, box.score, *(float(np.interp(step, at, side)) for side in sides.T))
        taken[step] = box._replace(label=label)
    return taken


def _one_thing(pairs: Sequence[tuple[Region, Region]]) -> bool:
    """Do two runs show one thing, judged by their boxes at the same steps?"""
    if pairs[0][0].label == pairs[0][1].label:
        return np.mean([max(inside(one, other), inside(other, one)) for one, other in pairs]) > SAME_PART
    return np.mean([iou(one, other) for one, other in pairs]) > SAME_THING


def _smoothed(sides: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sides (step, 4) as means over the steps around each: the surer, the nearer in time and the more alike, the more
    they count, as in a bilateral filter (Tomasi and Manduchi 1998). A box that shakes comes to rest, one that moves is
    not held back."""
    smoothed = np.empty_like(sides)
    for step, box in enumerate(sides):
        around = np.arange(max(0, step - REACH), min(len(sides), step + REACH + 1))
        weights = scores[around] * np.exp(-(((around - step) / SIGMA) ** 2) / 2)
        weights *= _alike(box, sides[around]).clip(min=0)
        smoothed[step] = weights @ sides[around] / weights.sum()
    return smoothed


def _wrapped(box: Region) -> Region:
    """The same box with x0 in the frame."""
    turns = np.floor(box.x0)
    return box._replace(x0=float(box.x0 - turns), x1=float(box.x1 - turns))
