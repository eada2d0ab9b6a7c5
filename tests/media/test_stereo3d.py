from pathlib import Path

import numpy as np
import pytest

from milo_demo.media import decode
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.media.stereo3d import Stereo
from tests.media.making import clip, ffmpeg, spherical
from tests.media.pictures import with_st3d

LEFT, RIGHT = "0xc02020", "0x2020c0"
"""What each eye sees: red the left one, blue the right one."""
ARRANGEMENTS = {
    "left_right": ("hstack", LEFT, RIGHT, Stereo("side by side")),
    "right_left": ("hstack", RIGHT, LEFT, Stereo("side by side", True)),
    "top_bottom": ("vstack", LEFT, RIGHT, Stereo("top and bottom")),
    "bottom_top": ("vstack", RIGHT, LEFT, Stereo("top and bottom", True)),
}


def colours(first: str, second: str, size: str = "320x180") -> list[str]:
    """Inputs: two plain clips."""
    return [word for colour in (first, second) for word in ("-f", "lavfi", "-i", f"color={colour}:s={size}:r=25:d=0.4")]


def two_eyes(path: Path, mode: str, eye: str = "320x180", frame: str = "", *options: object) -> Path:
    """A clip of both eyes' pictures, each of size `eye`, pressed into `frame` if there is one; Matroska says so."""
    stack, first, second, _ = ARRANGEMENTS[mode]
    inputs = [
        word for colour in (first, second) for word in ("-f", "lavfi", "-i", f"color={colour}:s={eye}:r=25:d=0.4")
    ]
    look = stack + (f",scale={frame}" if frame else "") + ",setsar=1"
    ffmpeg(*inputs, "-filter_complex", look, "-metadata:s:v", f"stereo_mode={mode}", *options, path)
    return path


def shown(source: Path) -> tuple[tuple[int, int], np.ndarray]:
    """Size of the copy, width and height, and the colours in its four corners, (corner, channel)."""
    list(normalise(probe(source), out := source.with_name("video.mp4")))
    _, frame = next(decode.frames(out, 25))
    return (frame.shape[1], frame.shape[0]), frame[[2, 2, -3, -3], [2, -3, 2, -3]].astype(int)


def is_left(corners: np.ndarray) -> bool:
    return bool((corners[:, 0] > 150).all() and (corners[:, 2] < 80).all())


@pytest.mark.parametrize("frame", ["whole", "320x180"])
@pytest.mark.parametrize("mode", ARRANGEMENTS)
def test_one_eye_is_shown_in_its_own_shape(tmp_path, mode, frame):
    """With all its pixels, or pressed to half of them in one direction."""
    source = two_eyes(tmp_path / "two.mkv", mode, "320x180", "" if frame == "whole" else frame)
    found = probe(source)
    assert (found.width, found.height, found.stereo) == (320, 180, ARRANGEMENTS[mode][3])
    size, corners = shown(source)
    assert size == (320, 180) and is_left(corners)


@pytest.mark.parametrize("mode, aspect", [("left_right", "8:3"), ("top_bottom", "2:3")])
def test_pixels_that_are_not_square_say_what_was_pressed(tmp_path, mode, aspect):
    """Four to three for each eye, which nobody would guess from 320 by 180."""
    found = probe(two_eyes(tmp_path / "two.mkv", mode, "320x240", "320x180", "-aspect", aspect))
    assert found.width / found.height == pytest.approx(4 / 3, abs=0.02)


@pytest.mark.parametrize("mode, number", [("left_right", 2), ("right_left", 4), ("top_bottom", 1)])
def test_the_box_of_an_mp4(tmp_path, mode, number):
    source = with_st3d(two_eyes(tmp_path / "two.mp4", mode, "320x180", "", "-c:v", "libx264"), number)
    found = probe(source)
    assert (found.width, found.height, found.stereo) == (320, 180, ARRANGEMENTS[mode][3])
    assert is_left(shown(source)[1])


@pytest.mark.parametrize("mode", ["left_right", "top_bottom"])
def test_the_boxes_that_ffmpeg_writes(tmp_path, mode):
    """It adds Apple's, which do not say how, and believes them when it reads them."""
    two_eyes(tmp_path / "two.mkv", mode)
    ffmpeg("-i", tmp_path / "two.mkv", "-c", "copy", "-strict", "unofficial", tmp_path / "two.mp4")
    assert probe(tmp_path / "two.mp4").stereo == ARRANGEMENTS[mode][3]


@pytest.mark.parametrize("packing, mode", [(3, "left_right"), (4, "top_bottom")])
def test_the_word_of_the_stream_itself(tmp_path, packing, mode):
    options = ["-c:v", "libx264", "-x264-params", f"frame-packing={packing}"]
    source = two_eyes(tmp_path / "two.ts", mode, "320x180", "", *options)
    assert is_left(shown(source)[1])


