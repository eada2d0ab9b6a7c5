"""The whole sphere in one frame, and ordinary views of it.

An equirectangular frame shows every direction around the camera: x = azimuth / 360° + 1/2 and
y = 1/2 - elevation / 180°, as fractions of the frame; azimuth is 0 in the frame's middle and grows to the right,
elevation grows upwards. The frame's left and right edge are one line, the seam; its whole top row is one point, and so
is its bottom row.

Networks that learnt from photos are lost in such a frame, so it is looked at through overlapping views, each as a
camera without distortion would show it. Straight edges of a view are great circles, which makes a box in a view exact
geometry on the sphere.

A box in the frame has x0 in [0, 1) and x0 < x1 <= x0 + 1: x1 > 1 across the seam. A box with a pole in it spans the
whole width and reaches the frame's edge.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch.nn import functional

from milo_demo.geometry import turns

VIEW_PX = 512
"""Side of the views, a multiple of 16. Of 24 photos of guitars in made scenes (`evaluation.seeing.panorama`) the eye
found 17 in views of 384 px, 20 in views of 448, 21 in these, at half the speed of the first; 23 in the photos by
themselves."""

FRAME_PX = 1920
"""Width of frames to take views from: eight frame pixels for seven in the middle of a view."""

POINTS_PER_SIDE = 64
"""A box's edge is bent in the frame and is followed through so many points; near a pole few would miss how far."""

SAMPLES = 8
"""A box's solid angle is sampled at so many rows and columns."""


class View(NamedTuple):
    """A square look in one direction; degrees, the angle being that of view from side to side."""

    azimuth_deg: float
    elevation_deg: float
    angle_deg: float


VIEWS = (*(View(60 * k, 0, 90) for k in range(6)), View(0, 90, 100), View(0, -90, 100))
"""They cover the sphere, and what is up to 30° wide, a guitar two metres away, is seen whole wherever it is around the
horizon. Four of 110° and two cost a quarter less and found 13 of the 24."""


def vectors(azimuth_deg: NDArray | float, elevation_deg: NDArray | float) -> NDArray[np.float64]:
    """Directions as unit vectors (..., 3): to the right, down, and to the front, where azimuth and elevation are 0."""
    azimuth, elevation = np.broadcast_arrays(np.radians(azimuth_deg), np.radians(elevation_deg))
    return np.stack(
        [np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], axis=-1
    )


