"""Made scenes as files, for whoever trains on them elsewhere: ``python -m milo_demo scenes --data DIR --out DIR``.

S1's data tools: Pascal VOC's folder of pictures and boxes, the lists of the split, the list of the classes that occur,
and what is in there as pictures. The validation part is made of photos that no recipe trains on.
"""

import itertools
from collections import Counter
from pathlib import Path

import numpy as np

from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import photos, voc
from milo_demo.training.seeing.scenes import maker_of

SHAPES_PX = ((640, 360), (480, 480), (360, 640))
"""Width and height of the scenes, in turn: across, square, upright."""
VALIDATION_SHARE = 0.2
PARTS = {"train": "train", "val": "report"}
"""Split of the folder and the part of the photos that it is made of."""
MAP_CELLS = 64
"""Cells along each side of the map of where boxes lie."""


def write(data: Path, out: Path, *, count: int = 500, seed: int = 0) -> None:
    """Make `count` scenes in all and write them below `out`, with lists and statistics. About ten scenes a second.

    Raises MiloError where the data is missing or `out` holds something already.
    """
    out = Path(out)
    if count < 2:
        raise MiloError(f"{count} scenes cannot be split: ask for two or more.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MiloError(f"{out.name} is there already: name a new folder.")
    album = photos.split(photos.find(data))
    validation = max(1, round(VALIDATION_SHARE * count))
    made: dict[str, list[list[Detection]]] = {}
    names = (f"{number:06}" for number in itertools.count(1))
    for split, scenes in (("train", count - validation), ("val", validation)):
        maker = maker_of(album[PARTS[split]], seed)
        made[split] = []
        for number in range(scenes):
            scene = maker.scene(number, *SHAPES_PX[number % len(SHAPES_PX)])
            voc.save(out, split, next(names), scene.picture, scene.boxes)
            made[split].append(scene.boxes)
    active = sorted({box.label for scenes in made.values() for boxes in scenes for box in boxes})
    (out / "classes.txt").write_text("".join(f"{LABELS[label]}\n" for label in active), encoding="utf-8")
    draw(made, out)
    for split, scenes in made.items():
        print(f"{split}: {len(scenes)} scenes, {sum(map(len, scenes))} boxes of {len(active)} classes")


def draw(made: dict[str, list[list[Detection]]], folder: Path) -> None:
    """Statistics of the boxes of every split as pictures: classes.svg, sizes.svg, places.svg."""
    from milo_demo import plots  # matplotlib is needed for nothing else

    boxes = {split: list(itertools.chain.from_iterable(scenes)) for split, scenes in made.items()}
    plots.box_counts(
        {split: Counter(LABELS[box.label] for box in found) for split, found in boxes.items()}, folder / "classes.svg"
    )
    plots.box_sizes({split: [box.area**0.5 for box in found] for split, found in boxes.items()}, folder / "sizes.svg")
    plots.box_places({split: coverage(scenes) for split, scenes in made.items()}, folder / "places.svg")


def coverage(scenes: list[list[Detection]]) -> np.ndarray:
    """How many boxes lie over each place, per scene, (row, column): MAP_CELLS each."""
    total = np.zeros((MAP_CELLS, MAP_CELLS))
    for box in itertools.chain.from_iterable(scenes):
        x0, y0, x1, y1 = (round(MAP_CELLS * side) for side in box.sides)
        total[y0:y1, x0:x1] += 1
    return total / max(1, len(scenes))
