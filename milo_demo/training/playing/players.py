"""Who stands on a made stage: players with their instruments, and people who move for no musical reason.

Each can be drawn at any moment under any camera, and a player knows where the instrument is touched.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.training.playing import sprites
from milo_demo.training.playing.anatomy import Anatomy
from milo_demo.training.playing.gestures import STRUCK, WINDS, Gesture, Part
from milo_demo.training.playing.sprites import Map, lay, shifted, through, turned
from milo_demo.training.seeing.cutouts import Cutout
from milo_demo.training.seeing.scenes import LENGTH_CM, PERSON_CM

HELD_DEG = {
    "cello": (-90, 12), "erhu": (-90, 10), "violin": (0, 25), "flute": (10, 20), "trombone": (0, 20),
    "trumpet": (0, 25), "bassoon": (-90, 25), "clarinet": (-90, 25), "recorder": (-90, 25), "saxophone": (-90, 25),
}  # fmt: skip
"""Where the thin end points, degrees from the right downwards, and by how much that differs."""
USUALLY_HELD_DEG = (-25, 20)
STANDS_DEG = 5.0
FACE_CM = {
    "accordion": (0.5, 0.3, 0, -25), "cello": (0.75, 0, 15, -15), "congas": (0.5, 0, 0, -45), "drum": (0.5, 0, 0, -10),
    "erhu": (0.8, 0, 15, -10), "guzheng": (0.5, 0, 0, -55), "harp": (0.15, 0.2, -25, 0), "piano": (0.5, 0, 0, -35),
    "violin": (0.05, 0, 0, -8), "xylophone": (0.5, 0, 0, -55),
}  # fmt: skip
"""Where the player's mouth is: a point (u, v) of the instrument, and so many centimetres to the right and down."""
USUAL_FACE_CM = (0.3, 0.0, 0.0, -45.0)
ARM_CM, HAND_CM, SLEEVE_CM = 29.0, 17.0, 9.0
SIZES = (0.45, 1.3)
"""How long instruments are, as shares of the picture's shorter side: from a whole player to a close-up."""
SWAY, CALM = 0.02, 0.85
"""Radians that a body leans at most, and how much less it does where the player rests."""
MOUTH = (0.5, 0.66)
"""Place in a portrait, shares of its width."""
SHOULDERS = np.array([[0.14, 1.08], [0.86, 1.08]]) * sprites.PERSON_PX


class Touch(NamedTuple):
    """What is true of one player at one moment.

    label  : of the instrument
    sides  : of its box, x0, y0, x1, y1, pixels of the picture
    points : (n, 2), x and y, where it is touched
    sounds : does its part have a note now
    """

    label: str
    sides: NDArray[np.float64]
    points: NDArray[np.float64]
    sounds: bool


