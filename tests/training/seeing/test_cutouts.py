import numpy as np
import pytest
from PIL import Image, ImageDraw

from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.training.seeing import cutouts
from milo_demo.training.seeing.photos import Photo


def sheet(*boxes, ink=(120, 60, 20), size=(100, 100)):
    """Rectangles of one colour on white paper."""
    image = Image.new("RGB", size, "white")
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=ink)
    return np.array(image)


def test_white_paper_is_transparent_but_not_white_inside_the_instrument():
    drum = sheet((15, 15, 44, 44))
    drum[25:35, 25:35] = 255
    opacity = cutouts.opacity(drum)
    assert opacity[0, 0] == 0 and opacity[20, 20] == 255 and opacity[30, 30] == 255


def test_an_instrument_is_cut_out_along_its_edges():
    (flute,) = cutouts.cut(sheet((10, 48, 89, 51)), "flute")
    assert flute.pixels.shape == (4, 80, 4) and (flute.pixels[..., 3] == 255).all()
    assert flute.kind == "flute" and flute.roundness < 0.1


def test_a_caption_is_left_out_and_a_pair_is_two():
    alone = cutouts.cut(sheet((10, 10, 60, 60), (70, 90, 78, 93)), "harp")
    assert [piece.pixels.shape[:2] for piece in alone] == [(51, 51)]
    assert len(cutouts.cut(sheet((10, 10, 40, 90), (55, 10, 85, 90)), "harp")) == 2


@pytest.mark.parametrize(
    "photo",
    [
        np.full((50, 50, 3), 90, np.uint8),  # a room
        np.full((50, 50, 3), 255, np.uint8),  # empty paper
        sheet((3, 3, 96, 96)),  # a close-up
        sheet(*((x, y, x + 8, y + 8) for x in range(10, 90, 16) for y in range(10, 90, 16))),  # a catalogue
        sheet((50, 50, 58, 58)),  # a speck
    ],
)
def test_what_is_not_that_simple_is_no_cutout(photo):
    assert cutouts.cut(photo, "harp") == cutouts.boxes(photo, "harp") == []


def test_what_lies_on_paper_has_a_box():
    left, right = sorted(cutouts.boxes(sheet((10, 10, 39, 89), (55, 20, 84, 89), size=(200, 100)), "harp"))
    assert left == Detection(LABELS.index("harp"), 1.0, 0.05, 0.1, 0.2, 0.9)
    assert right == Detection(LABELS.index("harp"), 1.0, 0.275, 0.2, 0.425, 0.9)


def test_odd_ones_of_a_kind_are_left_out(tmp_path):
    album = [Photo(tmp_path / "scene.jpg", None, "scenes")]
    for number in range(5):
        album.append(Photo(tmp_path / f"{number}.png", "flute", "kaggle30/train"))
        thick = 60 if number == 4 else 3 + number  # the last one is a case
        Image.fromarray(sheet((10, 20, 89, 20 + thick))).save(album[-1].path)
    found = cutouts.find(album)
    assert sorted(cutout.pixels.shape[0] for cutout in found) == [4, 5, 6, 7]
