import numpy as np
import pytest
import soundfile
from PIL import Image, ImageColor

from milo_demo.features.log_frequency import SIDE, height_of
from milo_demo.instruments import BY_NAME, LABELS
from milo_demo.separation.mask_picture import NARROWEST, WIDEST, coloured, write_mask
from tests.separation.published.tones import HIGH, LOW


def nearest(pixel: tuple[int, ...], labels: list[str]) -> str:
    """The label whose colour a pixel resembles most."""
    colours = np.array([ImageColor.getrgb(BY_NAME[label].colour) for label in labels], float)
    return labels[int(np.abs(colours - np.array(pixel[:3], float)).sum(axis=1).argmin())]


@pytest.mark.parametrize("right", [1, -1])  # as if one side were inverted
def test_each_place_has_the_colour_of_whose_it_is(tmp_path, right):
    for name, sound in (("tuba", LOW), ("flute", HIGH), ("residual", 0 * LOW)):
        soundfile.write(tmp_path / f"{name}.flac", np.stack([sound, right * sound], axis=1), 44_100)
    paths = [tmp_path / f"{name}.flac" for name in ("tuba", "flute", "residual")]
    write_mask(paths, ["tuba", "flute", "residual"], tmp_path / "mask.png")
    image = Image.open(tmp_path / "mask.png").convert("RGB")
    assert image.width == NARROWEST and image.height > 2 * SIDE
    middle = image.width // 2
    low, high = (round(2 * SIDE * (1 - height_of(hertz))) for hertz in (110.0, 1900.0))
    assert nearest(image.getpixel((middle, low)), ["tuba", "flute"]) == "tuba"
    assert nearest(image.getpixel((middle, high)), ["tuba", "flute"]) == "flute"
    beginning, end = image.getpixel((20, low)), image.getpixel((image.width - 20, high))
    assert max(beginning) < 90 and max(end) < 90  # the tuba comes later, the flute has ended


@pytest.mark.parametrize("seconds", [0.001, 0.01, 60.0])
def test_clips_of_any_length_have_a_picture_of_bounded_width(tmp_path, seconds):
    soundfile.write(tmp_path / "some.flac", np.zeros(round(44_100 * seconds)), 44_100)
    write_mask([tmp_path / "some.flac"], ["residual"], tmp_path / "mask.png")
    assert NARROWEST <= Image.open(tmp_path / "mask.png").width <= WIDEST


def test_many_names_take_several_lines(tmp_path):
    soundfile.write(tmp_path / "some.flac", np.zeros(4410), 44_100)
    heights = []
    for labels in (LABELS[:2], LABELS):
        write_mask([tmp_path / "some.flac"] * len(labels), labels, tmp_path / "mask.png")
        heights.append(Image.open(tmp_path / "mask.png").height)
    assert heights[1] > heights[0]


def test_what_is_faint_is_dark():
    levels = np.zeros((2, 4, 4), np.float32)
    levels[0, 0], levels[1, 3] = 1, 1e-4
    image = coloured(levels, ["#ff0000", "#00ff00"])
    assert image[-1, 0].tolist() == [255, 0, 0]  # low frequencies are at the bottom
    assert image[0, 0].tolist() == image[1, 0].tolist()
