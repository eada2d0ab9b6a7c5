import os
from pathlib import Path

import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.media.probe import open_media, probe, shown_name
from tests.media.making import clip, ffmpeg, picture, sound, spherical


def test_says_what_a_video_is(tmp_path):
    ffmpeg(*picture(2, "320x180"), *sound(2, 48_000, channels=2), tmp_path / "duet.mov")
    found = probe(tmp_path / "duet.mov")
    assert (found.name, found.has_video, found.has_audio) == ("duet.mov", True, True)
    assert (found.width, found.height, found.fps, found.rotation_deg) == (320, 180, 30, 0)
    assert (found.audio_rate_hz, found.audio_channels, found.audio_layout) == (48_000, 2, "stereo")
    assert found.duration_s == pytest.approx(2, abs=0.05)
    assert found.projection == "flat"


@pytest.mark.parametrize("turn, size", [(0, (160, 90)), (90, (90, 160)), (180, (160, 90)), (270, (90, 160))])
def test_size_is_upright(tmp_path, turn, size):
    clip(tmp_path / "lying.mp4")
    ffmpeg("-display_rotation", -turn, "-i", tmp_path / "lying.mp4", "-c", "copy", tmp_path / "phone.mp4")
    found = probe(tmp_path / "phone.mp4")
    assert ((found.width, found.height), found.rotation_deg) == (size, turn)


def test_pixels_that_are_not_square(tmp_path):
    ffmpeg(*picture(size="72x58"), "-aspect", "16:9", tmp_path / "tv.mp4")
    found = probe(tmp_path / "tv.mp4")
    assert found.width / found.height == pytest.approx(16 / 9, abs=0.02)


@pytest.mark.parametrize("name", ["song.mp3", "song.m4a", "song.flac"])
def test_cover_art_is_no_video(tmp_path, name):
    ffmpeg(*picture(), "-frames:v", 1, tmp_path / "cover.jpg")
    cover = ["-i", tmp_path / "cover.jpg", "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic"]
    ffmpeg(*sound(), *cover, tmp_path / name)
    found = probe(tmp_path / name)
    assert (found.has_video, found.has_audio) == (False, True)


@pytest.mark.parametrize("channels", [1, 2, 4, 16])
def test_channels_are_the_files_own(tmp_path, channels):
    ffmpeg(*sound(channels=channels), tmp_path / "a.wav")
    assert probe(tmp_path / "a.wav").audio_channels == channels


def test_one_frame_beside_sound(tmp_path):
    ffmpeg(*picture(0.03), *sound(2), tmp_path / "still.mp4")
    found = probe(tmp_path / "still.mp4")
    assert (found.has_video, found.has_audio) == (True, True)


def test_duration_that_the_header_does_not_give(tmp_path):
    clip(tmp_path / "live.webm", "-c:v", "libvpx", "-c:a", "libopus", "-live", 1, duration_s=2)
    with open_media(tmp_path / "live.webm") as container:
        assert container.duration is None
    assert probe(tmp_path / "live.webm").duration_s == pytest.approx(2, abs=0.05)


def test_tags_in_another_alphabet_than_they_claim(tmp_path):
    clip(tmp_path / "a.avi", "-metadata", "title=XXXX")
    (tmp_path / "a.avi").write_bytes((tmp_path / "a.avi").read_bytes().replace(b"XXXX", b"\xe9\xff\xe8\xfe"))
    assert probe(tmp_path / "a.avi").has_video


@pytest.mark.parametrize("name", ["round.mp4", "again.mp4", "round.mov", "round.mkv", "round.webm"])
def test_a_sphere_by_its_metadata(tmp_path, name):
    spherical(clip(tmp_path / "round.mp4", size="160x80"))
    if name != "round.mp4":  # FFmpeg writes it as its own boxes (version 2) or Matroska's Projection
        codecs = ["-c:v", "libvpx", "-c:a", "libopus"] if name.endswith(".webm") else ["-c", "copy"]
        ffmpeg("-i", tmp_path / "round.mp4", *codecs, "-strict", "unofficial", tmp_path / name)
    assert probe(tmp_path / name).projection == "equirectangular"


def test_a_flat_clip_loses_nothing_to_its_shape(tmp_path):
    assert probe(clip(tmp_path / "flat.mp4", size="160x80")).projection == "flat"


@pytest.mark.parametrize(
    "size, projection", [("3840x1920", "equirectangular"), ("2560x1280", "flat"), ("3840x1600", "flat")]
)
def test_a_sphere_by_its_shape(tmp_path, size, projection):
    ffmpeg(*picture(0.1, size), "-preset", "ultrafast", tmp_path / "wide.mp4")
    assert probe(tmp_path / "wide.mp4").projection == projection


@pytest.mark.parametrize(
    "name", ["two words.mp4", 'it\'s "it".mp4', "..mp4", "-i.mp4", "a:b%03d.mp4", "琵琶 ćwiczenie.mp4"]
)
def test_names(tmp_path, name):
    clip(tmp_path / "plain.mp4").rename(tmp_path / name)
    assert probe(tmp_path / name).name == name


def test_shown_name_hides_folders_and_control_characters():
    assert shown_name(Path("../private/a\x1b[31m\nb\u202egpj.mp4")) == "a[31mbgpj.mp4"
    assert shown_name(Path(os.fsdecode(b"\xff\xfe"))) == "The file"


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "empty"),
        (b"Dear diary, " * 500, "cannot be read"),
        (np.random.default_rng(0).bytes(20_000), "cannot be read"),
        (bytes(20_000), "cannot be read"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "cannot be read"),
        (b"ffconcat version 1.0\nfile secret.mp4\n", "cannot be read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsecret.ts\n#EXT-X-ENDLIST\n", "cannot be read"),
        (b"v=0\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5555 RTP/AVP 96\na=rtpmap:96 H264/90000\n", "cannot be read"),
    ],
    ids=["empty", "text", "noise", "zeros", "header only", "concat playlist", "hls playlist", "session description"],
)
def test_what_is_no_video_gets_one_sentence(tmp_path, content, says):
    clip(tmp_path / "secret.mp4", at_s=0.1).with_suffix(".ts").write_bytes(b"")
    (tmp_path / "bad.mp4").write_bytes(content)
    with pytest.raises(MiloError, match=says) as caught:
        probe(tmp_path / "bad.mp4")
    sentence = str(caught.value)
    assert sentence.startswith("bad.mp4 ") and sentence.endswith(".") and "\n" not in sentence
    assert str(tmp_path) not in sentence


@pytest.mark.parametrize(
    "path, says", [("nothing.mp4", "does not exist"), (".", "is a folder"), ("a\0b.mp4", "does not")]
)
def test_what_is_no_file(tmp_path, path, says):
    with pytest.raises(MiloError, match=says):
        probe(tmp_path / path)


def test_subtitles_alone_are_neither(tmp_path):
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nla la\n")
    ffmpeg("-i", tmp_path / "a.srt", "-c:s", "mov_text", tmp_path / "words.mp4")
    with pytest.raises(MiloError, match="neither picture nor sound"):
        probe(tmp_path / "words.mp4")


def test_too_many_pixels_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("milo_demo.media.tracks.MAX_PIXELS", 100 * 100)
    with pytest.raises(MiloError, match="larger than"):
        probe(clip(tmp_path / "a.mp4"))
