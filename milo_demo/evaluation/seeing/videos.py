"""What the program boxes in real videos, by its own way through them (`pipeline.analyse`).

Nobody has drawn boxes into the clips. Where the two players of the duet sit was read off a frame every two seconds:
they stay in their places, and so, within a hand's breadth, do their instruments. Of the others it is counted in how
many steps of the analysis grid anything has a box, under which names, and in how many pieces.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import Analysis
from milo_demo.evaluation.seeing.predictions import LEAST
from milo_demo.evaluation.table import Figure, Table, by_row
from milo_demo.geometry import Detection, ioa, iou
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.pipeline import AnalysisOptions, analyse
from milo_demo.seeing.regions import regions

DUET = "ukulele_duet_60fps_mp3audio.mp4"
PLAYERS = Detection(0, 1.0, 0.0, 0.05, 0.46, 1.0), Detection(0, 1.0, 0.455, 0.05, 0.84, 1.0)
"""The left and the right player of the duet with all that they move; fractions of the frame."""
INSTRUMENTS = Detection(0, 1.0, 0.09, 0.36, 0.45, 0.79), Detection(0, 1.0, 0.51, 0.28, 0.785, 0.78)
"""Their ukuleles, as they are held most of the time."""
MOSTLY = 0.75
"""Part of a box that must lie on a player for it to be the player's."""
ABOUT = 0.3
"""IoU from which a box is about the instrument, which moves a little."""

Steps = Sequence[Sequence[Detection]]
"""The boxes of every step of the grid."""


def measure(data: Path, threshold: float = 0.5) -> Table:
    """Analyse the clips of a data folder: clip and figure -> "boxes", and for the duet "maps" -> share of the steps.

    Where there are no clips, nothing is said. Takes as long as analysing them, some seconds per clip.
    """
    table: Table = {}
    for path in sorted((Path(data) / "clips").glob("*")):
        analysis = analyse(path, AnalysisOptions(threshold=threshold))
        steps = boxes_by_step(analysis)
        found: dict[str, dict[str, float]] = {"boxes": {**named(steps), **pieces(analysis)}}
        if path.name == DUET:
            found["boxes"] |= both(steps)
            found["maps"] = both([regions(seen, max(threshold, LEAST)) for seen in analysis.maps.object])
        table |= by_row(
            {
                who: {f"{path.stem}: {name}": Figure(value, len(steps)) for name, value in values.items()}
                for who, values in found.items()
            }
        )
    return table


def boxes_by_step(analysis: Analysis) -> list[list[Detection]]:
    """The boxes of every step of the grid."""
    at = {time_s: step for step, time_s in enumerate(analysis.maps.time_s.tolist())}
    steps: list[list[Detection]] = [[] for _ in at]
    for box in analysis.boxes:
        steps[at[box.time_s]].append(Detection(LABELS.index(box.label), box.score, box.x0, box.y0, box.x1, box.y1))
    return steps


def named(steps: Steps) -> dict[str, float]:
    """In what share of the steps anything has a box, and each label, the commonest first."""
    counts = Counter(chain.from_iterable({LABELS[box.label] for box in boxes} for boxes in steps))
    anything = sum(bool(boxes) for boxes in steps)
    return {name: count / max(1, len(steps)) for name, count in [("anything", anything), *counts.most_common()]}


def pieces(analysis: Analysis) -> dict[str, int]:
    """In how many pieces over time each label has its boxes: as many as there are players, where all goes well."""
    counts = Counter(label for label, _ in {(box.label, box.player) for box in analysis.boxes})
    return {f"pieces of {label}": count for label, count in counts.most_common()}


def both(steps: Steps) -> dict[str, float]:
    """In what share of the steps the duet's players are both boxed, under one label, under labels of one family; and
    in what share their instruments are."""
    families = [BY_NAME[label].family for label in LABELS]
    figures = {"both players, one label": [], "both players, one family": [], "both instruments, one family": []}
    for boxes in steps:
        on_players = ioa(boxes, PLAYERS) >= MOSTLY
        figures["both players, one label"].append(_meet(boxes, on_players, range(len(LABELS))))
        figures["both players, one family"].append(_meet(boxes, on_players, families))
        figures["both instruments, one family"].append(_meet(boxes, iou(boxes, INSTRUMENTS) >= ABOUT, families))
    return {name: float(np.mean(found)) for name, found in figures.items()}


def _meet(boxes: Sequence[Detection], lies: NDArray[np.bool_], kinds: Sequence[object]) -> bool:
    """Is there a box on the left and another one, of the same kind, on the right?

    lies  : (box, 2), on the left and on the right
    kinds : per label
    """
    left, right = (np.flatnonzero(side) for side in lies.T)
    kind = [kinds[box.label] for box in boxes]
    return any(one != other and kind[one] == kind[other] for one in left for other in right)
