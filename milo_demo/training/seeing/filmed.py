"""What happens to a picture on its way into a clip: bars around it, a small place in the frame, a video codec."""

import subprocess

import imageio_ffmpeg
import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from milo_demo.geometry import Detection

BARS, SMALL = 0.15, 0.12
"""Chances of bars along two sides, and of a frame around all."""
NARROWEST, SMALLEST = 0.5, 0.4
"""Parts of a side that the picture may keep with bars, and with a frame."""
COARSENESS = 24, 41
"""Of H.264's constant rate factor: from hardly to be seen to very coarse."""


def inner_size(size: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """Width and height, pixels, of the picture in a frame of `size`; mostly all of it."""
    width, height = size
    chance = rng.random()
    if chance < SMALL:
        part = rng.uniform(SMALLEST, 0.85)
        return round(part * width), round(part * height)
    if chance < SMALL + BARS:
        part = rng.uniform(NARROWEST, 0.95)
        return (round(part * width), height) if rng.random() < 0.5 else (width, round(part * height))
    return size


def framed(
    picture: Image.Image, boxes: list[Detection], size: tuple[int, int], rng: np.random.Generator
) -> tuple[Image.Image, list[Detection]]:
    """A picture, and its boxes, in a frame of `size` (width, height), pixels: black, or filled with its own blurred
    copy as telephones' upright clips are."""
    width, height = size
    if picture.size == size:
        return picture, boxes
    if rng.random() < 0.7:
        frame = Image.new("RGB", size)
    else:
        frame = picture.resize(size).filter(ImageFilter.GaussianBlur(max(size) / 24))
    left, top = (int(rng.uniform(0.3, 0.7) * (whole - part)) for whole, part in zip(size, picture.size, strict=True))
    frame.paste(picture, (left, top))
    across, down = picture.width / width, picture.height / height
    x, y = left / width, top / height
    moved = [
        Detection(box.label, box.score, x + across * box.x0, y + down * box.y0, x + across * box.x1, y + down * box.y1)
        for box in boxes
    ]
    return frame, moved


def compressed(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures (n, 3, height, width), uint8, even sides, as a video's frames look: through H.264 and back."""
    count, _, height, width = pictures.shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1"]
    coarseness = str(rng.integers(*COARSENESS))
    codec = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", coarseness, "-g", "1"]
    frames = np.ascontiguousarray(pictures.permute(0, 2, 3, 1).numpy()).tobytes()
    encode = [*ffmpeg, *raw, "-i", "-", *codec, "-f", "h264", "-"]
    stream = subprocess.run(encode, input=frames, stdout=subprocess.PIPE, check=True).stdout
    decode = [*ffmpeg, "-f", "h264", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    back = subprocess.run(decode, input=stream, stdout=subprocess.PIPE, check=True).stdout
    seen = np.frombuffer(back, np.uint8).reshape(count, height, width, 3)
    return torch.from_numpy(seen.copy()).permute(0, 3, 1, 2).contiguous()
