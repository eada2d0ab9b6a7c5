"""Files as people really have them, through the whole program: each gives a result, and says what is missing."""

import numpy as np
import pytest
import soundfile

from milo_demo import AnalysisOptions, MiloError, analyse
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.separation.separated import NOBODY
from tests.media.making import beep_s, clip, ffmpeg, flash_s, picture, sound


def test_sound_alone_is_a_timeline_without_picture(tmp_path):
    ffmpeg(*sound(2), tmp_path / "song.mp3")
    analysis = analyse(tmp_path / "song.mp3", out=tmp_path / "result")
    assert analysis.maps.sound.shape == (len(analysis.maps.time_s), 26)
    assert analysis.maps.object.size == 0 and analysis.boxes == []
    assert {row.seen for row in analysis.clip} == {None}
    assert analysis.warnings == ["The clip has no picture: only what is heard is shown.", NOBODY]


def test_picture_alone_is_what_is_seen(tmp_path):
    ffmpeg(*picture(2), tmp_path / "silent film.mp4")
    analysis = analyse(tmp_path / "silent film.mp4", out=tmp_path / "result")
    assert analysis.maps.object.shape[:2] == (len(analysis.maps.time_s), 26)
    assert analysis.maps.sound.size == 0
    assert {row.heard for row in analysis.clip} == {None}
    assert analysis.warnings == ["The clip has no sound: only what is seen is shown."]


def test_silence_names_nothing(tmp_path):
    ffmpeg(*picture(3), "-f", "lavfi", "-i", "anullsrc=d=3", tmp_path / "silence.mp4")
    analysis = analyse(tmp_path / "silence.mp4")
    assert {row.heard for row in analysis.clip} == {0.0}
    assert [event for event in analysis.events if event.kind == "heard"] == []


@pytest.mark.parametrize("size", ["16x16", "7680x4320", "90x160"])
def test_any_size(tmp_path, size):
    clip(tmp_path / "clip.mp4", "-preset", "ultrafast", size=size, duration_s=0.2, at_s=0.1)
    analysis = analyse(tmp_path / "clip.mp4")
    assert analysis.media.width <= 1280 and analysis.media.height <= 1280
    assert len(analysis.maps.object) == 1


@pytest.mark.parametrize("size", ["32000x16", "16x32000"])
def test_a_ribbon_of_a_picture_is_not_looked_at(tmp_path, size):
    ffmpeg(
        "-f", "lavfi", "-i", f"color=0x404040:s={size}:r=5:d=0.4", *sound(0.4), "-c:v", "ffv1", tmp_path / "clip.mkv"
    )
    analysis = analyse(tmp_path / "clip.mkv")
    assert not analysis.media.has_video and len(analysis.maps.sound) == 1
    assert analysis.warnings[0] == "The picture is too narrow to be looked at: it may be 24 times as long as wide."


def test_one_frame(tmp_path):
    ffmpeg(*picture(1), "-frames:v", "1", tmp_path / "clip.mp4")
    assert len(analyse(tmp_path / "clip.mp4").maps.time_s) == 1


def test_a_file_that_breaks_off_is_analysed_as_far_as_it_goes(tmp_path):
    clip(tmp_path / "whole.mkv", duration_s=6)
    content = (tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "half.mkv").write_bytes(content[: len(content) // 2])
    assert 0 < analyse(tmp_path / "half.mkv").media.duration_s < 6


@pytest.mark.parametrize("name", ["a b.mp4", 'it\'s "it".mp4', "-i.mp4", "%03d.mp4", "浜辺の歌 🎻.mp4", "file:x.mp4"])
def test_any_name(tmp_path, name):
    clip(tmp_path / name, duration_s=0.4, at_s=0.2)
    assert analyse(tmp_path / name, out=tmp_path / "result").media.source_name == name


def test_a_start_behind_the_end_is_one_sentence(tmp_path):
    clip(tmp_path / "clip.mp4")
    with pytest.raises(MiloError, match="start before") as error:
        analyse(tmp_path / "clip.mp4", AnalysisOptions(start_s=100), out=tmp_path / "result")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "result").exists()


def test_scores_are_scores_whatever_comes_in(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=d=2", "-f", "lavfi", "-i", "anoisesrc=d=2:a=1", tmp_path / "noise.mp4")
    maps = analyse(tmp_path / "noise.mp4").maps
    assert np.isfinite(maps.sound).all() and maps.sound.min() >= 0 and maps.sound.max() <= 1


def test_sound_that_is_no_number_is_said_to_be_none(tmp_path):
    samples = np.full(3 * 44_100, 0.1, np.float32)
    samples[2 * 44_100] = np.nan
    soundfile.write(tmp_path / "song.wav", samples, 44_100, subtype="FLOAT")
    with pytest.raises(MiloError, match="holds sound values that are no numbers"):
        analyse(tmp_path / "song.wav")


def test_more_channels_than_can_be_mixed_are_too_many(tmp_path):
    soundfile.write(tmp_path / "wall.wav", np.full((8000, 255), 0.1, np.float32), 16_000)
    with pytest.raises(MiloError, match="has 255 sound channels, more than the 63"):
        analyse(tmp_path / "wall.wav")


def test_the_half_behind_a_clock_that_starts_anew_is_said_to_be_left_out(tmp_path):
    piece = clip(tmp_path / "piece.ts", duration_s=1).read_bytes()
    (tmp_path / "joined.ts").write_bytes(piece * 2)
    analysis = analyse(tmp_path / "joined.ts", AnalysisOptions(separator="none"))
    assert any(said.startswith("The clock of joined.ts starts anew at 0:01") for said in analysis.warnings)


@pytest.mark.parametrize("start_s", [0.0, 1.0])
def test_a_file_that_cannot_be_entered_on_its_way_is_read_from_its_beginning(tmp_path, start_s):
    clip(
        tmp_path / "clip.flv", "-c:v", "flv", "-ar", 44_100, "-flvflags", "no_duration_filesize", at_s=1.5, duration_s=2
    )
    found = probe(tmp_path / "clip.flv")
    copy = tmp_path / "copy.mp4"
    assert list(normalise(found, copy, start_s, 1.0 if start_s else None))[-1] == 1
    assert flash_s(copy) == pytest.approx(1.5 - start_s, abs=0.08)
    assert beep_s(copy) == pytest.approx(1.5 - start_s, abs=0.08)
