"""The semantic mask (Nuotioma 2024, figure 4.3): time × log frequency, each place in the colour of the track that has
most of it, the brighter the louder; grey is nobody's. With a legend, as a file of its own.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont
from soundfile import SoundFile

from milo_demo.features.log_frequency import BINS, SIDE, WINDOWS, height_of, picture
from milo_demo.features.stft import TRACK_HZ
from milo_demo.instruments import BY_NAME
from milo_demo.separation.files import BLOCK

WIDEST, NARROWEST = 1600, 800
"""Pixels across: a long clip is looked at now and then, a short one is stretched."""
FAINTEST_DB = 50.0
"""Below the loudest place, what is drawn black."""
REST = "#94A3B8"
GROUND, INK = "#0F172A", "#E2E8F0"
LEGEND_PX, FONT_PX, MARGIN_PX = 30, 15, 10
MARKS_HZ = (200, 500, 1000, 2000, 5000)
WINDOW = WINDOWS[TRACK_HZ]


def write_mask(paths: Sequence[Path], labels: Sequence[str], out: Path) -> None:
    """Draw the mask of some tracks as a PNG. Reads their files piece by piece.

    paths  : sound files at 44.1 kHz, equally long
    labels : whose they are; one that is no instrument is the rest
    """
    levels = np.stack([_picture(path) for path in paths])
    image = Image.fromarray(coloured(levels, [colour(label) for label in labels]))
    image = image.resize((max(NARROWEST, image.width), 2 * SIDE), Image.Resampling.NEAREST)
    _with_legend(image, labels).save(out, optimize=True)


def coloured(levels: NDArray[np.float32], colours: Sequence[str]) -> NDArray[np.uint8]:
    """(row, column, 3), low frequencies at the bottom, of the tracks' magnitudes (track, row, column)."""
    whole = levels.sum(axis=0)
    loudness_db = 20 * np.log10(np.maximum(whole, 1e-9) / max(1e-9, float(whole.max(initial=0))))
    bright = np.clip(1 + loudness_db / FAINTEST_DB, 0, 1)[..., None]
    hues = np.array([ImageColor.getrgb(colour) for colour in colours], np.float32)[levels.argmax(axis=0)]
    ground = np.array(ImageColor.getrgb(GROUND), np.float32)
    return (ground + bright * (hues - ground)).round().astype(np.uint8)[::-1]


def colour(label: str) -> str:
    return BY_NAME[label].colour if label in BY_NAME else REST


def _picture(path: Path) -> NDArray[np.float32]:
    """(SIDE, column) magnitudes of a file, at most WIDEST columns; what its channels would cancel is there too."""
    hann = np.hanning(WINDOW.size).astype(np.float32)
    with SoundFile(path) as file:
        step = max(WINDOW.hop, -(-file.frames // WIDEST))
        columns, before = [], np.zeros((file.channels, WINDOW.size), np.float32)
        # Each reading seeks, which takes FLAC longer than the reading: a few large ones.
        for block in file.blocks(step * max(1, BLOCK // step), dtype="float32", always_2d=True):
            sound = np.concatenate([before, np.pad(block.T, ((0, 0), (0, -len(block) % step)))], axis=1)
            windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW.size, axis=1)[:, step::step]
            power = np.square(np.abs(np.fft.rfft(windows * hann)[..., :BINS])).mean(axis=0)
            columns.append(np.sqrt(power).astype(np.float32))
            before = sound[:, -WINDOW.size :]
    found = torch.from_numpy(np.concatenate(columns).T.copy())
    return picture(found[None, None], found.shape[1])[0, 0].numpy()


def _with_legend(mask: Image.Image, labels: Sequence[str]) -> Image.Image:
    """The mask, with frequencies on it and everyone's colour under it."""
    font = ImageFont.load_default(size=FONT_PX)
    names = [BY_NAME[label].title if label in BY_NAME else "everything else" for label in labels]
    places, rows = _places([font.getlength(name) for name in names], mask.width)
    image = Image.new("RGB", (mask.width, mask.height + rows * LEGEND_PX), GROUND)
    image.paste(mask)
    draw = ImageDraw.Draw(image)
    for hertz in MARKS_HZ:
        y = mask.height * (1 - height_of(hertz))
        draw.line([(0, y), (MARGIN_PX, y)], fill=INK)
        said = f"{hertz} Hz" if hertz < 1000 else f"{hertz // 1000} kHz"
        draw.text((MARGIN_PX + 4, y), said, fill=INK, font=font, anchor="lm", stroke_width=2, stroke_fill=GROUND)
    for label, name, (x, row) in zip(labels, names, places, strict=True):
        y = mask.height + row * LEGEND_PX + LEGEND_PX / 2
        draw.rectangle([x, y - 7, x + 14, y + 7], fill=colour(label))
        draw.text((x + 20, y), name, fill=INK, font=font, anchor="lm")
    return image


def _places(lengths: Sequence[float], width: int) -> tuple[list[tuple[float, int]], int]:
    """Where each entry of the legend stands: x and row; and how many rows there are."""
    places: list[tuple[float, int]] = []
    x, row = float(MARGIN_PX), 0
    for length in lengths:
        if x + 20 + length > width and x > MARGIN_PX:
            x, row = float(MARGIN_PX), row + 1
        places.append((x, row))
        x += 20 + length + 2 * MARGIN_PX
    return places, row + 1
