"""Events: when something starts and stops, from scores over time."""

from collections.abc import Mapping

from numpy.typing import NDArray

from milo_demo.analysis import Event
from milo_demo.grid import STEPS_PER_S, spans
from milo_demo.instruments import LABELS

INSTRUMENT_GROUPS: dict[str, str] = {label: "Vocal" if label == "voice" else "Instrument" for label in LABELS}


def events(
    kind: str, scores: NDArray, threshold: float, duration_s: float, groups: Mapping[str, str] = INSTRUMENT_GROUPS
) -> list[Event]:
    """Events of one kind from scores on the analysis grid, ordered by label, then by start.

    scores : (time, label)
    groups : the labels in the order of their axis, and the group each belongs to

    An event's score is its highest step. No event ends after `duration_s`.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[0.1, 0.9], [0.2, 0.8], [0.1, 0.1]])
    >>> [(event.label, event.start_s, event.end_s) for event in events("tag", scores, 0.5, 1.5, {"a": "x", "b": "x"})]
    [('b', 0.0, 1.024)]
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
