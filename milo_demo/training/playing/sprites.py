"""What a made stage is put together from: cut-outs, people, arms and hands, laid over a picture by any affine map.

A sprite is (height, width, 4), uint8: red, green, blue and opacity. A map is (3, 3): from a sprite's or the stage's
pixels to the picture's.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from milo_demo.training.seeing.scenes import SKINS

Sprite = NDArray[np.uint8]
Map = NDArray[np.float64]

LIMB_PX = (16, 64)
HAND_PX = 48
POSES = 4
PERSON_PX = 128
TORSO_PX = 200


def lay(picture: NDArray[np.uint8], sprite: Sprite, placed: Map) -> None:
    """Lay a sprite over a picture (height, width, 3), in place; what falls outside is lost."""
    rows, columns = sprite.shape[:2]
    corners = np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]])
    x, y = (placed @ corners)[:2]
    left, top = max(0, int(x.min()) - 1), max(0, int(y.min()) - 1)
    right, bottom = min(picture.shape[1], int(x.max()) + 2), min(picture.shape[0], int(y.max()) + 2)
    if right - left < 2 or bottom - top < 2:
        return
    matrix = (shifted(-left, -top) @ placed)[:2]
    flags = cv2.INTER_AREA if abs(np.linalg.det(placed[:2, :2])) < 0.25 else cv2.INTER_LINEAR
    warped = cv2.warpAffine(sprite, matrix, (right - left, bottom - top), flags=flags)
    under = picture[top:bottom, left:right].astype(np.int16)
    opaque = warped[..., 3:].astype(np.int16)
    picture[top:bottom, left:right] = under + (warped[..., :3] - under) * opaque // 255


def shifted(x: float, y: float) -> Map:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def turned(angle: float, scale: float = 1.0) -> Map:
    """About the origin, by radians from x towards y."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def through(placed: Map, points: NDArray) -> NDArray[np.float64]:
    """Where points (..., 2), x and y, come to lie."""
    return points @ placed[:2, :2].T + placed[:2, 2]


def cloth(rng: Generator, rows: int, columns: int, colour: NDArray) -> NDArray[np.uint8]:
    """A surface with something on it to follow, (row, column, 3)."""
    grain = cv2.GaussianBlur(rng.normal(0, 1, (rows, columns)), (0, 0), float(rng.uniform(1, 3)))
    grain *= rng.uniform(6, 30) / max(1e-6, float(grain.std()))
    shade = np.cos(np.linspace(-1.2, 1.2, columns)) * 40 - 25
    return (colour + (grain + shade)[..., None]).clip(0, 255).astype(np.uint8)


def skin(rng: Generator) -> NDArray[np.float64]:
    return np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.6, 1.05)


def limb(rng: Generator, colour: NDArray) -> Sprite:
    """Half an arm, hanging: `along` lays it between two joints."""
    columns, rows = LIMB_PX
    opaque = np.zeros((rows, columns), np.uint8)
    cv2.ellipse(opaque, (columns // 2, rows // 2), (columns // 2 - 1, rows // 2), 0, 0, 360, 255, -1)
    opaque[rows // 5 : -rows // 5, 1:-1] = 255
    return np.dstack([cloth(rng, rows, columns, colour), opaque])


def along(begin: NDArray, end: NDArray, width: float) -> Map:
    """The map that lays a limb from one joint to another, `width` wide."""
    columns, rows = LIMB_PX
    way = end - begin
    length = max(1e-3, float(np.hypot(*way)))
    long, wide = way / rows, np.array([way[1], -way[0]]) / length * width / columns
    begin = begin - wide * columns / 2
    return np.array([[wide[0], long[0], begin[0]], [wide[1], long[1], begin[1]], [0.0, 0.0, 1.0]])


def hands(rng: Generator, colour: NDArray) -> list[Sprite]:
    """A hand with its fingers upwards, in POSES poses: the middle is where it touches."""
    poses = []
    texture = cloth(rng, HAND_PX, HAND_PX, colour)
    for pose in range(POSES):
        opaque = np.zeros((HAND_PX, HAND_PX), np.uint8)
        cv2.ellipse(opaque, (24, 34), (11, 13), 0, 0, 360, 255, -1)
        for finger in range(4):
            bent = 5 * ((finger + pose) % POSES == 0)
            start, end = (16 + 5 * finger, 30), (13 + 7 * finger, 12 + abs(2 * finger - 3) + bent)
            cv2.line(opaque, start, end, 255, 5, cv2.LINE_AA)
        cv2.line(opaque, (15, 36), (5, 26), 255, 6, cv2.LINE_AA)
        lines = texture.copy()
        edge = cv2.morphologyEx(opaque, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        lines[edge > 0] = lines[edge > 0] // 10 * 7
        poses.append(np.dstack([lines, opaque]))
    return poses


def person(portrait: NDArray[np.uint8], rng: Generator) -> Sprite:
    """Head and shoulders out of a portrait, and a body below it; the mouth is at about (0.5, 0.33) of the width."""
    face = cv2.resize(portrait, (PERSON_PX, PERSON_PX), interpolation=cv2.INTER_AREA)
    body = cloth(rng, TORSO_PX, PERSON_PX, face[-8:].mean(axis=(0, 1)))
    opaque = np.zeros((PERSON_PX + TORSO_PX, PERSON_PX), np.uint8)
    side = PERSON_PX
    cv2.ellipse(opaque, (side // 2, round(0.44 * side)), (round(0.3 * side), round(0.42 * side)), 0, 0, 360, 255, -1)
    cv2.ellipse(opaque, (side // 2, round(1.1 * side)), (round(0.48 * side), round(0.36 * side)), 0, 0, 360, 255, -1)
    opaque[round(1.1 * side) :, round(0.06 * side) : round(0.94 * side)] = 255
    return np.dstack([np.concatenate([face, body]), cv2.GaussianBlur(opaque, (5, 5), 0)]).astype(np.uint8)


def stick(rng: Generator) -> Sprite:
    """A bow or a drumstick, to be laid like a limb."""
    columns, rows = LIMB_PX
    return np.dstack([cloth(rng, rows, columns, rng.uniform(20, 230, 3)), np.full((rows, columns), 255, np.uint8)])
