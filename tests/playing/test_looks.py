import numpy as np
import pytest

from milo_demo.geometry import Detection
from milo_demo.playing.looks import FURTHER_LOOKS, Look, cut, further_looks, in_frame, letterboxed, whole

HEIGHT, WIDTH = 216, 384


@pytest.mark.parametrize(
    "box", [(0.4, 0.4, 0.6, 0.7), (0.0, 0.0, 0.1, 1.0), (0.9, 0.9, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)]
)
def test_closer_looks_are_squares_in_the_frame_about_the_surest_box(box):
    boxes = [Detection(0, 0.3, 0.7, 0.7, 0.9, 0.9), Detection(1, 0.9, *box)]
    around, one, other, bordered = further_looks(HEIGHT, WIDTH, boxes)
    for look in (around, one, other):
        assert look.width == look.height and look.x >= 0 and look.y >= 0
        assert look.x + look.width <= WIDTH and look.y + look.height <= HEIGHT
    assert one.width < around.width or around.width == min(HEIGHT, WIDTH) == one.width
    assert bordered.x < 0 and bordered.y < 0 and bordered.width == WIDTH - 2 * bordered.x
    assert len(further_looks(HEIGHT, WIDTH, [])) == FURTHER_LOOKS == 4


def test_the_closer_two_lie_along_the_longer_side_of_the_instrument():
    _, left, right, _ = further_looks(HEIGHT, WIDTH, [Detection(0, 1.0, 0.3, 0.45, 0.6, 0.55)])
    assert left.x < right.x and left.y == right.y
    _, above, below, _ = further_looks(HEIGHT, WIDTH, [Detection(0, 1.0, 0.48, 0.2, 0.52, 0.7)])
    assert above.y < below.y and above.x == below.x


@pytest.mark.parametrize(
    "look", [whole(HEIGHT, WIDTH), Look(100, 50, 120, 120), Look(-58, -58, WIDTH + 116, HEIGHT + 116)]
)
def test_what_a_look_shows_can_be_put_back_into_the_frame(look):
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[118:123, 158:163] = 255  # its middle is (160.5, 120.5)
    square = letterboxed(frame, look, 192).sum(axis=2)
    assert square.shape == (192, 192)
    y, x = (np.average(np.arange(192) + 0.5, weights=square.sum(axis=1 - axis)) / 192 for axis in (0, 1))
    assert in_frame(look, np.array([x, y])) == pytest.approx([160.5, 120.5], abs=1.5)


def test_beyond_the_frame_all_is_black():
    square = letterboxed(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), whole(HEIGHT, WIDTH), 192)
    assert not square[:40].any() and not square[-40:].any() and square[96].all()


def test_what_a_look_cuts_is_cut_only_where_the_frame_goes_on():
    look = Look(0, 50, 100, 100)
    assert not cut(look, np.array([50, 100, 30, 30]), HEIGHT, WIDTH)
    assert cut(look, np.array([95, 100, 30, 30]), HEIGHT, WIDTH) and cut(
        look, np.array([50, 55, 30, 30]), HEIGHT, WIDTH
    )
    assert not cut(look, np.array([5, 100, 30, 30]), HEIGHT, WIDTH), "the frame ends there"
