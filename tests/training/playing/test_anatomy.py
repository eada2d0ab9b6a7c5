import numpy as np
import pytest

from milo_demo.training.playing.anatomy import Anatomy
from tests.training.playing.stages import drawn


def test_the_heavy_end_is_the_body():
    cutout = drawn("violin")
    for turn in range(2):
        pixels = cutout.pixels[:, ::-1] if turn else cutout.pixels
        anatomy = Anatomy("violin", pixels[..., 3])
        body, neck = anatomy.at(0.15), anatomy.at(0.95)
        expected = (1, -1)[turn]
        assert np.sign(neck[0] - body[0]) == expected
        assert body[1] == pytest.approx(30, abs=4) and neck[1] == pytest.approx(30, abs=4)


def test_what_stands_is_measured_from_left_to_right_and_from_top_to_bottom():
    anatomy = Anatomy("piano", drawn("piano").pixels[..., 3])
    assert anatomy.at(0.0, 0.0) == pytest.approx([0, 0]) and anatomy.at(1.0, 0.5) == pytest.approx([199, 29.5])
    assert anatomy.length == pytest.approx(199)
