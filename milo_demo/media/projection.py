"""Whether a frame is an ordinary picture or shows all that is around the camera.

The file's own word decides. Editors often lose it, and ordinary films are twice as wide as high too; then the picture
itself is looked at. A sphere's left and right edge are one line and its top and bottom row are one point each; a flat
film's edges show different places.

Of 40 rooms made of photos around the camera 36 are known as spheres, with one or another photo's edge at a pole in the
rest; of 2,000 flat photos cut to 2:1 1 % are mistaken for one, and another 3 %, cut out on white, where plain edges
count.
"""

from collections.abc import Iterable

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from milo_demo.media.colour import named_plainly
from milo_demo.media.stereo3d import HALVES, Stereo

FLAT, SPHERE = "flat", "equirectangular"

LEAST_WIDTH_PX = 1280
"""Whatever is smaller is no sphere that anybody would look at, and nothing is said of it."""
SPHERE_WIDTH_PX = 3000
"""From here on 2:1 is what 360° cameras write; a picture whose edges are plain, and say nothing, is taken as one."""

LOOKED_PX = 256, 512
"""Width and height that frames are brought to: columns 1.4° wide are alike beside the seam, rows of 0.35° at a pole."""
LIKE = 6.0
"""Levels (0-255), in the mean over a seam, that lie between neighbours in any picture."""
STEP = 2.0
"""The seam may differ by this many times what other neighbouring columns differ by."""
POLE = 20.0
"""A pole's row varies by at most this many levels: lens flare and coding."""
PLAIN = 6.0
"""A seam that varies by less from top to bottom proves nothing."""
BLACK = 24.0
"""Edges no brighter than this are a dark stage or bars."""


def said_projection(frame: av.VideoFrame) -> str:
    """What the file says by its metadata; empty where it says nothing. Kinds of sphere that MILO cannot turn (cube
    maps, half spheres) count as flat."""
    sphere = frame.side_data.get("SPHERICAL")
    if sphere is None:
        return ""
    # AVSphericalMapping begins with the projection as a 32-bit integer, 0 for equirectangular.
    return SPHERE if int.from_bytes(bytes(sphere)[:4], "little") == 0 else FLAT


def has_two_readings(width: int, height: int) -> bool:
    """Whether a picture of this size, pixels, can be either, so that without metadata something must be assumed."""
    return width == 2 * height and width >= LEAST_WIDTH_PX


def likely_projection(frames: Iterable[av.VideoFrame], width: int, stereo: Stereo) -> str:
    """What a 2:1 picture without metadata most likely is.

    frames : a few of it, from different places
    width  : of one eye's picture, pixels
    """
    votes = [_looks_round(_small(frame, stereo), width >= SPHERE_WIDTH_PX) for frame in frames]
    votes = [vote for vote in votes if vote is not None]
    return SPHERE if votes and sum(votes) > len(votes) / 2 else FLAT


def assumption(name: str, projection: str) -> str:
    """What people should know where `likely_projection` had to say."""
    if projection == SPHERE:
        return (
            f"{name} is twice as wide as high and its edges meet, so it is taken as a 360° picture, although nothing "
            "in it says so: if it is an ordinary one, analyse it again as flat."
        )
    return (
        f"{name} is twice as wide as high, but its edges do not meet and nothing in it says that it is a 360° picture, "
        "so it is taken as an ordinary one: if it is not, analyse it again as equirectangular."
    )


def _looks_round(image: NDArray[np.float64], plain_counts: bool) -> bool | None:
    """Whether a frame (row, column, channel), 0-255, closes to a sphere; None for a dark one, which says nothing."""
    left, right = image[:, 0], image[:, -1]
    if max(left.mean(), right.mean()) < BLACK:
        return None
    between = float(np.abs(np.diff(image, axis=1)).mean())
    closes = float(np.abs(left - right).mean()) <= LIKE + STEP * between
    points = all(float(row.std(axis=0).mean()) <= POLE for row in (image[0], image[-1]))
    textured = float(left.std(axis=0).mean()) >= PLAIN
    return closes and points and (textured or plain_counts)


def _small(frame: av.VideoFrame, stereo: Stereo) -> NDArray[np.float64]:
    """One eye's picture, LOOKED_PX large, by area averaging."""
    across, down = HALVES.get(stereo.arrangement, (1, 1))
    width, height = LOOKED_PX
    small = named_plainly(frame).reformat(width * across, height * down, "rgb24", interpolation=Interpolation.AREA)
    return small.to_ndarray()[:height, :width].astype(np.float64)
