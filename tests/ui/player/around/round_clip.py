"""A 360° clip of which every number is known, in place of the networks; and how it is measured on the screen, beside
what is drawn over it."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page
from scipy import ndimage

from milo_demo.analysis import Analysis, Box, ClipScore, Media
from milo_demo.grid import steps_in
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.maps import Maps
from milo_demo.pipeline import Progress
from tests.ui.player.browser import Visit, analyse, eventually, picture_is_there

WIDTH, HEIGHT, DURATION_S = 1024, 512, 4.0
PLAYERS = {  # label: colour of a field in the picture, and where it lies, with the box that has been found there
    "guitar": ((255, 0, 255), (0.484375, 0.46875, 0.515625, 0.53125)),  # to the front
    "violin": ((0, 255, 255), (0.9375, 0.40625, 1.0625, 0.59375)),  # behind, across the seam
    "flute": ((0, 0, 255), (0.6875, 0.125, 0.8125, 0.25)),  # to the right, high up
}
PIPA_AT = (-120.0, -10.0)
"""From where a pipa is heard that is not in the picture: azimuth and elevation, degrees."""
WHITE_FROM_S = 2.0
"""From here on the picture has a white field beside the guitar."""


def make_clip(path: Path) -> None:
    fields = [f"color=0x404040:s={WIDTH}x{HEIGHT}:r=25:d={DURATION_S}"]
    for colour, (x0, y0, x1, y1) in PLAYERS.values():
        for turn in (0, 1):
            left, right = (round(np.clip(x - turn, 0, 1) * WIDTH) for x in (x0, x1))
            if right > left:
                fields.append(field(colour, left, right, y0, y1))
    fields.append(field((255, 255, 255), 590, 620, 0.45, 0.55) + f":enable='gte(t,{WHITE_FROM_S})'")
    options = {"fps": 25, "pix_fmt_out": "yuv420p", "output_params": ["-g", "10", "-movflags", "+faststart"]}
    pictures = imageio_ffmpeg.read_frames(",".join(fields), input_params=["-f", "lavfi"])
    writer = imageio_ffmpeg.write_frames(str(path), (WIDTH, HEIGHT), **options)
    next(pictures)  # what is said about them
    writer.send(None)
    for picture in pictures:
        writer.send(picture)
    writer.close()


def field(colour: tuple, left: int, right: int, y0: float, y1: float) -> str:
    red, green, blue = colour
    top, bottom = round(y0 * HEIGHT), round(y1 * HEIGHT)
    place = f"x={left}:y={top}:w={right - left}:h={bottom - top}"
    return f"drawbox={place}:color=0x{red:02x}{green:02x}{blue:02x}:t=fill"


def steps(source, options, folder, earlier=None) -> Iterator[Progress]:
    """In place of `pipeline.steps`: three players around the camera; a pipa is heard."""
    make_clip(folder / "video.mp4")
    media = Media("round.mp4", DURATION_S, WIDTH, HEIGHT, 25.0, True, True, "equirectangular")
    found = Analysis(media, Maps.empty(steps_in(DURATION_S)))
    found.maps.object = np.zeros((len(found.maps.time_s), len(LABELS), 64, 128), np.float32)
    for player, (label, (_, (x0, y0, x1, y1))) in enumerate(PLAYERS.items()):
        columns = np.arange(round(x0 * 128), round(x1 * 128)) % 128
        found.maps.object[:, LABELS.index(label), round(y0 * 64) : round(y1 * 64), columns] = 240 / 255
        found.boxes += [Box(time_s, label, 0.9, player, x0, y0, x1, y1) for time_s in found.maps.time_s]
    found.clip = [ClipScore(label, 0.9, 0.8, 0.9, None) for label in PLAYERS]
    found.clip.append(ClipScore("pipa", 0.8, 0.8, None, None, *PIPA_AT))
    found.maps.sound = np.zeros((len(found.maps.time_s), len(LABELS)), np.float16)
    found.maps.sound[:, LABELS.index("pipa")] = 0.8
    found.save(folder)
    yield Progress("write", 1.0, found)


def arrive(visit: Visit, folder: Path, script: str = "", **options) -> Page:
    """A visitor has the clip analysed, in a window of which the arguments are told by `Visit`."""
    page = visit(script, reduced_motion="reduce", **options)
    analyse(page, "round.mp4", folder)
    picture_is_there(page)
    screen(page).scroll_into_view_if_needed()
    return page


def screen(page: Page) -> Locator:
    return page.locator("#milo-player .milo-screen")


def bearing(page: Page) -> str:
    return page.locator(".milo-compass").get_attribute("aria-label")


def drag(page: Page, right_px: float, down_px: float) -> None:
    box = screen(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right_px, y + down_px, steps=5)
    page.mouse.up()


def picture(page: Page) -> np.ndarray:
    """What is on the screen without what is drawn over it, (row, column, 3)."""
    over = "document.querySelectorAll('#milo-player :is(.milo-around-only, .milo-screen canvas:not(.milo-sphere))')"
    page.evaluate(f"{over}.forEach((one) => {{ one.style.visibility = 'hidden'; }})")
    shot = screen(page).screenshot()
    page.evaluate(f"{over}.forEach((one) => {{ one.style.visibility = ''; }})")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def of_colour(pixels: np.ndarray, colour: tuple) -> np.ndarray:
    """The largest field of about this colour, (row, column)."""
    parts, _ = ndimage.label(np.abs(pixels[..., :3] - colour).max(axis=-1) < 80)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (parts == sizes.argmax()) & (parts > 0)


def lines(page: Page, label: str) -> np.ndarray:
    """Where something has been drawn over the picture in the label's colour, (row, column)."""
    data = page.evaluate("document.querySelector('#milo-player .milo-screen canvas:not(.milo-sphere)').toDataURL()")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1])))).astype(int)
    colour = [int(BY_NAME[label].colour[i : i + 2], 16) for i in (1, 3, 5)]
    return (np.abs(pixels[..., :3] - colour).max(axis=-1) < 60) & (pixels[..., 3] > 200)


def misfit_px(page: Page, label: str) -> float:
    """From the middle of the label's field to all four sides: how far its edge and the box's line lie apart at most."""
    field, line = of_colour(picture(page), PLAYERS[label][0]), lines(page, label)
    if field.sum() < 400:
        return np.inf
    row, column = (round(at) for at in ndimage.center_of_mass(field))
    apart = []
    for ray in (np.s_[row, column:], np.s_[row, column::-1], np.s_[row:, column], np.s_[row::-1, column]):
        drawn = np.flatnonzero(line[ray])
        if not len(drawn):
            return np.inf
        apart.append(abs(np.flatnonzero(field[ray]).max() - drawn[0]))
    return max(apart)


def middle(page: Page, label: str) -> np.ndarray:
    """Row and column of the label's field, from the middle of the screen; nan where it is out of sight."""
    field = of_colour(picture(page), PLAYERS[label][0])
    return (
        np.array(ndimage.center_of_mass(field)) - np.array(field.shape) / 2 if field.sum() > 400 else np.full(2, np.nan)
    )


def fits(page: Page, label: str) -> None:
    eventually(lambda: misfit_px(page, label) <= 4, f"the box lies beside the {label}")
