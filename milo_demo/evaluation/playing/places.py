"""Where an instrument is played: how far from where people saw it touched, by each method.

The distance is from a map's peak to the nearest mark, px of a frame whose long side is 256 (Liu 2018, section 4.3.3).
Where a method has nothing to say the middle of the frame counts.

centre          : the middle of the frame
object          : the object map's peak
box             : the middle of the label's surest box
movement        : what moves most, the camera's movement taken out
movement, boxes : the same within the boxes and near the middle of the frame
VT … hands          : the action models and their fusions, see `actions`
one look        : hands × box × object × centre, hands found by one look at the frame
all looks       : the same with five looks, always
best hand       : of these hands the one nearest to a mark, by hindsight
ours            : what the record says, looks as the program takes them
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.playing.actions import ALONE, FUSIONS
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.evaluation.table import Figure, Table, by_row
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand
from milo_demo.playing.touch import near, places, where

Place = tuple[float, float] | None
"""Row and column, px; None: nothing to say."""
CENTRED_PX = 90.0

Method = Callable[[Clip, Marked, int], Place]


def peak(clip: Clip, heat: NDArray[np.floating]) -> Place:
    """The middle of a map's highest cell; None where all of it is 0."""
    if heat.max(initial=0) <= 0:
        return None
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    return (
        (float(row) + 0.5) / heat.shape[0] * clip.size.height,
        (float(column) + 0.5) / heat.shape[1] * clip.size.width,
    )


def _object(clip: Clip, marked: Marked, step: int) -> Place:
    return peak(clip, clip.seen.maps[step, LABELS.index(marked.label)])


def _box(clip: Clip, marked: Marked, step: int) -> Place:
    own = [box for box in clip.seen.boxes[step].values() if LABELS[box.label] == marked.label]
    if not own:
        return None
    x, y = max(own, key=lambda box: box.score).middle
    return y * clip.size.height, x * clip.size.width


def _movement(clip: Clip, marked: Marked, step: int) -> Place:
    return peak(clip, clip.movement(step))


def _movement_in_boxes(clip: Clip, marked: Marked, step: int) -> Place:
    moves, boxes = clip.movement(step), list(clip.seen.boxes[step].values())
    y, x = places(clip.size, moves.shape)
    squared = (y - clip.size.height / 2) ** 2 + (x - clip.size.width / 2) ** 2
    within = near([box._replace(score=1.0) for box in boxes], clip.size, moves.shape) if boxes else 1.0
    return peak(clip, moves * within * np.exp(-squared / (2 * CENTRED_PX**2)))


def _by_hands(clip: Clip, marked: Marked, step: int, hands: Sequence[Hand]) -> Place:
    boxes = [box._replace(score=1.0) for box in clip.seen.boxes[step].values()]
    found = where(hands, clip.witness.mouths[step], boxes, clip.seen.maps[step], clip.size)
    return peak(clip, found[LABELS.index(marked.label)])


def _best_hand(clip: Clip, marked: Marked, step: int) -> Place:
    touched = [hand.touch * (clip.size.width, clip.size.height) for hand in clip.often[step]]
    return min(((float(y), float(x)) for x, y in touched), key=lambda at: marked.distance(step, *at), default=None)


def _action(name: str) -> Method:
    return lambda clip, marked, step: peak(clip, clip.actions[name][step, LABELS.index(marked.label)])


METHODS: dict[str, Method] = {
    "centre": lambda clip, marked, step: None,
    "object": _object,
    "box": _box,
    "movement": _movement,
    "movement, boxes": _movement_in_boxes,
    **{name: _action(name) for name in (*ALONE, *FUSIONS)},
    "one look": lambda clip, marked, step: _by_hands(clip, marked, step, clip.once[step]),
    "all looks": lambda clip, marked, step: _by_hands(clip, marked, step, clip.often[step]),
    "best hand": _best_hand,
    "ours": lambda clip, marked, step: peak(clip, clip.played.maps[step, LABELS.index(marked.label)]),
}


def distances(clips: Sequence[tuple[Marked, Clip]], method: Method) -> dict[str, list[float]]:
    """Clip -> the distance at each step in which somebody plays."""
    found: dict[str, list[float]] = {}
    for marked, clip in clips:
        for step, marks in marked.steps.items():
            if len(marks):
                place = method(clip, marked, step) or marked.centre
                found.setdefault(marked.name, []).append(marked.distance(step, *place))
    return found


def measure(clips: Sequence[tuple[Marked, Clip]]) -> Table:
    """All methods on all clips: over all steps, the mean of the clips, and each clip."""
    return by_row({name: _figures(distances(clips, method)) for name, method in METHODS.items()})


def _figures(found: Mapping[str, Sequence[float]]) -> dict[str, Figure]:
    every = [distance for some in found.values() for distance in some]
    rows = {
        "px, all steps": Figure(float(np.mean(every)), len(every)),
        "px, mean of the clips": Figure(float(np.mean([np.mean(some) for some in found.values()])), len(found)),
    }
    return rows | {f"px, {name}": Figure(float(np.mean(some)), len(some)) for name, some in found.items()}


def centre_of_published(marked: Sequence[Marked]) -> Table:
    """The published marks, whose videos are not at hand: how far they are from the middle of the frame, the mean of the
    classes and each class; 37.2 px by the document."""
    by_class: dict[str, list[float]] = {}
    for video in marked:
        own = [video.distance(step, *video.centre) for step, marks in video.steps.items() if len(marks)]
        by_class.setdefault(video.label, []).extend(own)
    means = {label: float(np.mean(some)) for label, some in by_class.items() if some}
    count = sum(map(len, by_class.values()))
    rows = {"YT8M-IPA, px, mean of the classes": Figure(float(np.mean(list(means.values()))), count)}
    rows |= {f"YT8M-IPA, px, {label}": Figure(mean, len(by_class[label])) for label, mean in means.items()}
    return by_row({"centre": rows})
