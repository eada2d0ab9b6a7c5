"""What broadcasts and cameras for television bring: containers entered anywhere, two fields in a frame, turns."""

import numpy as np
import pytest

from milo_demo.media import decode
from milo_demo.media.normalise import _entry_s, normalise
from milo_demo.media.probe import probe
from tests.media.making import beep_s, ffmpeg, flash_s, picture, sound

COUNTING = ["-f", "lavfi", "-i", "nullsrc=s=64x48:r=25:d=20,geq=lum='16+mod(100*T,200)':cb=128:cr=128"]
"""Input: a grey that tells the time."""
X264 = ["-c:v", "libx264", "-preset", "ultrafast"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", 2, "-sc_threshold", 1_000_000_000]


def seen(source, start_s=0.0, duration_s=None):
    """All frames of the normalised copy, (frame, height, width, channel), red, green and blue."""
    list(normalise(probe(source), out := source.with_name("video.mp4"), start_s, duration_s))
    return np.stack([frame for _, frame in decode.frames(out, 25)])


@pytest.mark.parametrize("name, encoding", [
    ("two key frames.ts", [*X264, "-bf", 3, "-g", 250]),
    ("open groups.ts", [*X264, "-bf", 3, "-g", 100, "-x264-params", "open-gop=1:scenecut=0"]),
    ("only one key frame.ts", [*X264, "-g", 9999]),
    ("groups of 15.mpg", [*MPEG2, "-g", 15]),
    ("groups of 150.m2ts", [*MPEG2, "-bf", 2, "-g", 150]),
])  # fmt: skip
def test_a_part_begins_with_the_picture_of_its_start(tmp_path, name, encoding):
    """Give or take a frame, which are 5 levels apart, though the format is entered where no frame can be decoded."""
    ffmpeg(*COUNTING, *sound(20), *encoding, tmp_path / name)
    whole = seen(tmp_path / name).mean(axis=(1, 2, 3))
    for first in (13, 133, 334):
        part = seen(tmp_path / name, first / 25, 1).mean(axis=(1, 2, 3))
        assert part == pytest.approx(whole[first : first + 25], abs=6), f"from {first / 25} s"


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.mov"])
def test_a_file_that_goes_to_the_key_frame_before_is_entered_at_the_start(tmp_path, name):
    ffmpeg(*COUNTING, *sound(20), *X264, "-bf", 3, "-g", 100, tmp_path / name)
    assert [_entry_s(probe(tmp_path / name), start_s) for start_s in (5.013, 12.2)] == [5.013, 12.2]


@pytest.mark.parametrize("matrix", ["ycgco", "bt2020c"])
def test_a_picture_whose_colours_nobody_can_turn_is_still_read(tmp_path, matrix):
    """Of a kind that FFmpeg converts before it looks for fields."""
    odd = f"format=uyvy422,setparams=colorspace={matrix}"
    ffmpeg(*COUNTING, "-t", 1, "-vf", odd, "-c:v", "rawvideo", "-colorspace", matrix, tmp_path / "a.mkv")
    assert len(seen(tmp_path / "a.mkv")) == 25


@pytest.mark.parametrize("start_s", [7.3, 8.46, 11.21])
def test_picture_and_sound_of_a_part_keep_one_clock(tmp_path, start_s):
    ffmpeg(*picture(14, rate_hz=25, at_s=12), *sound(14, at_s=12), *X264, "-bf", 3, tmp_path / "a.ts")
    list(normalise(probe(tmp_path / "a.ts"), tmp_path / "video.mp4", start_s))
    due_s = 12 - start_s + 0.0125
    assert beep_s(tmp_path / "a.ts", start_s) == pytest.approx(due_s, abs=0.02)
    assert beep_s(tmp_path / "video.mp4") == pytest.approx(due_s, abs=0.02)
    assert flash_s(tmp_path / "video.mp4") == pytest.approx(due_s, abs=0.04)


def combing(frames):
    """How much more neighbouring lines differ than next but one: 0 without combs."""
    lines = frames[5:-5].mean(axis=-1)
    return np.abs(np.diff(lines, axis=1)).mean() - np.abs(lines[:, 2:] - lines[:, :-2]).mean()


MOVING = "nullsrc=s=160x96:r=50:d=1,geq=lum='if(lt(mod(X-T*300+6400,80),20),235,16)':cb=128:cr=128"


@pytest.mark.parametrize("first", ["top", "bottom"])
def test_no_combs_where_two_fields_are_one_frame(tmp_path, first):
    interlaced = f"{MOVING},tinterlace=interleave_{first}"
    ffmpeg("-f", "lavfi", "-i", interlaced, *MPEG2, "-flags", "+ildct+ilme", tmp_path / "a.mpg")
    assert abs(combing(seen(tmp_path / "a.mpg"))) < 1


NOISE = "color=gray:s=160x96:r=25:d=0.4,noise=alls=60:allf=t,format=yuv420p"


@pytest.mark.parametrize("eyes, turn, alike", [
    ("mono", 0, False), ("mono", 180, False), ("mono", 90, True), ("row_interleaved_lr", 0, True),
])  # fmt: skip
def test_fields_are_looked_for_where_a_frame_says_so(tmp_path, eyes, turn, alike):
    """But not where its lines are two eyes', or have become columns."""
    for said in ("prog", "tff"):
        lossless = ["-vf", f"setfield={said}", "-c:v", "ffv1", "-metadata:s:v", f"stereo_mode={eyes}"]
        ffmpeg("-f", "lavfi", "-i", NOISE, *lossless, tmp_path / "lying.mkv")
        ffmpeg("-display_rotation", turn, "-i", tmp_path / "lying.mkv", "-c", "copy", tmp_path / f"{said}.mkv")
    assert np.array_equal(seen(tmp_path / "prog.mkv"), seen(tmp_path / "tff.mkv")) == alike


DISC = "color=black:s={}:r=25:d=1,geq=lum='235-219*gt(hypot((X-W/2)*{},Y-H/2),50)':cb=128:cr=128,setsar={}"
"""Input: a white disc, by size and shape of a pixel."""


@pytest.mark.parametrize("shapes", [
    [("192x144", 1, 1), ("144x192", 1, 1)],
    [("144x192", 1, 1), ("192x144", 1, 1)],
    [("192x144", 1, 1), ("144x144", 4 / 3, "4/3")],
], ids=["to upright", "to lying", "longer pixels"])  # fmt: skip
def test_a_disc_stays_round_where_a_picture_turns_or_is_stored_otherwise(tmp_path, shapes):
    content = b""
    for k, shape in enumerate(shapes):
        piece = tmp_path / f"{k}.ts"
        ffmpeg("-f", "lavfi", "-i", DISC.format(*shape), *X264, "-output_ts_offset", k, piece)
        content += piece.read_bytes()
    (tmp_path / "joined.ts").write_bytes(content)
    frames = seen(tmp_path / "joined.ts")[..., 1] > 128
    assert len(frames) == 50
    for frame in frames[[5, 45]]:
        height, width = (np.ptp(np.flatnonzero(frame.any(axis=axis))) for axis in (1, 0))
        assert height == pytest.approx(width, rel=0.05)
