"""Boxes where nothing is, over time: photos without instruments, kept apart, filmed by a moving camera.

Each photo is panned over and zoomed into for some seconds and compressed as a video is; what is shown is what the
program shows of a clip (`seeing.watch`).
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from milo_demo.analysis import Media
from milo_demo.evaluation.table import Figure, Table
from milo_demo.grid import steps_in
from milo_demo.seeing.watch import watch
from milo_demo.training.seeing import photos
from milo_demo.training.seeing.photos import Photo

SIZE_PX = 640, 360
FPS, SECONDS_EACH = 8, 5.0
CLIPS, PHOTOS_EACH = 12, 4
COARSE = 33
"""H.264's constant rate factor."""


def measure(album: Sequence[Photo], threshold: float = 0.5) -> Table:
    """False boxes a minute, and in which part of the steps there is any; every player's box counts once.

    album : photos without instruments
    """
    rng, boxes, steps, ghostly = np.random.default_rng(0), 0, 0, 0
    chosen = rng.permutation(len(album))[: CLIPS * PHOTOS_EACH].tolist()
    with tempfile.TemporaryDirectory() as folder:
        for first in range(0, len(chosen), PHOTOS_EACH):
            pictures = [photos.read(album[index].path) for index in chosen[first : first + PHOTOS_EACH]]
            clip = Path(folder) / f"{first}.mp4"
            duration_s = film(pictures, clip, rng)
            media = Media(clip.name, duration_s, *SIZE_PX, FPS, has_video=True, has_audio=False)
            shown = _seen(clip, media, threshold)
            boxes += len({number for step in shown for number in step})
            ghostly += sum(bool(step) for step in shown)
            steps += steps_in(duration_s)
    minutes = len(chosen) * SECONDS_EACH / 60
    return {
        "video without instruments: boxes a minute": {"boxes": Figure(boxes / minutes, steps)},
        "video without instruments: steps with any": {"boxes": Figure(ghostly / steps, steps)},
    }


def film(pictures: Sequence[Image.Image], clip: Path, rng: np.random.Generator) -> float:
    """Pan over pictures one after another; returns how long the clip is, seconds."""
    size = "x".join(map(str, SIZE_PX))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", size, "-r", str(FPS), "-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(COARSE)]
    count = round(FPS * SECONDS_EACH)
    frames = np.concatenate([_panned(picture, count, rng) for picture in pictures])
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(clip)], input=frames.tobytes(), check=True)
    return len(frames) / FPS


def _panned(picture: Image.Image, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(frame, row, column, 3): from one part of a picture to another."""
    width, height = SIZE_PX
    largest = min(picture.width / width, picture.height / height)
    views = []
    for _ in range(2):
        across, down = (largest * rng.uniform(0.6, 1) * side for side in SIZE_PX)
        left, top = rng.uniform(0, picture.width - across), rng.uniform(0, picture.height - down)
        views.append(np.array([left, top, left + across, top + down]))
    steps = np.linspace(0, 1, count)[:, None]
    boxes = (1 - steps) * views[0] + steps * views[1]
    shown = [picture.resize(SIZE_PX, Image.Resampling.BILINEAR, box=tuple(box)) for box in boxes.tolist()]
    return np.stack([np.array(frame) for frame in shown])


def _seen(clip: Path, media: Media, threshold: float) -> list[dict]:
    """The boxes of every step."""
    watching = watch(clip, media, threshold)
    while True:
        try:
            next(watching)
        except StopIteration as told:
            return told.value.boxes
