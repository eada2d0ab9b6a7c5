import numpy as np
import pytest
import torch
from PIL import Image

from milo_demo.geometry import Detection
from milo_demo.training.seeing import filmed

SIZE = 64, 48


def test_a_framed_picture_takes_its_boxes_along():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        inner = filmed.inner_size(SIZE, rng)
        assert all(0.35 * whole < part <= whole for part, whole in zip(inner, SIZE, strict=True))
        picture = Image.new("RGB", inner, (20, 20, 20))
        picture.paste((255, 0, 0), (inner[0] // 4, inner[1] // 4, inner[0] // 2, inner[1] // 2))
        frame, [box] = filmed.framed(picture, [Detection(3, 1.0, 0.25, 0.25, 0.5, 0.5)], SIZE, rng)
        red = np.array(frame)[..., 0] > 200
        rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
        seen = columns[0] / SIZE[0], rows[0] / SIZE[1], (columns[-1] + 1) / SIZE[0], (rows[-1] + 1) / SIZE[1]
        assert frame.size == SIZE and box.label == 3
        assert box.sides == pytest.approx(seen, abs=2 / 48)


def test_a_picture_as_large_as_the_frame_stays_as_it_is():
    picture, boxes = Image.new("RGB", SIZE), [Detection(0, 1.0, 0, 0, 1, 1)]
    assert filmed.framed(picture, boxes, SIZE, np.random.default_rng(0)) == (picture, boxes)


def test_a_codec_blurs_what_is_fine_and_keeps_what_is_there():
    rng = np.random.default_rng(0)
    pictures = torch.zeros(3, 3, 48, 64, dtype=torch.uint8)
    pictures[1] = 200
    pictures[2] = torch.from_numpy(rng.integers(0, 256, (3, 48, 64), np.uint8))
    seen = filmed.compressed(pictures, rng)
    assert seen.shape == pictures.shape and seen.dtype == torch.uint8
    assert (seen[:2].float() - pictures[:2].float()).abs().max() < 6
    assert seen[2].float().std() < pictures[2].float().std()
