import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.media import decode
from milo_demo.media import normalise as module
from milo_demo.media.normalise import LONGEST_S, fit, normalise, span
from milo_demo.media.probe import open_media, probe
from tests.media.making import beep_s, clip, ffmpeg, flash_s, late, picture, sound


def normalised(source, out, *span_s):
    assert list(normalise(probe(source), out, *span_s))[-1] == 1
    return probe(out)


@pytest.mark.parametrize(
    "size, copy_size",
    [
        ((1920, 1080), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((7680, 4320), (1280, 720)),
        ((640, 360), (640, 360)),
        ((16, 16), (16, 16)),
        ((175, 131), (176, 132)),
        ((1, 1), (2, 2)),
        ((4000, 100), (1280, 32)),
        ((1440, 1440), (720, 720)),
        ((20_000, 2), (1280, 2)),
    ],
)
def test_fit(size, copy_size):
    assert fit(*size) == copy_size


@pytest.mark.parametrize(
    "size, copy_size",
    [((7680, 3840), (3840, 1920)), ((3840, 1920), (3840, 1920)), ((2048, 1024), (2048, 1024)), ((1920, 1080),) * 2],
)
def test_fit_of_a_sphere(size, copy_size):
    assert fit(*size, "equirectangular") == copy_size


@pytest.mark.parametrize("projection, width", [("equirectangular", 3840), ("flat", 1280)])
def test_a_sphere_keeps_its_pixels(tmp_path, projection, width):
    ffmpeg(*picture(0.2, "4096x2048"), "-preset", "ultrafast", tmp_path / "wide.mp4")
    source = replace(probe(tmp_path / "wide.mp4"), projection=projection)
    list(normalise(source, tmp_path / "video.mp4"))
    found = probe(tmp_path / "video.mp4")
    assert (found.width, found.height) == (width, width // 2)


def test_the_copy_is_what_browsers_play(tmp_path):
    clip(tmp_path / "a.mkv", "-c:v", "mpeg4", "-metadata", "title=secret", size="175x131")
    found = normalised(tmp_path / "a.mkv", tmp_path / "video.mp4")
    assert (found.width, found.height, found.fps) == (176, 132, 25)
    assert (found.audio_rate_hz, found.audio_channels) == (44_100, 2)
    with open_media(tmp_path / "video.mp4") as container:
        assert (container.streams.video[0].codec.name, container.streams.audio[0].codec.name) == ("h264", "aac")
        assert container.streams.video[0].format.name == "yuv420p"
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([k / 25 for k in range(25)])
    data = (tmp_path / "video.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index stands in front"
    assert b"secret" not in data


@pytest.mark.parametrize("turn, corner", [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_upright(tmp_path, turn, corner):
    """A white mark in the stored picture's first corner goes where the phone says."""
    mark = "color=black:s=160x90:r=25:d=0.2,drawbox=w=40:h=30:color=white:t=fill"
    ffmpeg("-f", "lavfi", "-i", mark, tmp_path / "lying.mp4")
    ffmpeg("-display_rotation", -turn, "-i", tmp_path / "lying.mp4", "-c", "copy", tmp_path / "phone.mp4")
    found = normalised(tmp_path / "phone.mp4", tmp_path / "video.mp4")
    assert (found.width, found.height) == ((90, 160) if turn in (90, 270) else (160, 90))
    assert found.rotation_deg == 0
    with open_media(tmp_path / "video.mp4") as container:
        image = next(container.decode(video=0)).to_ndarray(format="gray")
    quarters = {(y, x): image[y * 20 :, x * 20 :][:20, :20].mean() for y in (0, -1) for x in (0, -1)}
    assert max(quarters, key=quarters.get) == corner


VIDEO, AUDIO = picture(5, at_s=3), sound(5, at_s=3)
CLOCKS = {
    "plain.mp4": [*VIDEO, *AUDIO],
    "sound begins late.mp4": [*VIDEO, *late(0.7, sound(4, at_s=2.3))],
    "sound begins late.mkv": [*VIDEO, *late(0.7, sound(4, at_s=2.3))],
    "picture begins late.mp4": [*late(0.7, picture(4, at_s=2.3)), *AUDIO],
    "picture begins late.ts": [*late(0.7, picture(4, at_s=2.3)), *AUDIO],
    "both begin at 5 s.mp4": [*late(5, VIDEO), *late(5, AUDIO)],
    "60 fps, mp3.mp4": [*picture(5, rate_hz=60, at_s=3), *AUDIO, "-c:a", "libmp3lame"],
    "vp9, opus.webm": [*VIDEO, *AUDIO, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"],
    "10-bit.mp4": [*VIDEO, *AUDIO, "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none"],
    "no index.flv": [*VIDEO, *AUDIO],
    "two slides.mp4": [*picture(5, rate_hz=1, at_s=3), *AUDIO, "-vf", "select='eq(n,0)+eq(n,3)'", "-fps_mode", "vfr"],
}


@pytest.mark.parametrize("start_s", [0, 2.21])
@pytest.mark.parametrize("name", CLOCKS)
def test_one_clock(tmp_path, name, start_s):
    """Flash and beep stand at 3 s of the source, wherever each stream begins."""
    ffmpeg(*CLOCKS[name], tmp_path / name)
    found = normalised(tmp_path / name, tmp_path / "video.mp4", start_s)
    # A container may begin with up to 25 ms of a sound codec's run-in, which moves all the rest.
    due_s = 3 - start_s + 0.0125
    assert beep_s(tmp_path / name, start_s, found.duration_s) == pytest.approx(due_s, abs=0.02)
    assert beep_s(tmp_path / "video.mp4") == pytest.approx(due_s, abs=0.02)
    assert flash_s(tmp_path / "video.mp4") == pytest.approx(due_s, abs=0.04)


def test_an_edit_list_cuts_the_beginning(tmp_path):
    clip(tmp_path / "whole.mp4", duration_s=4, at_s=3)
    ffmpeg("-ss", 1.3, "-i", tmp_path / "whole.mp4", "-c", "copy", tmp_path / "cut.mp4")
    normalised(tmp_path / "cut.mp4", tmp_path / "video.mp4")
    assert flash_s(tmp_path / "video.mp4") == pytest.approx(1.7, abs=0.04)
    assert beep_s(tmp_path / "video.mp4") == pytest.approx(1.7, abs=0.02)


def test_trims(tmp_path):
    clip(tmp_path / "a.mp4", duration_s=3)
    assert normalised(tmp_path / "a.mp4", tmp_path / "video.mp4", 1, 1.2).duration_s == pytest.approx(1.2, abs=0.03)


@pytest.mark.parametrize(
    "inputs",
    [
        [*picture(), "-frames:v", 1],
        [*picture(rate_hz=60), "-frames:v", 1],
        picture(0.04, "7680x4320"),
        picture(size="2x2"),
    ],
    ids=["one frame", "one frame of 1/60 s", "8K", "2 by 2"],
)
def test_pictures_alone(tmp_path, inputs):
    ffmpeg(*inputs, "-preset", "ultrafast", tmp_path / "a.mp4")
    found = normalised(tmp_path / "a.mp4", tmp_path / "video.mp4")
    assert (found.has_video, found.has_audio) == (True, False)


def test_sound_alone(tmp_path):
    ffmpeg(*sound(), tmp_path / "a.mp3")
    found = normalised(tmp_path / "a.mp3", tmp_path / "video.mp4")
    assert (found.has_video, found.has_audio) == (False, True)


@pytest.mark.parametrize("channels", [4, 16])
def test_many_channels_play_as_stereo(tmp_path, channels):
    ffmpeg(*sound(channels=channels), tmp_path / "a.wav")
    assert normalised(tmp_path / "a.wav", tmp_path / "video.mp4").audio_channels == 2


def test_of_ambisonics_left_is_on_the_left(tmp_path):
    """Channels W and Y alike: a player on the left."""
    (np.arange(48_000)[:, None] % 96 // 48 * [8_000, 8_000, 0, 0]).astype("<i2").tofile(tmp_path / "a.pcm")
    layout = ["-f", "s16le", "-ar", 48_000, "-channel_layout", "ambisonic 1"]
    ffmpeg(*layout, "-i", tmp_path / "a.pcm", "-c:a", "libopus", "-mapping_family", 2, tmp_path / "a.mkv")
    normalised(tmp_path / "a.mkv", tmp_path / "video.mp4")
    left, right = np.concatenate(list(decode.audio(tmp_path / "video.mp4", 16_000, mono=False)), axis=1)
    assert left.std() > 20 * right.std()


def test_a_file_that_breaks_off(tmp_path):
    whole = clip(tmp_path / "a.mp4", "-movflags", "+faststart", duration_s=4).read_bytes()
    (tmp_path / "a.mp4").write_bytes(whole[: len(whole) * 9 // 10])
    assert 0.5 < normalised(tmp_path / "a.mp4", tmp_path / "video.mp4").duration_s < 3.9


def test_nothing_left_of_it(tmp_path):
    source = probe(clip(tmp_path / "a.mp4", "-movflags", "+faststart"))
    whole = source.path.read_bytes()
    source.path.write_bytes(whole[: whole.index(b"mdat") + 4])
    with pytest.raises(MiloError, match=r"a\.mp4 holds nothing"):
        list(normalise(source, tmp_path / "video.mp4"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_progress_and_cancelling(tmp_path, monkeypatch):
    ffmpeg(*picture(60, "640x360"), "-preset", "ultrafast", tmp_path / "a.mp4")
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(module.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0])
    with closing(normalise(probe(tmp_path / "a.mp4"), tmp_path / "video.mp4")) as fractions:
        seen = [next(fractions) for _ in range(3)]
        assert started[0].poll() is None
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] < 1
    assert started[0].poll() is not None, "FFmpeg is gone"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_progress_goes_on_while_ffmpeg_is_silent(tmp_path, monkeypatch):
    silent = [
        module.imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "quiet",
        "-re",
        "-f",
        "lavfi",
        "-i",
        "anullsrc",
        "-f",
        "null",
        "-",
    ]
    monkeypatch.setattr(module, "_command", lambda *_: silent)
    with closing(normalise(probe(clip(tmp_path / "a.mp4")), tmp_path / "video.mp4")) as fractions:
        assert [next(fractions) for _ in range(4)] == [0, 0, 0, 0]


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """The conversion of two seconds by a program that only says these lines, and what it should be called with."""
    source, asked = replace(probe(clip(tmp_path / "a.mp4")), duration_s=4.0), []

    def scripted(*lines: str, code: int = 0, start_s: float = 0.0) -> list[float]:
        script = f"import sys; print({chr(10).join(lines)!r}, flush=True); open(sys.argv[1], 'w'); sys.exit({code})"
        program = [sys.executable, "-c", script]
        monkeypatch.setattr(module, "_command", lambda _, part, *rest: asked.append(rest) or [*program, part])
        return list(dict.fromkeys(normalise(source, tmp_path / "video.mp4", start_s, 2.0)))

    scripted.asked = asked
    return scripted


def test_the_fraction_done_is_what_ffmpeg_says_against_the_part_asked_for(scripted, tmp_path):
    lines = ["out_time_us=500000", "progress=continue", "out_time_us=N/A", "progress=continue"]
    assert scripted("frame=9", *lines, "out_time_us=1500000", "progress=end", start_s=0.5) == [0, 0.25, 0.75, 1]
    assert scripted("out_time_us=2500000", "progress=end") == [0, 1], "never more than all"
    assert scripted.asked == [(0.5, 2.0), (0.0, 2.0)]
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "video.mp4"}


@pytest.mark.parametrize("lines, code, start_s, says", [
    (["out_time_us=2000000"], 1, 0.0, "a.mp4 holds nothing that can be converted: it may be damaged or incomplete; "),
    (["progress=end"], 0, 0.5, "a.mp4 holds nothing that can be converted from 0.5 s on: it may be damaged"),
    (["out_time_us=9", "x.mp4: No space left on device"], 1, 0.0, "There is no room on the disk for a copy of a.mp4"),
    (["out_time_us=0", "x.mp4: No space left on device"], 0, 0.0, "a.mp4 holds nothing"),
])  # fmt: skip
def test_what_goes_wrong_is_one_sentence_beside_ffmpegs_words(scripted, tmp_path, lines, code, start_s, says):
    with pytest.raises(MiloError) as caught:
        scripted(*lines, "Error one", "Error two", code=code, start_s=start_s)
    assert str(caught.value).startswith(says)
    if "holds nothing" in says:
        assert str(caught.value.__cause__).endswith("Error one\nError two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_said(tmp_path, monkeypatch):
    source = probe(clip(tmp_path / "a.mp4"))
    command = module._command
    monkeypatch.setattr(module, "_command", lambda *args: [*command(*args)[:-2], "mpegts", "file:/dev/full"])
    with pytest.raises(MiloError, match=r"no room on the disk for a copy of a\.mp4"):
        list(normalise(source, tmp_path / "video.mp4"))


def test_span(tmp_path):
    source = probe(clip(tmp_path / "a.mp4", duration_s=2))
    length_s = pytest.approx(2, abs=0.05)
    assert span(source) == (length_s, [])
    assert span(source, 0.5, 1) == (1, [])
    assert span(source, 1, 20) == (pytest.approx(1, abs=0.05), [])
    with pytest.raises(MiloError, match=r"a\.mp4 lasts 2\.0 s: start before 7 s"):
        span(source, 7)
    short = replace(source, duration_s=0.5)
    with pytest.raises(MiloError, match=r"start before 0\.5 s"):
        span(short, 0.5)
    assert span(replace(source, duration_s=0.0)) == (0.0, []), "what claims no length may still hold something"
    assert span(replace(source, duration_s=LONGEST_S + 1), 1) == (LONGEST_S, [])


def test_an_hour_is_trimmed_with_a_word_about_it(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600", tmp_path / "hour.flac")
    taken_s, warnings = span(probe(tmp_path / "hour.flac"), 60)
    assert taken_s == LONGEST_S
    assert warnings == ["hour.flac is longer than 20 minutes: only 20 minutes from 60 s are analysed."]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
@pytest.mark.parametrize("stream", ["v", "a"])
def test_an_hour_between_two_time_stamps_takes_no_gigabytes(tmp_path, stream):
    leap = "setts=ts='if(gt(N,60),TS+3600/TB,TS)'"
    ffmpeg(*picture(6), *sound(6), "-c:a", "aac", f"-bsf:{stream}", leap, tmp_path / "gap.mkv")
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from milo_demo.media.normalise import normalise; from milo_demo.media.probe import probe\n"
        "out = Path(sys.argv[2])\n"
        "list(normalise(probe(sys.argv[1]), out, duration_s=4))\n"
        "print(probe(out).duration_s, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "gap.mkv"), str(tmp_path / "out.mp4")]
    duration_s, most_mb = map(float, subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.split())
    assert duration_s == pytest.approx(4, abs=0.1)
    assert most_mb < 500
