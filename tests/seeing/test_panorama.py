"""Bright patches on a dark sphere, found in every view by their colour: what is left to go wrong is the way back."""

from itertools import islice

import numpy as np
import pytest
from scipy import ndimage

from milo_demo.geometry import Detection
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.media import decode, sphere
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.media.sphere import VIEWS, View
from milo_demo.outside import LOOKS
from milo_demo.seeing import panorama
from milo_demo.seeing.detect import Sight
from milo_demo.seeing.panorama import COLUMNS, ROWS, look_around, merged
from milo_demo.seeing.tracking import tracks
from tests.media.making import ffmpeg, spherical

GUITAR, VIOLIN = LABELS.index("guitar"), LABELS.index("violin")


def scene(*patches: tuple[float, float, float], width: int = 960) -> np.ndarray:
    """A frame with round patches: azimuth, elevation and width, degrees."""
    y, x = np.mgrid[: width // 2, :width] + 0.5
    directions = sphere.vectors(360 * x / width - 180, 90 - 360 * y / width)
    frame = np.full((width // 2, width, 3), 20, np.uint8)
    for azimuth_deg, elevation_deg, wide_deg in patches:
        frame[directions @ sphere.vectors(azimuth_deg, elevation_deg) > np.cos(np.radians(wide_deg / 2))] = 255
    return frame


@pytest.fixture(autouse=True)
def colour_seen(monkeypatch):
    """In place of the eye: each bright patch is a guitar, the surer the more of it is there."""

    def detect(frames, eye, batch):
        frames = iter(frames)
        while group := list(islice(frames, batch)):
            bright = np.stack(group)[..., 0] > 128
            cells = sphere.VIEW_PX // 16
            maps = np.zeros((len(group), len(LABELS), cells, cells), np.float32)
            maps[:, GUITAR] = 0.9 * bright.reshape(-1, cells, 16, cells, 16).mean(axis=(2, 4))
            found = []
            for picture in bright:
                parts = ndimage.find_objects(ndimage.label(picture)[0])
                sides = np.array([[x.start, y.start, x.stop, y.stop] for y, x in parts]) / sphere.VIEW_PX
                found.append([Detection(GUITAR, 0.9, *box) for box in sides.tolist()])
            yield Sight(maps, found, np.zeros((len(maps), 1280), np.float16), np.zeros((len(maps), len(LOOKS))))

    monkeypatch.setattr(panorama, "detect", detect)
    monkeypatch.setattr(panorama, "named", lambda sights, *_, **__: sights)


def off_deg(region: Detection, azimuth_deg: float, elevation_deg: float) -> float:
    """The angle between the region's direction and another."""
    cosine = sphere.vectors(*sphere.direction(*region[2:])) @ sphere.vectors(azimuth_deg, elevation_deg)
    return float(np.degrees(np.arccos(min(cosine, 1))))


PLACES = [(0, 0), (30, 0), (180, 0), (-178, 10), (75, 30), (40, 45), (-150, -50), (20, 65), (0, 75), (10, -60)]


@pytest.mark.parametrize("azimuth_deg, elevation_deg", PLACES)
def test_one_thing_is_one_box_in_its_place(azimuth_deg, elevation_deg):
    [seen] = look_around([scene((azimuth_deg, elevation_deg, 24))], eye=None)
    [[region]] = seen.found
    assert (region.label, region.score) == (GUITAR, 0.9)
    assert off_deg(region, azimuth_deg, elevation_deg) < 3
    assert 0 <= region.x0 < 1 and region.x0 < region.x1 <= region.x0 + 1
    # A box around a round thing reaches farther with its corners where the view is turned against the frame.
    assert 21 < (region.y1 - region.y0) * 180 < (28 if abs(elevation_deg) <= 30 else 24 * 2**0.5)


@pytest.mark.parametrize("pole_deg, sides", [(90, (0, 12 / 180)), (-90, (1 - 12 / 180, 1))])
def test_what_lies_at_a_pole_spans_the_width(pole_deg, sides):
    [seen] = look_around([scene((0, pole_deg, 24))], eye=None)
    [[region]] = seen.found
    assert (region.x0, region.x1) == (0, 1)
    assert (region.y0, region.y1) == pytest.approx(sides, abs=0.04)
    assert off_deg(region, 0, pole_deg) < 1


@pytest.mark.parametrize("azimuth_deg", [0, 30, 180])
def test_what_no_view_shows_whole_is_put_together(azimuth_deg):
    [seen] = look_around([scene((azimuth_deg, 0, 76))], eye=None)
    [[region]] = seen.found
    assert off_deg(region, azimuth_deg, 0) < 3
    assert (region.x1 - region.x0) * 360 == pytest.approx(76, abs=6)


@pytest.mark.parametrize("azimuth_deg", [0, 25, 180])
def test_two_of_a_kind_side_by_side_stay_two(azimuth_deg):
    patches = [(azimuth_deg - 10, 0, 16), (azimuth_deg + 10, 0, 16), (azimuth_deg, 40, 16)]
    [seen] = look_around([scene(*patches)], eye=None)
    [found] = seen.found
    assert len(found) == 3
    for patch in patches:
        assert min(off_deg(region, *patch[:2]) for region in found) < 4


@pytest.mark.parametrize("azimuth_deg, elevation_deg", [(0, 0), (179, -20), (100, 80)])
def test_the_map_peaks_where_the_thing_is(azimuth_deg, elevation_deg):
    [seen] = look_around([scene((azimuth_deg, elevation_deg, 24))], eye=None)
    assert seen.maps.shape == (1, len(LABELS), ROWS, COLUMNS)
    assert not seen.maps[0, VIOLIN].any()
    assert seen.maps.max() == pytest.approx(0.9)
    for row, column in np.argwhere(seen.maps[0, GUITAR] > 0.6):
        there = sphere.vectors((column + 0.5) * 360 / COLUMNS - 180, 90 - (row + 0.5) * 180 / ROWS)
        assert there @ sphere.vectors(azimuth_deg, elevation_deg) > np.cos(np.radians(12 + 6))


def test_every_cell_of_the_map_is_looked_at():
    assert (panorama.frame_map(np.ones((len(VIEWS), 1, 24, 24), np.float32)) == 1).all()


def test_frames_are_asked_for_one_by_one():
    asked = []

    def frames():
        for number in range(3):
            asked.append(number)
            yield scene((0, 0, 24))

    seen = look_around(frames(), eye=None)
    next(seen)
    assert asked == [0]
    assert len(list(seen)) == 2
    assert list(look_around([], eye=None)) == []


def test_a_clip_in_which_something_crosses_the_seam(tmp_path):
    frames = np.stack([scene((165 + 15 * second, -20, 24), width=480) for second in np.arange(0, 3, 0.2)])
    (tmp_path / "frames.rgb").write_bytes(frames.tobytes())
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "480x240", "-r", 5, "-i", tmp_path / "frames.rgb"]
    ffmpeg(*raw, "-pix_fmt", "yuv420p", tmp_path / "round.mp4")
    source = probe(spherical(tmp_path / "round.mp4"))
    assert source.projection == "equirectangular"
    list(normalise(source, tmp_path / "video.mp4"))

    timed = decode.frames(tmp_path / "video.mp4", STEPS_PER_S, sphere.FRAME_PX)
    found = [boxes for seen in look_around((frame for _, frame in timed), eye=None) for boxes in seen.found]
    steps = tracks(found, cuts=[], wraps=True)
    assert [list(step) for step in steps] == [[1]] * 6, "one track from end to end"
    azimuths = [sphere.direction(*step[1][2:])[0] % 360 for step in steps]
    assert azimuths == pytest.approx([165 + 15 * k / STEPS_PER_S for k in range(6)], abs=5)
    assert steps[0][1].x1 < 1 < steps[2][1].x1 and steps[-1][1].x0 < 0.2


def as_seen(thing: View, label: int, scores: dict[int, float]) -> list[list[Detection]]:
    """What each view in `scores` would find of a square thing."""
    x, y = np.meshgrid(np.linspace(0, 1, 200), np.linspace(0, 1, 200))
    found = [[] for _ in VIEWS]
    for number, score in scores.items():
        seen_x, seen_y = sphere.places(VIEWS[number], sphere.rays(thing, x, y))
        shown = (seen_x > 0) & (seen_x < 1) & (seen_y > 0) & (seen_y < 1)
        sides = (seen_x[shown].min(), seen_y[shown].min(), seen_x[shown].max(), seen_y[shown].max())
        found[number].append(Detection(label, score, *map(float, sides)))
    return found


def test_a_box_cut_by_its_view_gives_way_to_a_whole_one():
    thing = View(43, 0, 20)  # beyond the edge of the view to the front, well inside the next
    [region] = merged(as_seen(thing, GUITAR, {0: 0.9, 1: 0.6}))
    assert region.score == 0.9, "the best look says how sure it is"
    assert (region.x0, region.x1) == pytest.approx((0.5 + 33 / 360, 0.5 + 53 / 360), abs=0.01)


def test_a_doubtful_whole_box_does_not_stand_for_a_sure_piece():
    [region] = merged(as_seen(View(43, 0, 20), GUITAR, {0: 0.9, 1: 0.1}))
    assert region.score == 0.9
    assert region.x1 == pytest.approx(0.5 + 45 / 360, abs=0.01), "it is what the surer view has shown"


def test_a_part_inside_what_another_view_cuts_is_not_a_second_thing():
    whole, part = as_seen(View(40, 0, 30), GUITAR, {0: 0.9}), as_seen(View(40, 0, 16), GUITAR, {1: 0.4})
    [region] = merged([one + other for one, other in zip(whole, part, strict=True)])
    assert region.score == 0.9 and region.x1 - region.x0 > 18 / 360


def test_of_two_names_for_one_place_the_surer_stays():
    thing = View(30, 0, 20)
    guitar, violin = as_seen(thing, GUITAR, {0: 0.5}), as_seen(thing, VIOLIN, {1: 0.8})
    [region] = merged([one + other for one, other in zip(guitar, violin, strict=True)])
    assert (region.label, region.score) == (VIOLIN, 0.8)


def test_two_names_for_two_places_stay_and_the_surer_comes_first():
    guitar, violin = as_seen(View(20, 0, 20), GUITAR, {0: 0.5}), as_seen(View(28, 0, 20), VIOLIN, {1: 0.8})
    both = merged([one + other for one, other in zip(guitar, violin, strict=True)])
    assert [(region.label, region.score) for region in both] == [(VIOLIN, 0.8), (GUITAR, 0.5)]


def test_nothing_found_is_nothing():
    assert merged([[] for _ in VIEWS]) == []
