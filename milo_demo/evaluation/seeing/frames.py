"""How much hangs on the size of the picture: photos of guitars in a film's frame, as a clip has them.

The frame is 4 to 3, looked at with a long side of so many pixels; the photo fills its height, or half of it. *Twice*:
at the first of these sizes, with a second look from closer (`seeing.closer`), as clips are looked at.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from milo_demo.evaluation.seeing import baselines, coco, predictions
from milo_demo.evaluation.seeing.predictions import Prediction, predict, predict_twice
from milo_demo.evaluation.table import Figure, Table, by_row, share
from milo_demo.geometry import Detection
from milo_demo.seeing.closer import TIMES
from milo_demo.seeing.detect import Eye
from milo_demo.training.seeing import photos

SIDES_PX = 384, 512, 640
HEIGHTS = {"whole": 1.0, "half as high": 0.5}
"""Part of the frame's height that the photo fills, or less where it is wider than the frame."""


def measure(ours: Eye, data: Path, folds: Path) -> Table:
    """Boxes of the folds' heads and the maps' places for every size; the guess in the middle beside them."""
    real, table = photos.boxed(data), {}
    for words, part in HEIGHTS.items():
        looks = [(f"{side_px} px", side_px, predict) for side_px in SIDES_PX]
        for look, side_px, how in [*looks, (f"{SIDES_PX[0]} px twice", TIMES * SIDES_PX[0], predict_twice)]:
            framed = [in_frame(photos.read(photo.path), photo.boxes, side_px, part) for photo in real]
            pictures, truth = [picture for picture, _ in framed], [boxes for _, boxes in framed]
            seen = {"maps": list(how(ours, pictures)), "folds": baselines.by_folds(ours, real, pictures, folds, how)}
            found = _figures(truth, seen)
            table |= by_row(
                {
                    who: {f"guitar_boxes, {words}, {look}: {name}": value for name, value in figures.items()}
                    for who, figures in found.items()
                }
            )
    return table


def in_frame(
    picture: Image.Image, boxes: Sequence[Detection], side_px: int, part: float
) -> tuple[Image.Image, list[Detection]]:
    """A picture in the middle of a black frame, 4 to 3, and its boxes there.

    side_px : the frame's width
    part    : of the frame's height and width that the picture may fill
    """
    width, height = side_px, side_px * 3 // 4
    scale = part * min(width / picture.width, height / picture.height)
    columns, rows = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    left, top = (width - columns) // 2, (height - rows) // 2
    frame = Image.new("RGB", (width, height))
    frame.paste(picture.resize((columns, rows), Image.Resampling.BICUBIC), (left, top))
    moved = []
    for box in boxes:
        x0, x1 = ((left + columns * edge) / width for edge in (box.x0, box.x1))
        y0, y1 = ((top + rows * edge) / height for edge in (box.y0, box.y1))
        moved.append(Detection(box.label, box.score, x0, y0, x1, y1))
    return frame, moved


def _figures(truth: Sequence[Sequence[Detection]], seen: dict[str, list[Prediction]]) -> dict[str, dict[str, Figure]]:
    sizes = [one.size for one in seen["maps"]]
    asked = [sorted({box.label for box in boxes}) for boxes in truth]
    precision = coco.figures(truth, [one.boxes for one in seen["folds"]], sizes)
    found = {"folds": {name: Figure(precision[name]) for name in (coco.LOOSE, coco.STRICT) if name in precision}}
    places = {
        "folds": [predictions.by_boxes(one.boxes, names) for one, names in zip(seen["folds"], asked, strict=True)],
        "maps": [predictions.by_maps(one, names) for one, names in zip(seen["maps"], asked, strict=True)],
        "centre": [
            predictions.by_boxes(baselines.centred(boxes), names) for boxes, names in zip(truth, asked, strict=True)
        ],
    }
    for who, pointed in places.items():
        hits = [
            hit for boxes, place in zip(truth, pointed, strict=True) for hit in predictions.located(boxes, place)[0]
        ]
        found.setdefault(who, {})["hit"] = share(hits)
    return found
