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