@pytest.mark.parametrize("mode, arranged, eye", [
    ("row_interleaved_lr", "irl", "320x90"), ("row_interleaved_rl", "irr", "320x90"),
    ("col_interleaved_lr", "icl", "160x180"), ("col_interleaved_rl", "icr", "160x180"),
])  # fmt: skip
def test_eyes_that_share_rows_or_columns(tmp_path, mode, arranged, eye):
    look = f"hstack,format=yuv444p,stereo3d=sbsl:{arranged},setsar=1"
    ffmpeg(
        *colours(LEFT, RIGHT, eye),
        "-filter_complex",
        look,
        "-metadata:s:v",
        f"stereo_mode={mode}",
        tmp_path / "two.mkv",
    )
    size, corners = shown(tmp_path / "two.mkv")
    assert size == (320, 180) and is_left(corners)


def test_eyes_one_after_the_other(tmp_path):
    packing = ["-c:v", "libx264", "-x264-params", "frame-packing=5"]
    ffmpeg(*colours(LEFT, RIGHT), "-filter_complex", "interleave", *packing, tmp_path / "two.mp4")
    list(normalise(probe(tmp_path / "two.mp4"), tmp_path / "video.mp4"))
    seen = np.stack([frame for _, frame in decode.frames(tmp_path / "video.mp4", 25)])
    assert len(seen) > 5 and seen[..., 0].min() > 150


@pytest.mark.parametrize("mode, first, second", [("block_lr", LEFT, RIGHT), ("block_rl", RIGHT, LEFT)])
@pytest.mark.parametrize("start_s", [0, 0.6])
def test_eyes_one_after_the_other_wherever_the_file_is_entered(tmp_path, mode, first, second, start_s):
    """Every other key frame is the second eye's."""
    eyes = f"color={first}:s=320x180:r=50:d=2,drawbox=color={second}:t=fill:enable='mod(n,2)'"
    made = ["-c:v", "libx264", "-g", 25, "-sc_threshold", 0, "-bf", 0, "-metadata:s:v", f"stereo_mode={mode}"]
    ffmpeg("-f", "lavfi", "-i", eyes, *made, tmp_path / "two.mkv")
    list(normalise(probe(tmp_path / "two.mkv"), tmp_path / "video.mp4", start_s, 1))
    seen = np.stack([frame for _, frame in decode.frames(tmp_path / "video.mp4", 25)])
    assert len(seen) == 25 and seen[..., 0].min() > 150


@pytest.mark.parametrize("mode, eye, frame", [
    ("top_bottom", "640x320", ""), ("top_bottom", "640x320", "640x320"),
    ("left_right", "640x320", ""), ("left_right", "640x320", "640x320"),
])  # fmt: skip
def test_a_sphere_for_each_eye(tmp_path, mode, eye, frame):
    spherical(two_eyes(tmp_path / "flat.mp4", mode, eye, frame, "-c:v", "libx264"))
    with_mode = ["-c", "copy", "-metadata:s:v", f"stereo_mode={mode}", "-strict", "unofficial"]
    ffmpeg("-i", tmp_path / "flat.mp4", *with_mode, tmp_path / "two.mkv")
    found = probe(tmp_path / "two.mkv")
    assert (found.projection, found.width, found.height) == ("equirectangular", 640, 320)
    size, corners = shown(tmp_path / "two.mkv")
    assert size == (640, 320) and is_left(corners)


def test_the_word_in_the_spherical_metadata(tmp_path):
    source = two_eyes(tmp_path / "two.mp4", "top_bottom", "640x320", "", "-c:v", "libx264")
    found = probe(spherical(source, b"top-bottom"))
    assert (found.width, found.height, found.stereo) == (640, 320, Stereo("top and bottom"))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_by_a_phone(tmp_path, turn):
    """The eyes stand upright and beside each other once the frame is turned."""
    back = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}[turn]
    mode = "right_left" if turn == 90 else "left_right"
    two_eyes(tmp_path / "upright.mp4", mode, "320x180", "", "-c:v", "libx264")
    ffmpeg("-i", tmp_path / "upright.mp4", "-vf", back, tmp_path / "lying.mp4")
    ffmpeg("-display_rotation", -turn, "-i", tmp_path / "lying.mp4", "-c", "copy", tmp_path / "turned.mp4")
    source = with_st3d(tmp_path / "turned.mp4", {90: 1, 180: 4, 270: 1}[turn])
    found = probe(source)
    assert found.stereo.arrangement == "side by side" and (found.width, found.height) == (320, 180)
    assert is_left(shown(source)[1])


def test_without_a_word_nothing_is_assumed(tmp_path):
    found = probe(clip(tmp_path / "a.mp4", size="640x180"))
    assert (found.width, found.stereo) == (640, Stereo())
    source = two_eyes(tmp_path / "a.mkv", "left_right", "320x180", "", "-metadata:s:v", "stereo_mode=")
    assert (probe(source).width, probe(source).stereo) == (640, Stereo())
