"""Looks along while the eye looks at a clip: keeps the hands and mouths of every step, and what moves in between."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo.analysis import ModelUsed
from milo_demo.features.flow import PER_STEP, SIDE_PX, Movement
from milo_demo.geometry import Detection
from milo_demo.media import sphere
from milo_demo.media.decode import Picture
from milo_demo.media.sphere import View
from milo_demo.models.movement import MovementFCN
from milo_demo.playing import hands
from milo_demo.playing.hands import Finder, Hand, Mouth
from milo_demo.playing.looks import AROUND, FURTHER_LOOKS, further_looks, whole
from milo_demo.weights import Loaded

LOOKS_PER_STEP = 1.75
"""How often at most a frame is looked at for hands, in the mean of those that are looked at together. The whole frame
shows hands in two of three steps in which somebody plays; the others are looked at more closely for as long as this
lasts."""
NARROWEST_DEG, WIDEST_DEG = 30.0, 100.0
"""Angles of the view of a 360° frame in which the hands at an instrument are looked for."""


class Witness:
    """To be given to the eye (`seeing.watch`), which tells it of everything that passes before it.

    hands, mouths : per step so far, surest first
    movement      : of all pictures so far
    mover         : the action model, if it is asked
    used          : the networks that looked

    Raises MiloError where a checkpoint cannot be had.
    """

    per_step = PER_STEP

    def __init__(self, spherical: bool = False, finder: Finder | None = None, mover: Loaded | None = None) -> None:
        """
        spherical : the frames are 360° wide; hands are looked for at the surest instrument only
        mover     : the action model, to say of what moves whether it looks like playing
        """
        self._spherical, self._finder = spherical, finder or hands.load()
        self.mover: MovementFCN | None = None if mover is None else mover.module
        self.hands: list[list[Hand]] = []
        self.mouths: list[list[Mouth]] = []
        self.movement = Movement()
        self.used: tuple[ModelUsed, ...] = (*self._finder.used, *(() if mover is None else (mover.used,)))

    def pass_by(self, picture: Picture) -> None:
        """The next picture, of `per_step` in each step."""
        self.movement.add(picture.grey(SIDE_PX))

    def look(self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]) -> None:
        """The next steps' frames, RGB (height, width, 3), and the boxes that the eye has found in each."""
        seen_hands, seen_mouths = (self._look_around if self._spherical else self._look)(frames, found)
        self.hands += seen_hands
        self.mouths += seen_mouths

    def _look(
        self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]
    ) -> tuple[list[list[Hand]], list[list[Mouth]]]:
        sizes = [(frame.shape[0], frame.shape[1]) for frame in frames]
        once = [[whole(*size)] for size in sizes]
        seen = hands.find_hands(frames, once, self._finder)
        spare = round((LOOKS_PER_STEP - 1) * len(frames))
        further = [further_looks(*size, boxes) for size, boxes in zip(sizes, found, strict=True)]
        for number in range(FURTHER_LOOKS):
            wanting = [k for k, some in enumerate(seen) if not some][:spare]
            spare -= len(wanting)
            more = hands.find_hands([frames[k] for k in wanting], [[further[k][number]] for k in wanting], self._finder)
            for k, some in zip(wanting, more, strict=True):
                seen[k] = some
        return seen, hands.find_mouths(frames, once, self._finder)

    def _look_around(
        self, frames: Sequence[NDArray[np.uint8]], found: Sequence[Sequence[Detection]]
    ) -> tuple[list[list[Hand]], list[list[Mouth]]]:
        """At the surest box of each 360° frame, in a flat view."""
        seen_hands: list[list[Hand]] = [[] for _ in frames]
        seen_mouths: list[list[Mouth]] = [[] for _ in frames]
        for k, (frame, boxes) in enumerate(zip(frames, found, strict=True)):
            if not boxes:
                continue
            view = _view(max(boxes, key=lambda box: box.score))
            picture = sphere.views(frame, [view])[0]
            once = [[whole(sphere.VIEW_PX, sphere.VIEW_PX)]]
            [some] = hands.find_hands([picture], once, self._finder)
            seen_hands[k] = [hand._replace(points=_in_frame(view, hand.points)) for hand in some]
            [mouths] = hands.find_mouths([picture], once, self._finder)
            seen_mouths[k] = [
                mouth._replace(x=x, y=y)
                for mouth in mouths
                for x, y in [_in_frame(view, np.array([mouth.x, mouth.y])).tolist()]
            ]
        return seen_hands, seen_mouths


def _view(box: Detection) -> View:
    """A view with a box in its middle, with room around."""
    angle = AROUND * max(360 * (box.x1 - box.x0), 180 * (box.y1 - box.y0))
    return View(*sphere.direction(*box.sides), min(max(angle, NARROWEST_DEG), WIDEST_DEG))


def _in_frame(view: View, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places in a view, x and y (..., 2) as fractions of it, in fractions of the 360° frame. They stay together across
    its seam, their middle within it."""
    azimuth, elevation = sphere.angles(sphere.rays(view, places[..., 0], places[..., 1]))
    x = (azimuth - view.azimuth_deg + 180) % 360 / 360 + view.azimuth_deg / 360
    return np.stack([x - np.floor(x.mean()), 0.5 - elevation / 180], axis=-1)
