from pathlib import Path

import pytest

from milo_demo import AnalysisOptions
from milo_demo.media.probe import probe
from milo_demo.pipeline import steps
from tests.media.making import clip, ffmpeg, spherical

ROOM = "mandelbrot=s=320x320:r=5:start_scale=1.5,format=yuv420p"
"""A flat picture, whose edges show different places."""
AROUND = "[0]split[a][b];[b]hflip[c];[a][c]hstack,scale=1280:1280,crop=1280:640,setsar=1,{poles}"
"""The same and its mirror image side by side: the outer edges are one line."""
POLES = "drawbox=h=8:color=0x507090:t=fill,drawbox=y=ih-8:h=8:color=0x605040:t=fill"
FAST = ["-frames:v", 3, "-c:v", "libx264", "-preset", "ultrafast", "-crf", 12]


def flat(path: Path, width: int = 3840, look: str = "null") -> Path:
    ffmpeg("-f", "lavfi", "-i", ROOM, "-vf", f"{look},scale={width}:{width // 2},setsar=1", *FAST, path)
    return path


def around(path: Path, width: int = 3840) -> Path:
    look = f"{AROUND.format(poles=POLES)},scale={width}:{width // 2},setsar=1"
    ffmpeg("-f", "lavfi", "-i", ROOM, "-filter_complex", look, *FAST, path)
    return path


@pytest.mark.parametrize("width", [3840, 1280])
@pytest.mark.parametrize("make, projection", [(flat, "flat"), (around, "equirectangular")])
def test_without_metadata_the_edges_decide(tmp_path, make, projection, width):
    found = probe(make(tmp_path / "wide.mp4", width))
    assert (found.projection, found.projection_assumed) == (projection, True)


def test_a_dark_stage_is_no_sphere(tmp_path):
    assert probe(flat(tmp_path / "stage.mp4", look="pad=iw*2:ih*2:-1:-1:color=black")).projection == "flat"


def test_a_title_in_front_changes_nothing(tmp_path):
    """Only the first of several frames is black."""
    ffmpeg(
        *("-f", "lavfi", "-i", ROOM, "-f", "lavfi", "-i", "color=black:s=1280x640:r=5:d=1", "-filter_complex"),
        f"{AROUND.format(poles=POLES)},trim=duration=3,setsar=1[v];[1]setsar=1,format=yuv420p[b];[b][v]concat",
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", 1, tmp_path / "title.mp4"),
    )
    assert probe(tmp_path / "title.mp4").projection == "equirectangular"


@pytest.mark.parametrize("size", ["160x80", "3840x1600", "640x360"])
def test_other_shapes_assume_nothing(tmp_path, size):
    found = probe(clip(tmp_path / "a.mp4", "-preset", "ultrafast", size=size, duration_s=0.1))
    assert (found.projection, found.projection_assumed) == ("flat", False)


def test_metadata_decide_whatever_the_edges_look_like(tmp_path):
    found = probe(spherical(flat(tmp_path / "a.mp4", 1280)))
    assert (found.projection, found.projection_assumed) == ("equirectangular", False)


@pytest.mark.parametrize("make, words", [
    (flat, "so it is taken as an ordinary one: if it is not, analyse it again as equirectangular."),
    (around, "so it is taken as a 360° picture, although nothing in it says so: if it is an ordinary one, analyse it "
             "again as flat."),
])  # fmt: skip
def test_an_assumption_is_said_and_kept_until_somebody_knows(tmp_path, make, words):
    source = make(tmp_path / "wide.mp4", 1280)

    def begin(options):
        (tmp_path / options.projection).mkdir()
        run = steps(source, options, tmp_path / options.projection)
        return next(step.analysis for step in run if step.analysis)

    begun = begin(AnalysisOptions())
    assert begun.media.projection_assumed
    [said] = [warning for warning in begun.warnings if "twice as wide" in warning]
    assert said.startswith("wide.mp4 ") and said.endswith(words)
    for projection in ("flat", "equirectangular"):
        begun = begin(AnalysisOptions(projection=projection))
        assert (begun.media.projection, begun.media.projection_assumed) == (projection, False)
        assert not any("twice as wide" in warning for warning in begun.warnings)
