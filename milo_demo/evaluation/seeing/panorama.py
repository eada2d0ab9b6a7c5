"""How well the eye looks around: ``python -m milo_demo evaluate sphere --data DIR``.

There is no 360° video with known boxes, so scenes are made: six photos without instruments, kept from training, are the
walls, floor and ceiling of a cube around the camera, and one real photo of people playing guitars, whose boxes are
known, hangs before them in a known direction, its long side WIDE_DEG wide. For each of PLACES, over all photos:

hit       : the middle of the surest guitar box in the frame lies inside a true box
shown     : that is so, and the box reaches 0.5: people see it
IoU > 0.5 : that box and a true one overlap so much on the sphere, both as boxes of the equirectangular frame
error     : the angle between the middles of that box and the nearest true one, median, degrees
map       : the peak of the guitar's map lies inside a true box

Who looks:

around : `seeing.panorama.look_around`
flat   : the baseline, which takes the equirectangular frame for an ordinary picture
alone  : the ceiling, which sees the photo by itself with as many pixels as a flat clip has
small  : the photo by itself with as few pixels as a view of the sphere gives it: what resolution alone costs

False alarms: how many scenes without the photo have a box of anything that reaches 0.5, looked at around and flat, and
how many of the photos that make up walls, each alone.

Each photo of a guitar is looked at by the head and the close-up that were trained without it (`baselines.fold_eyes`).
"""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from milo_demo.evaluation.seeing.baselines import fold_eyes
from milo_demo.evaluation.seeing.predictions import peak
from milo_demo.evaluation.table import Figure, Printer, Table
from milo_demo.geometry import Detection, contains, solid_angle_iou
from milo_demo.grid import SIDE_PX
from milo_demo.instruments import LABELS
from milo_demo.media import sphere
from milo_demo.media.sphere import VIEWS, View
from milo_demo.seeing import detect
from milo_demo.seeing.detect import Eye, Sight, see
from milo_demo.seeing.panorama import look_around
from milo_demo.training.seeing import photos
from milo_demo.weights.registry import BUNDLED

PLACES = {
    "front": (0, 0),
    "between two views": (30, 0),
    "across the seam": (180, 0),
    "60° up": (45, 60),
    "60° down": (-100, -60),
    "near the upper pole": (20, 85),
    "near the lower pole": (100, -85),
}
"""Azimuth and elevation of the photo's middle, degrees."""

WIDE_DEG = 60
"""Half of what a phone held upright takes in: its guitars are 30° wide, as from two metres away."""
SMALL_PX = round(sphere.VIEW_PX * np.tan(np.radians(WIDE_DEG / 2)) / np.tan(np.radians(VIEWS[0].angle_deg / 2)))
"""Long side of the photo in the middle of a view."""
EVERY = 3
"""Every third photo is taken: looking around takes seconds for each place of each."""
SURE = 0.5
GUITAR = LABELS.index("guitar")
WALLS = [*(View(90 * k, 0, 90) for k in range(4)), View(0, 90, 90), View(0, -90, 90)]


class Placed(NamedTuple):
    """A photo in the middle of a square view, its long side as wide as the view, and its true boxes."""

    photo: Image.Image
    boxes: list[Detection]
    view: View

    def on_view(self, box: Detection) -> Detection:
        """A box in fractions of the photo in fractions of the view."""
        width, height = (side / max(self.photo.size) for side in self.photo.size)
        x0, x1 = (0.5 + (x - 0.5) * width for x in (box.x0, box.x1))
        y0, y1 = (0.5 + (y - 0.5) * height for y in (box.y0, box.y1))
        return box._replace(x0=x0, y0=y0, x1=x1, y1=y1)


class Answer(NamedTuple):
    """Is the place hit by the surest box, is that box shown, is its extent right, how far is it off (degrees), does the
    map hit?"""

    hit: bool
    shown: bool
    overlaps: bool
    error_deg: float
    map_hits: bool


def evaluate(data: Path) -> Table:
    """Measure the bundled eye; print and return what is found: place and way of looking -> figure. Takes ten minutes.

    Raises MiloError where the data or the checkpoints are missing.
    """
    data, printer = Path(data), Printer()
    for part in _measured(data, detect.load()):
        printer.show(part)
    return printer.table


def _measured(data: Path, eye: Eye) -> Iterator[Table]:
    """A row or two at a time."""
    taken = [photo for photo in photos.boxed(data) if photo.boxes][::EVERY]
    truth = [(photos.read(photo.path, SIDE_PX), photo.boxes) for photo in taken]
    by_fold = fold_eyes(eye, BUNDLED / "folds")
    eyes = [by_fold[photos.fold(photo)] for photo in taken]
    walls = [photo.path for photo in photos.split(photos.find(data))["report"] if photo.kind is None]
    for way, side_px in (("alone", SIDE_PX), ("small", SMALL_PX)):
        alone = [Placed(*pair, View(0, 0, WIDE_DEG)) for pair in truth]
        yield {way: _figures([by_itself(*each, side_px) for each in zip(eyes, alone, strict=True)])}
    empty = list(islice(rooms(walls), len(truth)))
    for place, (azimuth_deg, elevation_deg) in PLACES.items():
        hung = [Placed(*pair, View(azimuth_deg, elevation_deg, WIDE_DEG)) for pair in truth]
        frames = [hang(placed, frame) for placed, frame in zip(hung, empty, strict=True)]
        for way, look in (("around", look_around), ("flat", _as_flat)):
            seen = (next(look([frame], its)) for frame, its in zip(frames, eyes, strict=True))
            answers = [answer(one.maps[0], one.found[0], placed) for one, placed in zip(seen, hung, strict=True)]
            yield {f"{place}: {way}": _figures(answers)}
    each = (np.array(photos.read(path, SIDE_PX)) for path in walls)
    alarms = {
        "around": _alarms(look_around(empty, eye)),
        "flat": _alarms(_as_flat(empty, eye)),
        "walls alone": _alarms(see(each, eye, batch=1)),
    }
    yield {"false alarms": alarms}


