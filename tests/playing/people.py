"""Drawn hands and faces, simple as they are, that the networks take for real: every place in them is known."""

import numpy as np
from PIL import Image, ImageDraw

SKIN, SHADE = (224, 172, 145), (190, 135, 110)
WALL = (70, 90, 110)
FINER = 4
"""Drawn so many times as large and then made small, for smooth edges."""

FINGERS = (
    ((-0.28, 0.3), (-0.72, -0.12), 0.17),
    ((-0.24, -0.1), (-0.34, -0.72), 0.15),
    ((-0.06, -0.15), (-0.08, -0.85), 0.155),
    ((0.12, -0.12), (0.17, -0.75), 0.15),
    ((0.28, -0.02), (0.42, -0.5), 0.13),
)
"""From thumb to little finger: root, tip and width, in lengths of a hand that points upwards."""


def wall(height: int = 216, width: int = 384) -> np.ndarray:
    return np.full((height, width, 3), WALL, np.uint8)


def with_hand(
    frame: np.ndarray, x: float, y: float, size: float = 40, turned_deg: float = 0
) -> tuple[np.ndarray, np.ndarray]:
    """A frame with an open hand in it, its palm's middle at (x, y) px; and the finger tips (5, 2), px."""
    height, width = frame.shape[:2]
    image = Image.fromarray(frame).resize((width * FINER, height * FINER))
    draw, turn = ImageDraw.Draw(image), np.radians(turned_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def place(point: tuple[float, float]) -> np.ndarray:
        return (rotation @ np.array(point) * size + (x, y)) * FINER

    def limb(start: tuple[float, float], end: tuple[float, float], wide: float, colour=SKIN) -> None:
        radius = wide * size * FINER / 2
        draw.line([tuple(place(start)), tuple(place(end))], fill=colour, width=int(2 * radius))
        for left, top in (place(start), place(end)):
            draw.ellipse([left - radius, top - radius, left + radius, top + radius], fill=colour)

    limb((0, 0.9), (0, 0.45), 0.42)
    limb((-0.02, 0.45), (-0.02, 0.05), 0.62)
    for root, tip, wide in FINGERS:
        limb(root, tip, wide + 0.03, SHADE)
        limb(root, tip, wide)
    for across in (-0.15, 0.03, 0.2):
        limb((across, 0.02), (across + 0.01, -0.12), 0.02, SHADE)
    tips = np.array([place(tip) for _, tip, _ in FINGERS]) / FINER
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS)), tips


def with_face(frame: np.ndarray, x: float, y: float, size: float = 60) -> tuple[np.ndarray, tuple[float, float]]:
    """A frame with a face in it, its middle at (x, y) px, `size` px high; and the middle of its mouth."""
    height, width = frame.shape[:2]
    image = Image.fromarray(frame).resize((width * FINER, height * FINER))
    draw = ImageDraw.Draw(image)

    def oval(across: float, down: float, wide: float, high: float, colour: tuple[int, int, int]) -> None:
        left, top = (x + (across - wide / 2) * size) * FINER, (y + (down - high / 2) * size) * FINER
        draw.ellipse([left, top, left + wide * size * FINER, top + high * size * FINER], fill=colour)

    oval(0, 0.4, 0.4, 0.6, SHADE)
    oval(0, -0.12, 0.86, 0.95, (60, 40, 30))
    oval(0, 0, 0.72, 1, SKIN)
    for side in (-1, 1):
        oval(side * 0.17, -0.15, 0.18, 0.03, (60, 40, 30))
        oval(side * 0.17, -0.06, 0.16, 0.08, (250, 250, 250))
        oval(side * 0.17, -0.06, 0.07, 0.08, (40, 30, 25))
    oval(0, 0.1, 0.12, 0.2, SHADE)
    oval(0, 0.26, 0.28, 0.08, (170, 70, 70))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS)), (x, y + 0.26 * size)
