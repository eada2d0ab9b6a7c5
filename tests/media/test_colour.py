import numpy as np
import pytest

from milo_demo.media.colour import Colour, filters
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import open_media, probe
from tests.media.making import ffmpeg
from tests.media.pictures import COLOURS, SDR, X265, hdr, mean_colour, said, sdr

UNLIKE = 5.0
"""Levels (0-255) that two encodings of one picture may differ by in the mean."""
BT709 = (1, 1, 1, 1)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Mean colour of what was HDR before it was HDR."""
    folder = tmp_path_factory.mktemp("sdr")
    return mean_colour(copy(sdr(folder / "sdr.mp4")))


def copy(source):
    list(normalise(probe(source), out := source.with_name("video.mp4")))
    return out


def said_by(path):
    with open_media(path) as container:
        frame = next(container.decode(video=0))
        assert not {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"} & {part.type.name for part in frame.side_data}
        assert frame.format.name == "yuv420p"
        return int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace), int(frame.color_range)


@pytest.mark.parametrize("white_nits", [100, 203])
@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_looks_like_its_original_and_says_what_it_is(tmp_path, original, transfer, white_nits):
    source = hdr(tmp_path / "hdr.mp4", transfer, white_nits)
    assert np.abs(mean_colour(source) - original).max() > 2 * UNLIKE, "grey and dark, where nobody converts it"
    video = copy(source)
    assert mean_colour(video) == pytest.approx(original, abs=UNLIKE)
    assert said_by(video) == BT709


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
@pytest.mark.parametrize("name, changed, pixels", [
    ("no primaries.mp4", "setparams=color_primaries=unknown", "yuv420p10le"),
    ("no matrix.mp4", "setparams=colorspace=unknown", "yuv420p10le"),
    ("transfer alone.mp4", "setparams=range=unknown:color_primaries=unknown:colorspace=unknown", "yuv420p10le"),
    ("transfer alone.mkv", "setparams=range=unknown:color_primaries=unknown:colorspace=unknown", "yuv420p10le"),
    ("8 bits.mp4", "null", "yuv420p"),
    ("12 bits.mov", "null", "yuv422p12le"),
    ("a matrix of no use.mp4", "setparams=colorspace=ycgco", "yuv420p10le"),
    ("primaries of no use.mp4", "setparams=color_primaries=smpte428", "yuv420p10le"),
])  # fmt: skip
def test_hdr_that_says_half_of_it(tmp_path, original, transfer, name, changed, pixels):
    video = copy(hdr(tmp_path / name, transfer, 203, changed, pixels))
    assert mean_colour(video) == pytest.approx(original, abs=UNLIKE)
    assert said_by(video) == BT709


def test_hdr_that_says_the_wrong_thing_is_converted_somehow(tmp_path):
    for tag in ("bt709:bt709", "smpte432:bt2020c", "bt470m:ictcp", "smpte240m:smpte240m"):
        primaries, matrix = tag.split(":")
        wrong = f"setparams=color_primaries={primaries}:colorspace={matrix}:range=pc"
        assert said_by(copy(hdr(tmp_path / "a.mp4", "smpte2084", 203, wrong))) == BT709


def test_red_green_and_blue_need_no_matrix(tmp_path, original):
    stored = "format=gbrp10le,setparams=colorspace=gbr:color_primaries=bt2020:color_trc=smpte2084"
    video = copy(hdr(tmp_path / "a.mkv", "smpte2084", 203, f"scale=in_color_matrix=bt2020:in_range=tv,{stored}"))
    assert mean_colour(video) == pytest.approx(original, abs=UNLIKE)


def test_what_is_brighter_than_white_is_brighter_in_the_copy(tmp_path):
    """Three fields side by side: white, twice and four times as bright."""
    fields = "geq=lum='if(lt(X,W/3),593,if(lt(X,W*2/3),663,734))':cb=512:cr=512"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=96x32:r=25:d=0.2", "-vf"),
        f"format=yuv420p10le,{fields},{said('tv', 'bt2020', 'smpte2084', 'bt2020nc')}",
        *X265, tmp_path / "a.mp4",
    )  # fmt: skip
    with open_media(copy(tmp_path / "a.mp4")) as container:
        row = next(container.decode(video=0)).to_ndarray(format="rgb24")[16].mean(axis=1)
    white, double, fourfold = row[16], row[48], row[80]
    assert 200 < white < double - 4 and double < fourfold - 4


@pytest.mark.parametrize("transfer", ["bt709", "bt2020-10", "unknown"])
def test_wide_colours_without_hdr(tmp_path, original, transfer):
    wide = f"zscale=p=bt2020:t=bt709:m=bt2020nc:r=tv,format=yuv420p10le,setparams=color_trc={transfer}"
    ffmpeg(*COLOURS, "-vf", f"{SDR},{wide}", *X265, tmp_path / "wide.mp4")
    video = copy(tmp_path / "wide.mp4")
    assert mean_colour(video) == pytest.approx(original, abs=UNLIKE)
    assert said_by(video) == BT709


@pytest.mark.parametrize("matrix, levels, tags", [
    ("bt601", "tv", ("tv", "smpte170m", "smpte170m", "smpte170m")),
    ("bt601", "pc", ("pc", "bt470bg", "smpte170m", "bt470bg")),
    ("bt709", "pc", ("pc", "bt709", "bt709", "bt709")),
    ("bt709", "tv", ("tv", "bt709", "bt709", "bt709")),
    ("bt709", "tv", ("tv", "smpte428", "bt709", "bt709")),
    ("bt601", "tv", ("tv", "bt709", "bt709", "ictcp")),
    ("bt601", "tv", ("unknown", "unknown", "unknown", "unknown")),
])  # fmt: skip
def test_ordinary_pictures_keep_their_colours(tmp_path, original, matrix, levels, tags):
    video = copy(sdr(tmp_path / "a.mp4", said(*tags), matrix, levels))
    assert mean_colour(video) == pytest.approx(original, abs=UNLIKE)


def test_ordinary_pictures_are_only_scaled():
    for colour in (Colour(), Colour(1, 1, 1), Colour(6, 6, 6, full=True), Colour(13, 12, 6)):
        assert filters(colour, "640:360") == ["scale=640:360:out_range=tv"]
