import numpy as np
import pytest

from milo_demo.evaluation.seeing import ghosts
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX, STEPS_PER_S
from milo_demo.media import decode
from milo_demo.training.seeing import photos


@pytest.fixture
def empty(data, monkeypatch):
    monkeypatch.setattr(ghosts, "SECONDS_EACH", 1.0)
    monkeypatch.setattr(ghosts, "CLIPS", 2)
    return [photo for photo in photos.find(data) if photo.kind is None]


def test_photos_become_a_moving_clip(empty, tmp_path):
    pictures = [photos.read(photo.path) for photo in empty[:2]]
    duration_s = ghosts.film(pictures, tmp_path / "clip.mp4", np.random.default_rng(0))
    frames = [frame for _, frame in decode.frames(tmp_path / "clip.mp4", STEPS_PER_S, SIDE_PX, 0.0, duration_s)]
    assert duration_s == 2.0 and len(frames) == 4
    assert np.abs(frames[0].astype(int) - frames[1]).mean() > 1, "the camera moves"


def test_every_ghost_counts_once_and_by_the_minute(empty, monkeypatch):
    def watch(clip, media, threshold):
        yield 1.0
        box = Detection(0, 0.9, 0, 0, 1, 1)
        return type("Seen", (), {"boxes": [{1: box}, {1: box, 2: box}, *({} for _ in range(6))]})

    monkeypatch.setattr(ghosts, "watch", watch)
    table = ghosts.measure(empty)
    seconds = 2 * ghosts.PHOTOS_EACH * 1.0
    assert table["video without instruments: boxes a minute"]["boxes"].value == pytest.approx(4 * 60 / seconds)
    assert table["video without instruments: steps with any"]["boxes"].value == pytest.approx(4 / (2 * seconds))
