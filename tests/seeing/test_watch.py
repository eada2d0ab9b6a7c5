"""A clip is watched by an eye that reads brightness: what is left to go wrong is how its sights are put together."""

from dataclasses import dataclass

import numpy as np
import pytest

from milo_demo.analysis import Media, ModelUsed
from milo_demo.errors import MiloError
from milo_demo.geometry import Detection
from milo_demo.grid import SIDE_PX, steps_in
from milo_demo.instruments import LABELS
from milo_demo.media import sphere
from milo_demo.seeing import watch as module
from milo_demo.seeing.detect import Sight
from milo_demo.seeing.watch import Seen, watch
from tests.media.making import ffmpeg

GUITAR, CELLO, FLUTE = (LABELS.index(label) for label in ("guitar", "cello", "flute"))
USED = (ModelUsed("object", "stub", "1", "00", "bundled"),)
PLACE = (0.25, 0.25, 0.75, 0.75)
DURATION_S, STEPS = 4.0, 8


@dataclass(frozen=True)
class Eye:
    """Knows the guitar, by boxes, and the cello, by maps only."""

    used: tuple[ModelUsed, ...] = USED
    mapped = frozenset({GUITAR, CELLO})
    closeup = None
    unboxed = frozenset({CELLO})


class Looks:
    """What each step shows, instead of a network's opinion; notes which frames it was given."""

    def __init__(self, guitar: list[float], cello: list[float], boxes: list[float] | None = None) -> None:
        self.guitar, self.cello, self.boxes = guitar, cello, boxes or [0.0] * len(guitar)
        self.frames: list[np.ndarray] = []
        self.ways: list[str] = []

    def map(self, step: int) -> np.ndarray:
        maps = np.zeros((len(LABELS), 8, 8), np.float32)
        maps[GUITAR, 2:6, 2:6], maps[CELLO, 2:6, 2:6] = self.guitar[step], self.cello[step]
        return maps

    def found(self, step: int) -> list[Detection]:
        return [Detection(GUITAR, self.boxes[step], *PLACE)] if self.boxes[step] else []

    def look(self, way: str, frames, eye, at_once: int):
        assert eye == Eye()
        self.ways.append(way)
        group = []
        for frame in frames:
            self.frames.append(frame)
            group.append(len(self.frames) - 1)
            if len(group) == at_once:
                yield self._sight(group)
                group = []
        if group:
            yield self._sight(group)

    def _sight(self, steps: list[int]) -> Sight:
        return Sight(np.stack([self.map(step) for step in steps]), [self.found(step) for step in steps])


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Four seconds, dark and then bright from 2.4 s on: one cut."""
    path = tmp_path_factory.mktemp("clip") / "video.mp4"
    bright = "drawbox=color=white:t=fill:enable='gte(t,2.4)'"
    ffmpeg("-f", "lavfi", "-i", f"testsrc=s=64x32:r=25:d={DURATION_S},{bright}", path)
    return path


@pytest.fixture
def watched(clip, monkeypatch):
    def watched(
        looks: Looks, threshold: float = 0.5, projection: str = "flat", duration_s: float = DURATION_S, heard=()
    ):
        """Fractions done, and what is seen."""
        monkeypatch.setattr(module.detect, "load", Eye)
        monkeypatch.setattr(module.detect, "detect", lambda frames, eye: looks.look("flat", frames, eye, 3))
        monkeypatch.setattr(module, "look_around", lambda frames, eye, likely: looks.look("around", frames, eye, 1))
        media = Media("clip.mp4", duration_s, 64, 32, 25.0, True, False, projection)
        run, fractions = watch(clip, media, threshold, heard=heard), []
        while True:
            try:
                fractions.append(next(run))
            except StopIteration as end:
                return fractions, end.value

    return watched


def peaks(seen: Seen, label: int) -> list[float]:
    return pytest.approx(seen.maps[:, label].max(axis=(1, 2)).tolist(), abs=0.003)


def test_steps_are_looked_at_in_order_and_the_fraction_done_grows(watched):
    looks = Looks([0.1 * step for step in range(STEPS)], [0.0] * STEPS)
    fractions, seen = watched(looks)
    assert fractions == [3 / 8, 6 / 8, 1.0] and looks.ways == ["flat"]
    assert seen.maps.shape == (STEPS, len(LABELS), 8, 8) and seen.maps.dtype == np.float32
    assert len(seen.boxes) == STEPS == steps_in(DURATION_S)
    assert peaks(seen, GUITAR) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert [frame.shape for frame in looks.frames] == [(SIDE_PX // 2, SIDE_PX, 3)] * STEPS
    assert [frame.mean() > 250 for frame in looks.frames] == [False] * 5 + [True] * 3, "step k is k grid periods in"


def test_what_the_maps_show_for_one_step_only_is_left_out(watched):
    _, seen = watched(Looks([0, 0, 0.75, 0, 0.75, 0.75, 0, 0.75], [0.0] * STEPS))
    assert peaks(seen, GUITAR) == [0, 0, 0, 0.75, 0.75, 0.75, 0.75, 0.75]


def test_an_instrument_that_only_the_maps_know_is_boxed_from_the_steady_map(watched):
    cello = [0.0, 0.0, 0.9, 0.0, 0.9, 0.9, 0.9, 0.9]
    _, seen = watched(Looks([0.0] * STEPS, cello))
    assert [[(n, box.label) for n, box in step.items()] for step in seen.boxes] == (
        [[]] * 3 + [[(1, CELLO)]] * 2 + [[(2, CELLO)]] * 3
    ), "from when the map is steady; a cut ends it"
    assert seen.boxes[6][2].sides == pytest.approx(PLACE)


def test_players_are_numbered_anew_behind_a_cut(watched):
    _, seen = watched(Looks([0.0] * STEPS, [0.0] * STEPS, [0.9] * STEPS))
    assert [list(step) for step in seen.boxes] == [[1]] * 5 + [[2]] * 3
    assert all(box.label == GUITAR and box.score == pytest.approx(0.9) for step in seen.boxes for box in step.values())


def test_boxes_keep_to_the_threshold_that_was_asked_for(watched):
    looks = Looks([0.0] * STEPS, [0.0] * STEPS, [0.4] * STEPS)
    assert not any(watched(looks)[1].boxes)
    assert all(watched(Looks(looks.guitar, looks.cello, looks.boxes), threshold=0.3)[1].boxes)


def test_the_name_of_a_box_explains_the_maps_other_name_away(watched):
    _, seen = watched(Looks([0.6] * STEPS, [0.8] * STEPS, [0.875] * STEPS))
    assert peaks(seen, GUITAR) == [0.875] * STEPS, "as sure as the box"
    assert peaks(seen, CELLO) == [0.1] * STEPS


def test_every_map_has_one_peak_as_the_record_keeps_it(watched):
    _, seen = watched(Looks([0.6] * STEPS, [0.8] * STEPS, [0.9] * STEPS))
    shown = seen.maps[:, [GUITAR, CELLO]]
    assert ((shown == shown.max(axis=(2, 3), keepdims=True)).sum(axis=(2, 3)) == 1).all()
    np.testing.assert_array_equal(shown, shown.astype(np.float16))


def test_only_what_the_eye_knows_can_be_seen_at_all(watched):
    _, seen = watched(Looks([0.0] * STEPS, [0.0] * STEPS))
    assert seen.labels == ("cello", "guitar") and seen.models == USED


def test_a_360_degree_clip_is_looked_at_all_around_in_large_frames(watched):
    looks = Looks([0.0] * STEPS, [0.0] * STEPS)
    fractions, _ = watched(looks, projection="equirectangular")
    assert looks.ways == ["around"] and fractions == [(step + 1) / STEPS for step in range(STEPS)]
    assert looks.frames[0].shape == (sphere.FRAME_PX // 2, sphere.FRAME_PX, 3)


@pytest.mark.parametrize("projection, players", [("flat", 0), ("equirectangular", 1)])
def test_only_in_a_360_degree_frame_what_lies_on_both_sides_of_its_edge_is_one_thing(watched, projection, players):
    class Moving(Looks):
        """Comes in on the left edge as it goes out on the right one."""

        def found(self, step: int) -> list[Detection]:
            x = (0.85 + 0.1 * step) % 1
            return [Detection(GUITAR, 0.9, x, 0.4, x + 0.2, 0.6)]

    _, seen = watched(Moving([0.0] * STEPS, [0.0] * STEPS), projection=projection)
    before_the_cut = {number for step in seen.boxes[:5] for number in step}
    assert (before_the_cut == {1}) == bool(players)


def test_a_part_of_the_clip_has_its_own_steps_only(watched):
    looks = Looks([0.5] * 4, [0.0] * 4)
    fractions, seen = watched(looks, duration_s=2.0)
    assert len(looks.frames) == 4 == len(seen.boxes) == len(seen.maps) and fractions[-1] == 1


@pytest.mark.parametrize(("heard", "boxes"), [((), 0), (("ukulele",), 1), (("cello",), 0)])
def test_a_doubtful_box_counts_where_what_it_may_be_is_heard(watched, heard, boxes):
    _, seen = watched(Looks([0.0] * STEPS, [0.0] * STEPS, boxes=[0.3] * STEPS), heard=heard)
    assert [len(step) for step in seen.boxes] == [boxes] * STEPS
    assert peaks(seen, GUITAR) == [15 / 22 * boxes] * STEPS  # odds of 3 to 7, times five


def test_a_map_over_the_seam_is_one_cello(watched):
    class OverTheSeam(Looks):
        def map(self, step: int) -> np.ndarray:
            maps = np.zeros((len(LABELS), 8, 8), np.float32)
            maps[CELLO, 2:6, [0, 7]] = 0.9
            return maps

    around = watched(OverTheSeam([0.0] * STEPS, [0.0] * STEPS), projection="equirectangular")[1]
    flat = watched(OverTheSeam([0.0] * STEPS, [0.0] * STEPS))[1]
    assert (len(around.boxes[0]), len(flat.boxes[0])) == (1, 2)
    assert around.boxes[0][1].sides == pytest.approx((0.875, 0.25, 1.125, 0.75))


def test_without_a_picture_there_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(module.detect, "load", Eye)
    monkeypatch.setattr(module.detect, "detect", lambda frames, eye: list(frames))
    ffmpeg("-f", "lavfi", "-i", "anullsrc=d=1", tmp_path / "a.wav")
    with pytest.raises(MiloError, match="no picture"):
        next(watch(tmp_path / "a.wav", Media("a.wav", 1.0, 0, 0, 0.0, True, True), 0.5))
