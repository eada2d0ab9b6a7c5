import numpy as np
import pytest
import torch

from milo_demo.instruments import LABELS
from milo_demo.models.object_map import ObjectMap
from milo_demo.models.trunk import Trunk
from milo_demo.seeing import see


@pytest.fixture(scope="module")
def eye():
    torch.manual_seed(0)
    objects = ObjectMap(rows=30).eval()
    objects.row_label[: len(LABELS)] = torch.arange(len(LABELS))
    return Trunk().eval(), objects


def test_a_clip_is_seen_batch_by_batch(eye):
    clip = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)
    asked = []

    def frames():
        for number, frame in enumerate(clip):
            asked.append(number)
            yield frame

    seen = see(frames(), *eye, batch=2)
    maps = next(seen)
    assert asked == [0, 1], "only the frames of the first batch may have been decoded"
    assert maps.shape == (2, len(LABELS), 3, 4) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() <= 1
    assert [len(maps) for maps in seen] == [2, 1]


def test_no_frames_no_result(eye):
    assert list(see([], *eye)) == []
