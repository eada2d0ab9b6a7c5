import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.robustness.made.bombs import gif
from milo_demo.media.limits import cost
from milo_demo.media.probe import probe
from tests.media.making import clip, ffmpeg, sound

FRAMES = ["-f", "lavfi", "-i"]


def test_a_million_frames_are_too_many(tmp_path):
    ffmpeg(*FRAMES, "color=s=16x16:r=5000:d=1", "-c:v", "mpeg4", tmp_path / "fast.mkv")
    with pytest.raises(MiloError, match=r"has \d{4} frames a second, more than the 1000 that can be looked at"):
        probe(tmp_path / "fast.mkv")


def test_who_only_claims_too_many_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "MOST_PER_S", 29)
    assert probe(clip(tmp_path / "clip.mp4", "-r", 20)).fps == 20
    monkeypatch.setattr(cost, "_counted", lambda *_: 20.0)
    assert probe(clip(tmp_path / "clip.mp4")).fps == 20


def test_pixels_count_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "MOST_PIXELS_PER_S", 160 * 90 * 29)
    with pytest.raises(MiloError, match=r"million pixels a second"):
        probe(clip(tmp_path / "clip.mp4"))


def test_sound_of_a_sample_a_second_is_no_music(tmp_path):
    ffmpeg(*sound(1, rate_hz=1000), tmp_path / "slow.wav")
    with pytest.raises(MiloError, match=r"has 1000 sound samples a second, too few for music: save it with 2000"):
        probe(tmp_path / "slow.wav")


def test_a_canvas_without_end_is_not_drawn(tmp_path):
    gif(3, 8_192, tmp_path / "huge.gif")
    with pytest.raises(MiloError, match=r"is larger than 8192 × 8192 pixels, or 140 MB a frame: scale it down first"):
        probe(tmp_path / "huge.gif")
