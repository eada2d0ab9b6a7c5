import pytest

from milo_demo.media.normalise import normalise
from milo_demo.media.presence import Presence, picture_span
from milo_demo.media.probe import probe
from tests.media.making import ffmpeg, late, picture, sound

AUDIO = sound(5)
CLIPS = {
    "throughout.mp4": ([*picture(5), *AUDIO], 0, 5),
    "ends early.mp4": ([*picture(2), *AUDIO], 0, 2),
    "ends early.mkv": ([*picture(2), *AUDIO], 0, 2),
    "ends early.ts": ([*picture(2), *AUDIO], 0, 2),
    "begins late.mp4": ([*late(2, picture(3)), *AUDIO], 2, 5),
    "begins late.mkv": ([*late(2, picture(3)), *AUDIO], 2, 5),
    "in the middle.mkv": ([*late(1, picture(2)), *AUDIO], 1, 3),
    "a cover.mp4": ([*picture(0.03), *AUDIO], 0, 5),
    "a cover.mkv": ([*picture(0.03), *AUDIO], 0, 5),
    "outlasts the sound.mp4": ([*picture(5), *sound(3)], 0, 5),
}


@pytest.mark.parametrize("start_s", [0, 1.4])
@pytest.mark.parametrize("name", CLIPS)
def test_when_there_is_a_picture(tmp_path, name, start_s):
    made, from_s, to_s = CLIPS[name]
    if "cover" in name and start_s:
        pytest.skip("a single frame is not shown to those who come later")
    ffmpeg(*made, tmp_path / name)
    source = probe(tmp_path / name)
    list(normalise(source, tmp_path / "video.mp4", start_s))
    found = picture_span(source, tmp_path / "video.mp4", start_s)
    begins_s = from_s - start_s if from_s - start_s >= 0.5 else 0
    assert found.from_s == pytest.approx(begins_s, abs=0.1)
    assert found.to_s == (None if to_s == 5 else pytest.approx(to_s - start_s, abs=0.1))


def test_a_part_behind_the_picture_has_none(tmp_path):
    ffmpeg(*picture(2), *AUDIO, tmp_path / "a.mp4")
    source = probe(tmp_path / "a.mp4")
    list(normalise(source, tmp_path / "video.mp4", 3))
    assert picture_span(source, tmp_path / "video.mp4", 3) is None


def test_a_part_before_the_picture_has_none(tmp_path):
    ffmpeg(*late(3, picture(2)), *AUDIO, tmp_path / "a.mp4")
    source = probe(tmp_path / "a.mp4")
    list(normalise(source, tmp_path / "video.mp4", 0, 2))
    assert picture_span(source, tmp_path / "video.mp4") is None


def test_what_is_said():
    assert Presence().warnings() == []
    assert Presence(1.5, 4.25).warnings() == [
        "The picture begins at 1.5 s: nothing is seen before.",
        "The picture ends at 4.2 s: nothing is seen after that.",
    ]
