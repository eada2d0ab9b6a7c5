"""Events: when something starts and stops, from scores over time."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from milo_demo.analysis import RELEASE, STEPS_PER_S, Event
from milo_demo.instruments import LABELS

BRIDGE_STEPS = 1
"""Gaps this short belong to the event: half a second is a breath or a bow change, not an end."""

INSTRUMENT_GROUPS: dict[str, str] = {label: "Vocal" if label == "voice" else "Instrument" for label in LABELS}


def spans(scores: NDArray, threshold: float) -> list[tuple[int, int]]:
    """Stretches of `scores` (time,) that reach `threshold`, grown to where they fall under RELEASE x threshold.

    Returns (first step, step after the last) pairs, in order.
    """
    held = scores >= RELEASE * threshold
    held |= ndimage.binary_closing(held, np.ones(BRIDGE_STEPS + 1, bool))
    regions, _ = ndimage.label(held)
    found = (region[0] for region in ndimage.find_objects(regions))
    return [(span.start, span.stop) for span in found if scores[span].max() >= threshold]


def events(
    kind: str, scores: NDArray, threshold: float, duration_s: float, groups: Mapping[str, str] = INSTRUMENT_GROUPS
) -> list[Event]:
    """Events of one kind from scores on the analysis grid, ordered by label, then by start.

    scores : (time, label)
    groups : the labels in the order of their axis, and the group each belongs to

    An event's score is its highest step. No event ends after `duration_s`.
    """
    found = []
    for (label, group), column in zip(groups.items(), scores.T, strict=True):
        for first, last in spans(column, threshold):
            found.append(
                Event(
                    kind=kind,
                    label=label,
                    group=group,
                    start_s=first / STEPS_PER_S,
                    end_s=min(last / STEPS_PER_S, duration_s),
                    score=float(column[first:last].max()),
                )
            )
    return found
