"""What the camera shows to the tests: an orange square on grey, which stands in for a guitar."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS

GUITAR = LABELS.index("guitar")
SQUARE = (0.25, 0.4, 0.5, 0.8)
"""Where it lies in the camera's picture."""

CAMERA_PX = (640, 360)


def square_found(frame: np.ndarray) -> list[Detection]:
    """In place of the networks: a guitar where it is orange, and a doubtful harp where nothing is."""
    rows, columns = np.nonzero(frame[..., 0].astype(int) - frame[..., 2] > 80)
    if not len(rows):
        return []
    height, width = frame.shape[:2]
    sides = columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height
    return [Detection(GUITAR, 0.936, *map(float, sides)), Detection(LABELS.index("harp"), 0.2, 0.6, 0.1, 0.9, 0.3)]


def jpeg(width: int = 384, height: int = 216, kind: str = "JPEG") -> str:
    """A still as the browser sends it: the square on grey."""
    picture = Image.new("RGB", (width, height), (90, 90, 90))
    x0, y0, x1, y1 = SQUARE
    picture.paste((230, 150, 20), tuple(round(v) for v in (x0 * width, y0 * height, x1 * width, y1 * height)))
    file = BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def film(path: Path) -> None:
    """Write what the camera films, as Chromium's camera that is a file wants it."""
    width, height = CAMERA_PX
    x0, y0, x1, y1 = (round(side * length) for side, length in zip(SQUARE, CAMERA_PX * 2, strict=True))
    planes = [np.full((height, width), 90), *(np.full((height // 2, width // 2), 128) for _ in "uv")]
    planes[0][y0:y1, x0:x1] = 160
    for plane, colour in zip(planes[1:], (40, 190), strict=True):
        plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = colour
    frame = b"FRAME\n" + b"".join(plane.astype(np.uint8).tobytes() for plane in planes)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode() + 4 * frame)
