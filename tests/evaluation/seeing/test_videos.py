import pytest

from milo_demo.evaluation.seeing import videos
from milo_demo.geometry import Detection
from milo_demo.instruments import LABELS
from tests.media.making import ffmpeg

GUITAR, BANJO, HARP, DRUM = (LABELS.index(name) for name in ("guitar", "banjo", "harp", "drum"))
LEFT, RIGHT = ((box.x0, box.y0, box.x1, box.y1) for box in videos.INSTRUMENTS)


def box(label, sides):
    return Detection(label, 0.9, *sides)


def test_both_players_need_a_box_each():
    steps = [
        [box(GUITAR, LEFT), box(GUITAR, RIGHT)],
        [box(GUITAR, LEFT), box(BANJO, RIGHT)],
        [box(GUITAR, LEFT), box(DRUM, RIGHT)],
        [box(GUITAR, LEFT), box(GUITAR, LEFT)],
        [box(GUITAR, (0.1, 0.3, 0.8, 0.8))],
        [],
    ]
    shares = videos.both(steps)
    assert shares["both players, one label"] == pytest.approx(1 / 6)
    assert shares["both players, one family"] == pytest.approx(2 / 6)
    assert shares["both instruments, one family"] == pytest.approx(2 / 6)


def test_a_box_on_a_face_is_on_the_player_but_not_about_the_instrument():
    faces = (0.1, 0.1, 0.25, 0.3), (0.55, 0.1, 0.7, 0.3)
    shares = videos.both([[box(GUITAR, side) for side in faces]])
    assert shares["both players, one label"] == 1 and shares["both instruments, one family"] == 0


def test_labels_count_once_a_step():
    shares = videos.named([[box(GUITAR, LEFT), box(GUITAR, RIGHT)], [box(HARP, LEFT), box(GUITAR, LEFT)], []])
    assert shares == pytest.approx({"anything": 2 / 3, "guitar": 2 / 3, "harp": 1 / 3})
    assert list(shares) == ["anything", "guitar", "harp"]


def test_boxes_lie_at_their_steps(analysed):
    analysis, _ = analysed
    steps = videos.boxes_by_step(analysis)
    assert len(steps) == len(analysis.maps.time_s) and sum(map(len, steps)) == len(analysis.boxes)


def test_a_folder_of_clips_is_measured(example, tmp_path):
    (tmp_path / "clips").mkdir()
    ffmpeg("-t", 3, "-i", example, "-c", "copy", tmp_path / "clips" / "short.mp4")
    anything = videos.measure(tmp_path)["short: anything"]["boxes"]
    assert 0 <= anything.value <= 1 and anything.count > 1
    assert videos.measure(tmp_path / "elsewhere") == {}


def test_players_are_counted_by_label(analysed):
    analysis, _ = analysed
    found = videos.pieces(analysis)
    players = {box.player for box in analysis.boxes}
    assert sum(found.values()) >= len(players) and all(name.startswith("pieces of ") for name in found)
