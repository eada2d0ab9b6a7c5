"""Colours as eyes see them, also those of the colour-blind."""

import numpy as np
from numpy.typing import NDArray

# Linear RGB as the colour-blind see it, without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1)
SIGHT = {
    "common": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def seen(colour: str, sight: str) -> NDArray:
    """A colour ``#rrggbb`` as linear RGB, 0-1, as that sight has it."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)


def contrast(first: str, second: str, sight: str) -> float:
    """Ratio of two colours' relative luminances as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        return float(seen(colour, sight) @ [0.2126, 0.7152, 0.0722])

    dark, bright = sorted((luminance(first), luminance(second)))
    return (bright + 0.05) / (dark + 0.05)


def distance(first: str, second: str, sight: str) -> float:
    """How different two colours look: CIE 1976, where about 2 is just noticed side by side and 15 at a glance."""

    def lab(colour: str) -> NDArray:
        to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
        xyz = np.array(to_xyz) @ seen(colour, sight) / [0.9505, 1, 1.089]
        x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    return float(np.linalg.norm(lab(first) - lab(second)))
