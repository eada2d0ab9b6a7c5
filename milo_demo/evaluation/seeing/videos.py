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

from milo_demo.analysis import Analysis
from milo_demo.evaluation.seeing.predictions import LEAST
from milo_demo.geometry import Detection, iou
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
NAME_WIDTH = 38


def report(data: Path, threshold: float = 0.5) -> dict[str, dict[str, float]]:
    """Analyse the clips of a data folder; print and return what is boxed: clip -> figure -> share of the steps.

    Where there are no clips, nothing is said. Takes as long as analysing them, some seconds per clip.
    """
    found = {}
    for path in sorted((Path(data) / "clips").glob("*")):
        analysis = analyse(path, AnalysisOptions(threshold=threshold))
        steps = boxes_by_step(analysis)
        found[path.name] = named(steps)
        listed = ", ".join(f"{name} {share:.0%}" for name, share in found[path.name].items())
        tracks = Counter(label for label, _ in {(box.label, box.track) for box in analysis.boxes})
        pieces = ", ".join(f"{count} of {label}" for label, count in tracks.most_common())
        print(
            f"{path.stem[:NAME_WIDTH]:<{NAME_WIDTH}} {len(steps):4} steps: {listed}; tracks: {pieces or 'none'}",
            flush=True,
        )
        if path.name == DUET:
            found[path.name] |= both(steps)
            by_maps = [regions(seen / np.float32(255), max(threshold, LEAST)) for seen in analysis.maps.object]
            for who, shares in (("boxes", both(steps)), ("maps' regions", both(by_maps))):
                for name, share in shares.items():
                    print(f"{'':{NAME_WIDTH}} {name}: {share:.0%} ({who})", flush=True)
    return found


def boxes_by_step(analysis: Analysis) -> list[list[Detection]]:
    """The boxes of every step of the grid."""
    at = {time_s: step for step, time_s in enumerate(analysis.maps.time_s.tolist())}
    steps: list[list[Detection]] = [[] for _ in at]
    for box in analysis.boxes:
        steps[at[box.time_s]].append(Detection(LABELS.index(box.label), box.score, box.x0, box.y0, box.x1, box.y1))
    return steps


def named(steps: Sequence[Sequence[Detection]]) -> dict[str, float]:
    """In what share of the steps anything has a box, and each label, the commonest first."""
    counts = Counter(chain.from_iterable({LABELS[box.label] for box in boxes} for boxes in steps))
    anything = sum(bool(boxes) for boxes in steps)
    return {name: count / max(1, len(steps)) for name, count in [("anything", anything), *counts.most_common()]}


def both(steps: Sequence[Sequence[Detection]]) -> dict[str, float]:
    """In what share of the steps the duet's players are both boxed, under one label, under labels of one family; and
    in what share their instruments are."""
    families = [BY_NAME[label].family for label in LABELS]
    figures = {"both players, one label": [], "both players, one family": [], "both instruments, one family": []}
    for boxes in steps:
        left, right = ([box for box in boxes if _share_within(box, player) >= MOSTLY] for player in PLAYERS)
        figures["both players, one label"].append(_meet(left, right, range(len(LABELS))))
        figures["both players, one family"].append(_meet(left, right, families))
        left, right = ([box for box in boxes if iou(box, place) >= ABOUT] for place in INSTRUMENTS)
        figures["both instruments, one family"].append(_meet(left, right, families))
    return {name: float(np.mean(found)) for name, found in figures.items()}


def _meet(left: Sequence[Detection], right: Sequence[Detection], kinds: Sequence[object]) -> bool:
    """Is there a box on the left and another one, of the same kind, on the right? kinds : per label"""
    return any(one is not other and kinds[one.label] == kinds[other.label] for one in left for other in right)


def _share_within(box: Detection, place: Detection) -> float:
    """The part of a box that lies in a place."""
    width = min(box.x1, place.x1) - max(box.x0, place.x0)
    height = min(box.y1, place.y1) - max(box.y0, place.y0)
    return max(width, 0.0) * max(height, 0.0) / ((box.x1 - box.x0) * (box.y1 - box.y0))