def rooms(walls: list[Path]) -> Iterator[NDArray[np.uint8]]:
    """Endless equirectangular frames (height, width, 3), each with the next six photos around it, cropped square."""
    following = cycle(walls)
    while True:
        frame = np.zeros((sphere.FRAME_PX // 2, sphere.FRAME_PX, 3), np.uint8)
        for view, path in zip(WALLS, following, strict=False):
            photo = photos.read(path)
            left, top = ((side - min(photo.size)) // 2 for side in photo.size)
            square = photo.crop((left, top, left + min(photo.size), top + min(photo.size)))
            frame = hang(Placed(square.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), [], view), frame)
        yield frame


def hang(placed: Placed, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame with the photo in it, as a camera at the sphere's middle sees it."""
    height, width = frame.shape[:2]
    x0, y0, x1, y1 = sphere.frame_box(placed.view, 0, 0, 1, 1)
    y, x = np.mgrid[int(y0 * height) : min(int(y1 * height) + 1, height), int(x0 * width) : int(x1 * width) + 1]
    directions = sphere.vectors(360 * (x + 0.5) / width - 180, 90 - 180 * (y + 0.5) / height)
    view_x, view_y = sphere.places(placed.view, directions)
    across, down = (side / max(placed.photo.size) for side in placed.photo.size)
    place = np.stack([(2 * view_x - 1) / across, (2 * view_y - 1) / down], axis=-1)
    shown = (np.abs(place) <= 1).all(axis=-1)  # False behind the camera, where the place is nan
    sampled = functional.grid_sample(
        photos.tensor(placed.photo)[None].float(),
        torch.from_numpy(place[shown].astype(np.float32))[None, None],
        padding_mode="border",
        align_corners=False,
    )
    together = frame.copy()
    together[y[shown], x[shown] % width] = sampled[0, :, 0].T.round().numpy().astype(np.uint8)
    return together


def by_itself(eye: Eye, placed: Placed, side_px: int) -> Answer:
    """What comes of looking at the photo alone, its places taken for those of its view."""
    scale = side_px / max(placed.photo.size)
    size = [round(side * scale) for side in placed.photo.size]
    [seen] = see([np.array(placed.photo.resize(size, Image.Resampling.BICUBIC))], eye)
    found = [placed.on_view(box) for box in seen.found[0]]
    on_frame = [Detection(box.label, box.score, *sphere.frame_box(placed.view, *box.sides)) for box in found]
    x, y = peak(seen.maps[0, GUITAR])
    spot = placed.on_view(Detection(GUITAR, 1.0, x, y, x, y))
    return _scored(on_frame, sphere.rays(placed.view, spot.x0, spot.y0), placed)


def answer(maps: NDArray[np.float32], found: list[Detection], placed: Placed) -> Answer:
    """What comes of looking at an equirectangular frame: maps (label, row, column) and boxes in fractions of it."""
    x, y = peak(maps[GUITAR])
    return _scored(found, sphere.vectors(360 * x - 180, 90 - 180 * y), placed)


def _scored(found: list[Detection], mapped: NDArray[np.float64], placed: Placed) -> Answer:
    """found : boxes of the frame, the surest first; mapped : the direction (3,) in which the guitar's map is highest"""
    truth = [placed.on_view(box) for box in placed.boxes]
    map_hits = _lies_in(truth, mapped, placed.view)
    surest = next((box for box in found if box.label == GUITAR), None)
    if surest is None:
        return Answer(False, False, False, 180.0, map_hits)
    towards = sphere.vectors(*sphere.direction(*surest.sides))
    middles = [sphere.rays(placed.view, *box.middle) for box in truth]
    error_deg = float(np.degrees(np.arccos(np.clip(max(towards @ middle for middle in middles), -1, 1))))
    overlap = max(solid_angle_iou(surest.sides, sphere.frame_box(placed.view, *box.sides)) for box in truth)
    hit = _lies_in(truth, towards, placed.view)
    return Answer(hit, hit and surest.score >= SURE, overlap > 0.5, error_deg, map_hits)


def _lies_in(boxes: list[Detection], direction: NDArray[np.float64], view: View) -> bool:
    """Does a direction (3,) lie in one of a view's boxes?"""
    x, y = sphere.places(view, direction)
    return contains(boxes, float(x), float(y))  # nan behind the view, which lies in none


def _as_flat(frames: Iterable[NDArray[np.uint8]], eye: Eye) -> Iterator[Sight]:
    """What comes of taking equirectangular frames for a flat clip's."""
    size = SIDE_PX, SIDE_PX // 2
    small = (np.array(Image.fromarray(frame).resize(size, Image.Resampling.BOX)) for frame in frames)
    return see(small, eye, batch=1)


def _figures(answers: list[Answer]) -> dict[str, Figure]:
    hit, shown, overlaps, error_deg, map_hits = np.array(answers, float).T
    values = {
        "hit": hit.mean(),
        "shown": shown.mean(),
        "IoU > 0.5": overlaps.mean(),
        "error": np.median(error_deg),
        "map": map_hits.mean(),
    }
    return {name: Figure(float(value), len(answers)) for name, value in values.items()}


def _alarms(seen: Iterable[Sight]) -> Figure:
    """The share of pictures in which a box of anything reaches SURE."""
    alarms = [any(box.score >= SURE for box in boxes) for one in seen for boxes in one.found]
    return Figure(float(np.mean(alarms)), len(alarms))