class Player:
    """A person with an instrument, who plays a part of a score.

    size : width and height of the stage, pixels; cutout : of the instrument; portrait : of the player (side, side, 3)
    """

    def __init__(
        self, size: tuple[int, int], cutout: Cutout, part: Part, portrait: NDArray[np.uint8], rng: Generator
    ) -> None:
        self.label, self._cutout = cutout.kind, cutout.pixels
        anatomy = self.anatomy = Anatomy(cutout.kind, cutout.pixels[..., 3])
        self._gesture = Gesture(cutout.kind, anatomy, part, rng)
        self._part = part
        length_px = rng.uniform(*SIZES) * min(size)
        middle = np.array(size) * (rng.uniform(0.2, 0.8), rng.uniform(0.35, 0.75))
        self.px_per_cm = length_px / LENGTH_CM[cutout.kind]
        self._posed = _posed(cutout.kind, anatomy, length_px, middle, rng)
        hull = cv2.convexHull(np.argwhere(cutout.pixels[..., 3] > 127)[:, ::-1].astype(np.int32))
        self._hull = hull[:, 0].astype(np.float64)
        self.figure = _Figure(sprites.person(portrait, rng), self._mouth(rng), self.px_per_cm, rng)
        self._stick = sprites.stick(rng)
        self._stick_px = max(1.2, rng.uniform(0.8, 1.6) * self.px_per_cm)
        self._swayed = not (anatomy.standing and cutout.kind not in WINDS and cutout.kind != "accordion")
        self.middle = middle

    def draw(self, picture: NDArray[np.uint8], at_s: float, camera: Map, body_s: float) -> None:
        """at_s : of the score; body_s : of all that moves without it"""
        swayed = camera @ self._sway(at_s, body_s)
        placed = (swayed if self._swayed else camera) @ self._stretched(at_s)
        hands = self._gesture.hands(at_s)
        self.figure.draw_body(picture, swayed)
        lay(picture, self._cutout, placed)
        zoom = float(np.sqrt(abs(np.linalg.det(camera[:2, :2]))))
        for hand in hands:
            if hand.tool is not None:
                begin, end = through(placed, hand.tool)
                lay(picture, self._stick, sprites.along(begin, end, self._stick_px * zoom))
        places = np.array([through(placed, hand.place) for hand in hands])
        self.figure.draw_arms(picture, swayed, zoom, places, [hand.pose for hand in hands])

    def touch(self, at_s: float, camera: Map, body_s: float) -> Touch:
        """The truth, under the same camera as `draw`."""
        placed = (camera @ self._sway(at_s, body_s) if self._swayed else camera) @ self._stretched(at_s)
        points = [hand.meets for hand in self._gesture.hands(at_s)]
        if self._gesture.mouth is not None:
            points.append(self._gesture.mouth)
        outline = through(placed, self._hull)
        sides = np.concatenate([outline.min(axis=0), outline.max(axis=0)])
        return Touch(self.label, sides, through(placed, np.array(points)), self._part.sounds(at_s))

    def _sway(self, at_s: float, body_s: float) -> Map:
        _, resting = self._part.rest(at_s)
        return self.figure.sway(body_s, 1 - CALM * resting)

    def _stretched(self, at_s: float) -> Map:
        by = self._gesture.stretch(at_s)
        if by == 1:
            return self._posed
        x = self.anatomy.at(0.5, 0.5)[0]
        return self._posed @ shifted(x, 0) @ np.diag([by, 1.0, 1.0]) @ shifted(-x, 0)

    def _mouth(self, rng: Generator) -> NDArray[np.float64]:
        if self._gesture.mouth is not None:
            return through(self._posed, self._gesture.mouth)
        u, v, right_cm, down_cm = FACE_CM.get(self.label, USUAL_FACE_CM)
        away = np.array([right_cm, down_cm]) + rng.normal(0, 4, 2)
        return through(self._posed, self.anatomy.at(u, v)) + away * self.px_per_cm


class Bystander:
    """Someone without an instrument, whose arms may swing: applause, a dance, a wave."""

    def __init__(self, size: tuple[int, int], portrait: NDArray[np.uint8], rng: Generator) -> None:
        mouth = np.array(size) * rng.uniform((0.05, 0.15), (0.95, 0.6))
        px_per_cm = rng.uniform(0.15, 0.7) * min(size) / PERSON_CM
        self.figure = _Figure(sprites.person(portrait, rng), mouth, px_per_cm, rng)
        self._swings = rng.random() < 0.6
        self._rate_hz, self._phase = rng.uniform(0.3, 2.5), rng.uniform(0, 2 * np.pi)
        self._reach = rng.uniform(20, 50, 2) * px_per_cm
        self._aim, self._swing = rng.uniform(-2.4, 0.8, 2), rng.uniform(0.2, 0.9, 2)

    def draw(self, picture: NDArray[np.uint8], at_s: float, camera: Map, body_s: float) -> None:
        swayed = camera @ self.figure.sway(body_s)
        self.figure.draw_body(picture, swayed)
        if self._swings:
            turn = self._aim + self._swing * np.sin(2 * np.pi * self._rate_hz * body_s + self._phase)
            aims = np.stack([np.array([-1, 1]) * np.cos(turn), np.sin(turn)], axis=1) * self._reach[:, None]
            zoom = float(np.sqrt(abs(np.linalg.det(camera[:2, :2]))))
            places = through(swayed, self.figure.shoulders + aims)
            self.figure.draw_arms(picture, swayed, zoom, places, [0, 0])


