"""How long a file is, where its container guesses or speaks of something else."""

import pytest

from milo_demo.media.normalise import normalise, span
from milo_demo.media.probe import probe
from tests.media.making import beep_s, ffmpeg, late, picture, sound

VARYING = {"a.aac": ["-c:a", "aac"], "a.mp3": ["-c:a", "libmp3lame", "-q:a", 4, "-write_xing", 0]}


def varying(path, kinds):
    """Sound whose bit rate varies much: `kinds` are "noise" or "silence", ten seconds each, with a beep at 25 s."""
    inputs = {"noise": "anoisesrc=r=44100:d=10:a=0.05", "silence": "anullsrc=r=44100:cl=mono:d=10"}
    sources = [word for kind in kinds for word in ("-f", "lavfi", "-i", inputs[kind])]
    joined = "".join(f"[{k}:a]" for k in range(len(kinds))) + f"concat=n={len(kinds)}:v=0:a=1"
    beep = "aeval='val(0)+0.7*sin(6283*t)*between(t,25,25.1)',aformat=channel_layouts=mono"
    ffmpeg(*sources, "-filter_complex", f"{joined},{beep}", *VARYING[path.name], path)


@pytest.mark.parametrize(
    "kinds", [("noise", "silence", "silence", "noise"), ("silence", "silence", "silence", "noise")]
)
@pytest.mark.parametrize("name", VARYING)
def test_raw_streams_are_read_through(tmp_path, name, kinds):
    varying(tmp_path / name, kinds)
    found = probe(tmp_path / name)
    assert found.duration_s == pytest.approx(40, abs=0.1)
    assert beep_s(tmp_path / name, 22, 5) == pytest.approx(3, abs=0.1)
    list(normalise(found, tmp_path / "copy.mp4", 22))
    assert probe(tmp_path / "copy.mp4").duration_s == pytest.approx(18, abs=0.1)
    assert beep_s(tmp_path / "copy.mp4") == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(
    "name, codec", [("a.ac3", "ac3"), ("a.eac3", "eac3"), ("a.mp3", "libmp3lame"), ("a.aac", "aac")]
)
def test_raw_streams_that_do_not_vary(tmp_path, name, codec):
    ffmpeg(*sound(5), "-c:a", codec, tmp_path / name)
    assert probe(tmp_path / name).duration_s == pytest.approx(5, abs=0.06)


def test_what_was_written_into_a_pipe_is_as_long_as_it_is(tmp_path):
    for kind in ("flac", "wav", "matroska"):
        path = tmp_path / f"a.{kind}"
        ffmpeg(*sound(2), "-f", kind, "pipe:1", stdout=path)
        assert probe(path).duration_s == pytest.approx(2, abs=0.03)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "no tags.mkv", "sound alone.mka"])
def test_a_subtitle_that_runs_on_is_not_the_length(tmp_path, name):
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nla\n\n2\n00:29:58,000 --> 00:30:00,000\nla\n")
    words = ["-i", tmp_path / "a.srt", "-c:s", "mov_text" if name.endswith("mp4") else "srt"]
    seen = [] if name.endswith("mka") else picture(10)
    ffmpeg(*seen, *sound(10), *words[:2], *words[2:], tmp_path / name)
    if name.startswith(("no", "sound")):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content.replace(b"DURATION", b"DURAXION"))
    found = probe(tmp_path / name)
    assert found.duration_s == pytest.approx(10, abs=0.1)
    assert span(found) == (found.duration_s, [])


def test_a_track_that_nobody_listens_to_is_not_the_length(tmp_path):
    maps = ["-map", 0, "-map", 1, "-map", 2]
    ffmpeg(*picture(3), *sound(3), *sound(20), *maps, "-disposition:a:0", "default", tmp_path / "a.mp4")
    assert probe(tmp_path / "a.mp4").duration_s == pytest.approx(3, abs=0.1)


def test_sound_that_outlasts_the_picture_counts(tmp_path):
    ffmpeg(*picture(2), *late(1, sound(4)), tmp_path / "a.mkv")
    assert probe(tmp_path / "a.mkv").duration_s == pytest.approx(5, abs=0.1)