def angles(rays: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuth, in [-180, 180], and elevation of vectors (..., 3) of any length; degrees."""
    right, down, front = np.moveaxis(rays, -1, 0)
    return np.degrees(np.arctan2(right, front)), np.degrees(np.arctan2(-down, np.hypot(right, front)))


def rays(view: View, x: NDArray | float, y: NDArray | float) -> NDArray[np.float64]:
    """The directions (..., 3), unit vectors, that a view shows at places given as fractions of it."""
    reach = np.tan(np.radians(view.angle_deg / 2))
    across, down = np.broadcast_arrays(reach * (2 * np.asarray(x) - 1), reach * (2 * np.asarray(y) - 1))
    seen = np.stack([across, down, np.ones_like(across)], axis=-1)
    return seen / np.linalg.norm(seen, axis=-1, keepdims=True) @ _turn(view).T


def places(view: View, directions: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a view shows directions (..., 3): x and y as fractions, outside 0-1 beside the view, nan behind it."""
    right, down, front = np.moveaxis(directions @ _turn(view), -1, 0)
    depth = 2 * np.tan(np.radians(view.angle_deg / 2)) * np.where(front > 1e-9, front, np.nan)
    return 0.5 + right / depth, 0.5 + down / depth


def views(frame: NDArray[np.uint8], chosen: Sequence[View] = VIEWS) -> NDArray[np.uint8]:
    """Look at an equirectangular frame, RGB (height, width, 3); (view, VIEW_PX, VIEW_PX, 3). 60 ms for eight."""
    # py360convert does this at a tenth of the speed, and has no way back for boxes, which takes the same geometry.
    grid = _grid(tuple(chosen))
    picture = torch.tensor(frame, dtype=torch.float32).permute(2, 0, 1)[None]
    # At the seam half a pixel is held instead of mixed with the other edge's, which nobody sees.
    seen = functional.grid_sample(picture, grid, padding_mode="border", align_corners=False)
    return seen[0].round().to(torch.uint8).view(3, -1, VIEW_PX, VIEW_PX).permute(1, 2, 3, 0).contiguous().numpy()


def frame_box(view: View, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    """The smallest box of the frame around a box of a view; both as fractions, x0, y0, x1, y1."""
    corners = [0, POINTS_PER_SIDE, 2 * POINTS_PER_SIDE, 3 * POINTS_PER_SIDE, 4 * POINTS_PER_SIDE]
    along = np.arange(corners[-1] + 1)  # clockwise, and back to the first corner
    x, y = np.interp(along, corners, [x0, x1, x1, x0, x0]), np.interp(along, corners, [y0, y0, y1, y1, y0])
    azimuth, elevation = angles(rays(view, x, y))
    top, bottom = float(0.5 - elevation.max() / 180), float(0.5 - elevation.min() / 180)
    for pole, edge in ((90, 0.0), (-90, 1.0)):
        pole_x, pole_y = places(view, vectors(0, pole))
        if x0 <= pole_x <= x1 and y0 <= pole_y <= y1:
            return 0.0, min(top, edge), 1.0, max(bottom, edge)
    across = np.unwrap(azimuth, period=360) / 360 + 0.5
    left = float(across.min()) % 1
    return left, top, left + float(np.ptp(across)), bottom


def overlaps(shown_in: Sequence[View], boxes: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How boxes (box, 4), each in fractions of its own view, cover each other on the sphere.

    Returns their solid angles (box,), steradians, and shares (box, other): how much of a box lies inside the other.
    """
    middle = (np.arange(SAMPLES) + 0.5) / SAMPLES
    shape = (len(boxes), SAMPLES, SAMPLES)
    (x0, y0, x1, y1) = boxes.T[:, :, None, None]
    x = np.broadcast_to(x0 + middle * (x1 - x0), shape)
    y = np.broadcast_to(y0 + middle[:, None] * (y1 - y0), shape)
    points = np.stack([rays(view, *place) for view, *place in zip(shown_in, x, y, strict=True)])
    reach = np.tan(np.radians([view.angle_deg / 2 for view in shown_in]))[:, None, None]
    # A square of a plane at distance 1 is seen the smaller the farther from its middle: the cube of the cosine.
    pieces = (1 + reach**2 * ((2 * x - 1) ** 2 + (2 * y - 1) ** 2)) ** -1.5
    areas = (2 * reach[:, 0, 0]) ** 2 * (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) * pieces.mean((1, 2))
    weights = pieces / pieces.sum((1, 2), keepdims=True)
    shares = np.zeros((len(boxes), len(boxes)))
    for view in set(shown_in):
        other_x, other_y = places(view, points)
        for other, (left, top, right, bottom) in enumerate(boxes):
            if shown_in[other] == view:
                inside = (left <= other_x) & (other_x <= right) & (top <= other_y) & (other_y <= bottom)
                shares[:, other] = (weights * inside).sum((1, 2))
    return areas, shares


def around(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The smallest box of the frame around several of its boxes that lie near each other, on either side of the seam
    or across it."""
    first = boxes[0]
    moved = [turns((first[0] + first[2]) / 2, (box[0] + box[2]) / 2) for box in boxes]
    left = min(box[0] + by for box, by in zip(boxes, moved, strict=True))
    right = max(box[2] + by for box, by in zip(boxes, moved, strict=True))
    start, end = (0.0, 1.0) if right - left >= 1 else (left % 1, left % 1 + right - left)
    return start, min(box[1] for box in boxes), end, max(box[3] for box in boxes)


def direction(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
    """Azimuth, in [-180, 180), and elevation of the middle of a frame's box, degrees; of the pole, if it holds one."""
    if x1 - x0 >= 1:
        return 0.0, 90.0 if y0 < 1 - y1 else -90.0
    return ((x0 + x1) / 2 % 1 - 0.5) * 360, (0.5 - (y0 + y1) / 2) * 180


@lru_cache(maxsize=64)
def _turn(view: View) -> NDArray[np.float64]:
    """The matrix from the view's own axes (right, down, front) to the sphere's."""
    return Rotation.from_euler("YX", [view.azimuth_deg, view.elevation_deg], degrees=True).as_matrix()


@lru_cache(maxsize=4)
def _grid(chosen: tuple[View, ...]) -> torch.Tensor:
    """For every pixel of all views, one above the other, its place in the frame, -1 to 1; (1, row, column, 2)."""
    middle = (np.arange(VIEW_PX) + 0.5) / VIEW_PX
    x, y = np.meshgrid(middle, middle)
    azimuth, elevation = angles(np.concatenate([rays(view, x, y) for view in chosen]))
    return torch.from_numpy(np.stack([azimuth / 180, -elevation / 90], axis=-1)[None].astype(np.float32))
