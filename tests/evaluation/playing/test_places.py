"""Where each method says that the marked instrument is touched, in a frame of 256 × 144 px."""

from types import SimpleNamespace

import numpy as np
import pytest

from milo_demo.analysis import Media
from milo_demo.evaluation.playing.annotations import Marked
from milo_demo.evaluation.playing.places import METHODS, distances
from milo_demo.evaluation.playing.senses import Clip
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from milo_demo.playing.hands import Hand

GUITAR = LABELS.index("guitar")


@pytest.fixture
def clip():
    """One step: a guitar in the right half, surest in the lower right cell, a hand at either side, one at the mark."""
    maps = np.zeros((1, len(LABELS), 9, 16), np.float32)
    maps[0, GUITAR, :, 8:], maps[0, GUITAR, 8, 15] = 0.5, 0.9
    hands = [Hand(np.tile((x, 0.75), (21, 1)), 0.9) for x in (0.25, 0.75)]
    return Clip(
        media=Media("clip.mp4", 1.0, 640, 360, 25.0, True, False),
        heard=None,
        seen=SimpleNamespace(maps=maps, boxes=[{1: Detection(GUITAR, 0.9, 0.5, 0.0, 1.0, 1.0)}], cuts=()),  # pyright: ignore[reportArgumentType]
        witness=SimpleNamespace(mouths=[[]]),  # pyright: ignore[reportArgumentType]
        played=SimpleNamespace(maps=maps),  # pyright: ignore[reportArgumentType]
        once={0: hands[:1]},
        often={0: hands},
    )


@pytest.mark.parametrize(
    "method, at",
    [
        ("centre", (72, 128)),
        ("object", (136, 248)),
        ("box", (72, 192)),
        ("best hand", (108, 192)),
        ("ours", (136, 248)),
    ],
)
def test_how_far_a_method_is_from_the_mark(clip, method, at):
    marked = Marked("clip", "guitar", (144.0, 256.0), {0: np.array([[108.0, 192.0]])})
    [[distance]] = distances([(marked, clip)], METHODS[method]).values()
    assert distance == pytest.approx(np.hypot(108 - at[0], 192 - at[1]))