class _Figure:
    """A body with arms, its mouth at a given place of the stage."""

    def __init__(self, body: sprites.Sprite, mouth: NDArray, px_per_cm: float, rng: Generator) -> None:
        self._body, self._px_per_cm = body, px_per_cm
        scale = PERSON_CM * px_per_cm / sprites.PERSON_PX
        at = np.array(MOUTH) * sprites.PERSON_PX
        self._placed = shifted(*mouth) @ np.diag([scale, scale, 1.0]) @ shifted(*-at)
        self.shoulders = through(self._placed, SHOULDERS)
        colour = sprites.skin(rng)
        sleeve = rng.uniform(10, 240, 3) if rng.random() < 0.6 else colour
        self._limbs = [sprites.limb(rng, sleeve), sprites.limb(rng, sleeve if rng.random() < 0.7 else colour)]
        self._hands = sprites.hands(rng, colour)
        self._foot = through(self._placed, np.array([0.5, 2.5]) * sprites.PERSON_PX)
        self._sways = rng.uniform(0, SWAY), rng.uniform(0.2, 0.9), rng.uniform(0, 6)

    def sway(self, at_s: float, share: float = 1.0) -> Map:
        """A map of the stage onto itself: all of the body leans, or a share of what it may."""
        angle, rate_hz, phase = self._sways
        turn = turned(share * angle * np.sin(2 * np.pi * rate_hz * at_s + phase))
        return shifted(*self._foot) @ turn @ shifted(*-self._foot)

    def draw_body(self, picture: NDArray[np.uint8], camera: Map) -> None:
        lay(picture, self._body, camera @ self._placed)

    def draw_arms(
        self, picture: NDArray[np.uint8], camera: Map, zoom: float, places: NDArray, poses: list[int]
    ) -> None:
        """Arms to hands at `places` (n, 2) of the picture, at most two."""
        shoulders = through(camera, self.shoulders)
        arm, wide, hand_px = (cm * self._px_per_cm * zoom for cm in (ARM_CM, SLEEVE_CM, HAND_CM))
        if len(places) == 2 and np.hypot(*(shoulders - places).T).sum() > np.hypot(*(shoulders[::-1] - places).T).sum():
            shoulders = shoulders[::-1]
        for shoulder, place, pose in zip(shoulders, places, poses, strict=False):
            way = place - shoulder
            apart = max(1e-3, float(np.hypot(*way)))
            bend = np.sqrt(max(0.0, arm**2 - (apart / 2) ** 2))
            aside = np.array([-way[1], way[0]]) / apart
            elbow = (shoulder + place) / 2 + bend * aside * (1 if aside[1] > 0 else -1)
            lay(picture, self._limbs[0], sprites.along(shoulder, elbow, wide))
            lay(picture, self._limbs[1], sprites.along(elbow, place, 0.8 * wide))
            points_to = np.arctan2(*(place - elbow)[::-1]) + np.pi / 2
            middle = sprites.HAND_PX / 2
            placed = shifted(*place) @ turned(points_to, hand_px / sprites.HAND_PX) @ shifted(-middle, -middle)
            lay(picture, self._hands[pose % sprites.POSES], placed)


def _posed(kind: str, anatomy: Anatomy, length_px: float, middle: NDArray, rng: Generator) -> Map:
    """From the cut-out's pixels to the stage: size, place and angle as the kind is held."""
    if anatomy.standing or kind in STRUCK:
        turn = np.radians(rng.normal(0, STANDS_DEG))
    else:
        points_to, differs = HELD_DEG.get(kind, USUALLY_HELD_DEG)
        turn = np.radians(rng.normal(points_to, differs)) - np.arctan2(*anatomy.along[::-1])
    flip = np.diag([rng.choice([-1.0, 1.0]), 1.0, 1.0])
    centre = anatomy.at(0.5, 0.5 if anatomy.standing else 0.0)
    return shifted(*middle) @ flip @ turned(turn, length_px / anatomy.length) @ shifted(*-centre)
