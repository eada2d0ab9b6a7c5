"""Who is who over time: boxes of single frames to tracks, each one instrument with one name and a steady box.

Frames lie half a second apart, a detector errs from one to the next, and the whole clip is known before anything is
shown. So boxes are associated as in ByteTrack (Zhang et al. 2022): only a box that is sure begins a track, doubtful
ones may continue it, each step's boxes are given to the tracks by optimal assignment; here forwards and then backwards
in time. Names are voted over the whole track, gaps filled, scores and sides smoothed with a centred Gaussian. A cut
ends all tracks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import linear_sum_assignment

from milo_demo.geometry import Detection, distance_iou, in_frame, ioa, iou, nearest
from milo_demo.grid import spans
from milo_demo.instruments import LABELS

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

    box: Detection
    names: NDArray[np.float64]


_Track = list[tuple[int, _Thing]]
"""The steps at which a thing was found, in order."""
_Run = dict[int, Detection]
"""A track's boxes to be shown, by step."""


def tracks(
    found: Sequence[Sequence[Detection]], cuts: Iterable[int], wraps: bool = False, threshold: float = 0.5
) -> list[dict[int, Detection]]:
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
    shown: list[dict[int, Detection]] = [{} for _ in found]
    number = 0
    for first, end in pairwise(edges):
        associated = _associate(found[first:end], threshold, wraps)
        runs = [run for track in associated if (run := _steady(track, end - first, threshold))]
        for run in sorted(_merge_tracks(runs, wraps), key=min):
            number += 1
            for step, box in run.items():
                shown[first + step][number] = in_frame(box) if wraps else box
    return shown


def _things(regions: Sequence[Detection], wraps: bool) -> list[_Thing]:
    """The boxes of one frame, one for each place, strongest first: what overlaps a stronger box of another label is
    another name for the same thing."""
    things: list[_Thing] = []
    for region in sorted(regions, key=lambda region: -region.score):
        if region.score < DOUBTFUL:
            break
        same, best = None, SAME_THING
        overlaps = iou([thing.box for thing in things], [region], wraps)[:, 0].tolist()
        for thing, overlap in zip(things, overlaps, strict=True):
            if overlap >= best and not thing.names[region.label]:
                same, best = thing, overlap
        if same is None:
            same = _Thing(region, np.zeros(len(LABELS)))
            things.append(same)
        same.names[region.label] = region.score
    return things


def _associate(shot: Sequence[Sequence[Detection]], threshold: float, wraps: bool) -> list[_Track]:
    """All tracks of one shot."""
    associated: list[_Track] = []
    left: list[list[_Thing]] = []
    for step, regions in enumerate(shot):
        things = _things(regions, wraps)
        sure = [thing for thing in things if thing.box.score >= threshold]
        doubtful = things[len(sure) :]
        alive = [track for track in associated if step - track[-1][0] <= LONGEST_GAP + 1]
        sure = _assign(alive, sure, step, SURE_LEAST, wraps)
        alive = [track for track in alive if track[-1][0] < step]
        left.append(_assign(alive, doubtful, step, DOUBTFUL_LEAST, wraps))
        associated += [[(step, thing)] for thing in sure]
    for step in reversed(range(len(shot))):
        young = [track for track in associated if 0 < track[0][0] - step <= LONGEST_GAP + 1]
        _assign(young, left[step], step, DOUBTFUL_LEAST, wraps)
    return associated


def _assign(tracks: list[_Track], things: list[_Thing], step: int, least: float, wraps: bool) -> list[_Thing]:
    """Put the things of a step, before or after all that the tracks have, at the tracks' ends; returns what is left."""
    if not tracks or not things:
        return things
    later = tracks[0][-1][0] < step
    ends = [track[-1 if later else 0][1] for track in tracks]
    likeness = _likeness(ends, things, wraps)
    # No pair that is too different is made for the sake of the others.
    pairs = zip(*linear_sum_assignment(np.maximum(likeness, least), maximize=True), strict=True)
    pairs = [(row, column) for row, column in pairs if likeness[row, column] > least]
    for row, column in pairs:
        moved = nearest(ends[row].box, things[column].box, wraps)
        end = len(tracks[row]) if later else 0
        tracks[row].insert(end, (step, _Thing(moved, things[column].names)))
    taken = {column for _, column in pairs}
    return [thing for column, thing in enumerate(things) if column not in taken]


def _likeness(ends: Sequence[_Thing], things: Sequence[_Thing], wraps: bool) -> NDArray[np.float64]:
    """How alike the ends of tracks and the things of a step are, in place and in name: (end, thing), at most 1."""
    places = distance_iou([end.box for end in ends], [thing.box for thing in things], wraps)
    names = _cosine(np.stack([end.names for end in ends]), np.stack([thing.names for thing in things]))
    return places - OTHER_NAME * (1 - names)


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
    label = int(np.sum([thing.names for _, thing in track], axis=0).argmax())
    return {
        int(at[k]): Detection(label, float(scores[k]), *sides[k].tolist())
        for first, end in spans(scores, threshold)
        if end - first > 1 or steps <= 2
        for k in range(first, end)
    }


def _merge_tracks(runs: Sequence[_Run], wraps: bool) -> list[_Run]:
    """Runs of which no two show one thing: a stronger one takes the steps of the weaker one that it has not."""
    merged: list[_Run] = []
    for run in sorted(runs, key=lambda run: -sum(box.score for box in run.values())):
        for other in merged:
            if _show_one_thing(run, other, wraps):
                other.update(_taken_over(run, other, wraps))
                break
        else:
            merged.append(run)
    return merged


def _taken_over(run: _Run, other: _Run, wraps: bool) -> _Run:
    """The boxes of `run` where `other` has none, under its name, and within its gaps with sides between its own."""
    at = np.array(sorted(other))
    label, sides = other[at[0]].label, np.array([other[step].sides for step in at.tolist()])
    taken = {}
    for step in run.keys() - other.keys():
        box = nearest(other[at[np.abs(at - step).argmin()]], run[step], wraps)
        if at[0] < step < at[-1]:
            box = Detection(label, box.score, *(float(np.interp(step, at, side)) for side in sides.T))
        taken[step] = box._replace(label=label)
    return taken


def _show_one_thing(run: _Run, other: _Run, wraps: bool) -> bool:
    """Judged by their boxes at the same steps, if there are any."""
    steps = sorted(run.keys() & other.keys())
    if not steps:
        return False
    pairs = [([run[step]], [other[step]]) for step in steps]
    if run[steps[0]].label == other[steps[0]].label:
        within = [max(ioa(one, two, wraps).item(), ioa(two, one, wraps).item()) for one, two in pairs]
        return bool(np.mean(within) > SAME_PART)
    return bool(np.mean([iou(one, two, wraps).item() for one, two in pairs]) > SAME_THING)


def _smoothed(sides: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sides (step, 4) as means over the steps around each: the surer, the nearer in time and the more alike, the more
    they count, as in a bilateral filter (Tomasi and Manduchi 1998). A box that shakes comes to rest, one that moves is
    not held back."""
    smoothed = np.empty_like(sides)
    for step, box in enumerate(sides):
        around = np.arange(max(0, step - REACH), min(len(sides), step + REACH + 1))
        weights = scores[around] * np.exp(-(((around - step) / SIGMA) ** 2) / 2)
        weights *= distance_iou(box[None], sides[around])[0].clip(min=0)
        smoothed[step] = weights @ sides[around] / weights.sum()
    return smoothed
