import gc
import weakref
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from milo_demo.analysis import Analysis, Box, ClipScore, Media, WordBox
from milo_demo.errors import MiloError
from milo_demo.export import render
from milo_demo.export.look import Look
from milo_demo.export.render import annotate
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps
from milo_demo.media import decode
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import open_media, probe
from tests.media.making import beep_s, clip, ffmpeg, sound

WIDTH, HEIGHT, DURATION_S = 320, 180, 2.0
NO_HEAT = Look(heat=())


@pytest.fixture
def video(tmp_path):
    """A grey clip with a beep at 0.5 s (and a flash, over before anything is measured)."""
    clip(tmp_path / "a.mkv", duration_s=DURATION_S, size=f"{WIDTH}x{HEIGHT}")
    list(normalise(probe(tmp_path / "a.mkv"), tmp_path / "video.mp4"))
    return tmp_path / "video.mp4"


def analysis(*, boxes=(), score=0.9, projection="flat"):
    maps = Maps.empty(int(np.ceil(DURATION_S * STEPS_PER_S)))
    maps.object = np.zeros((len(maps.time_s), len(LABELS), 9, 16), np.float32)
    media = Media("a.mkv", DURATION_S, WIDTH, HEIGHT, 25.0, True, True, projection)
    verdict = [ClipScore("guitar", score, score, score, None)]
    return Analysis(media, maps, clip=verdict, boxes=list(boxes))


def drawn(video, found, out, **options):
    """The frames of annotated.mp4, (time, row, column, 3), each every 0.2 s."""
    assert list(annotate(video, found, out, **options))[-1] == 1
    return np.stack([frame for _, frame in decode.frames(out, 5)]).astype(int)


def like_guitar(pixels):
    """Where the guitar's orange is, in an otherwise grey picture."""
    return pixels[..., 0] - pixels[..., 2] > 60


def test_size_length_sound_and_form_stay(video, tmp_path):
    list(annotate(video, analysis(), tmp_path / "annotated.mp4"))
    found, was = probe(tmp_path / "annotated.mp4"), probe(video)
    assert (found.width, found.height, found.fps) == (WIDTH, HEIGHT, 25)
    assert found.duration_s == pytest.approx(was.duration_s, abs=0.05)
    assert beep_s(tmp_path / "annotated.mp4") == pytest.approx(0.5, abs=0.02)
    with open_media(tmp_path / "annotated.mp4") as container:
        assert container.streams.video[0].format.name == "yuv420p"
        assert [frame.time for frame in container.decode(video=0)] == pytest.approx([k / 25 for k in range(50)])
    data = (tmp_path / "annotated.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_what_is_wider_than_need_be_is_drawn_smaller(tmp_path, monkeypatch):
    """Half as wide leaves an odd height, which H.264 has not."""
    monkeypatch.setattr(render, "SIDE_PX", WIDTH // 2)
    clip(tmp_path / "a.mkv", size=f"{WIDTH}x{HEIGHT - 2}")
    list(normalise(probe(tmp_path / "a.mkv"), tmp_path / "video.mp4"))
    list(annotate(tmp_path / "video.mp4", analysis(), tmp_path / "annotated.mp4"))
    found = probe(tmp_path / "annotated.mp4")
    assert (found.width, found.height) == (WIDTH // 2, HEIGHT // 2 - 2)


def test_nothing_found_leaves_the_picture_alone(video, tmp_path):
    frames = drawn(video, analysis(), tmp_path / "annotated.mp4")
    was = np.stack([frame for _, frame in decode.frames(video, 5)]).astype(int)
    assert np.abs(frames - was).max() < 12


def test_a_box_glides_between_steps(video, tmp_path):
    """Its left edge goes from 64 to 224 px in one step, 0.512 s to 1.024 s."""
    boxes = [Box(t / STEPS_PER_S, "guitar", 0.9, 1, x0, 0.4, x0 + 0.2, 0.8) for t, x0 in [(1, 0.2), (2, 0.7), (3, 0.7)]]
    frames = drawn(video, analysis(boxes=boxes), tmp_path / "annotated.mp4", look=NO_HEAT)
    left = [np.flatnonzero(like_guitar(frame[round(0.6 * HEIGHT)])) for frame in frames]
    assert len(left[0]) == 0, "no box yet"
    assert left[3][0] == pytest.approx((0.2 + 0.5 * (0.6 * STEPS_PER_S - 1)) * WIDTH, abs=4)
    assert left[4][0] == pytest.approx((0.2 + 0.5 * (0.8 * STEPS_PER_S - 1)) * WIDTH, abs=4)
    assert left[6][0] == pytest.approx(0.7 * WIDTH, abs=4)


def test_a_box_across_the_seam_shows_on_both_sides(video, tmp_path):
    found = analysis(boxes=[Box(0.0, "guitar", 0.9, 1, 0.9, 0.4, 1.1, 0.8)])
    frames = drawn(video, found, tmp_path / "annotated.mp4", look=NO_HEAT)
    edges = np.flatnonzero(like_guitar(frames[0, round(0.6 * HEIGHT)]))
    assert edges.min() == pytest.approx(0.1 * WIDTH, abs=4) and edges.max() == pytest.approx(0.9 * WIDTH, abs=4)


@pytest.mark.parametrize("projection, left, right", [("equirectangular", 0.0425, 0.9425), ("flat", 0.552, 0.652)])
def test_a_box_glides_the_shorter_way_which_may_lead_across_the_seam(video, tmp_path, projection, left, right):
    """Four tenths of the way from 0.88 on the right to 0.04 on the left."""
    boxes = [Box(t / STEPS_PER_S, "guitar", 0.9, 1, x0, 0.4, x0 + 0.1, 0.8) for t, x0 in [(0, 0.88), (1, 0.04)]]
    found = analysis(boxes=boxes, projection=projection)
    frames = drawn(video, found, tmp_path / "annotated.mp4", look=NO_HEAT)
    edges = np.flatnonzero(like_guitar(frames[1, round(0.6 * HEIGHT)])) / WIDTH
    assert edges.min() == pytest.approx(left, abs=0.012) and edges.max() == pytest.approx(right, abs=0.012)


def test_what_is_boxed_glows_where_its_map_is_dark_and_on_both_sides_of_the_seam(video, tmp_path):
    found = analysis(boxes=[Box(0.0, "guitar", 0.9, 1, 0.9, 0.4, 1.1, 0.8)])
    change = np.abs(drawn(video, found, tmp_path / "annotated.mp4")[0] - 64).sum(axis=-1)
    row = round(0.6 * HEIGHT)
    assert change[row, 8] > 60 and change[row, WIDTH - 8] > 60 and change[row, WIDTH // 2] < 20


def test_heat_lies_where_the_map_says(video, tmp_path):
    found = analysis()
    found.maps.object[:, LABELS.index("guitar"), 2:5, 10:14] = 1.0
    change = np.abs(drawn(video, found, tmp_path / "annotated.mp4")[8] - 64).sum(axis=-1)
    assert change[70, 240] > 100
    assert change[150, 60] < 20


def test_a_map_that_has_all_but_faded_out_leaves_the_picture_alone(video, tmp_path):
    found = analysis()
    found.maps.object[:, LABELS.index("guitar"), 2:5, 10:14] = 0.3501
    frames, bare = (drawn(video, some, tmp_path / "annotated.mp4") for some in (found, analysis()))
    assert np.array_equal(frames, bare)


def test_what_has_been_drawn_is_let_go_of(video, tmp_path):
    """A long clip's maps are the largest thing in memory."""
    found = analysis(boxes=[Box(t / STEPS_PER_S, "guitar", 0.9, 1, 0.2, 0.4, 0.5, 0.8) for t in range(4)])
    held = weakref.ref(found)
    list(annotate(video, found, tmp_path / "annotated.mp4"))
    del found
    gc.collect()
    assert held() is None


def test_only_what_the_verdict_says_is_drawn(video, tmp_path):
    boxes = [Box(t / STEPS_PER_S, "guitar", 0.9, 1, 0.2, 0.4, 0.5, 0.8) for t in range(4)]
    found = analysis(boxes=boxes, score=0.4)
    assert not like_guitar(drawn(video, found, tmp_path / "annotated.mp4")).any()
    assert like_guitar(drawn(video, found, tmp_path / "annotated.mp4", look=Look(0.3))).any()


def test_what_is_heard_is_named_while_it_sounds(video, tmp_path):
    found = analysis()
    found.maps.sound = np.zeros((len(found.maps.time_s), len(LABELS)), np.float16)
    found.maps.sound[2, LABELS.index("guitar")] = 0.9
    frames = drawn(video, found, tmp_path / "annotated.mp4")
    named = like_guitar(frames[:, -20:, :30]).any(axis=(1, 2))
    assert named.tolist() == [2 <= 0.2 * k * STEPS_PER_S < 3 for k in range(10)]


def test_layers_and_instruments_can_be_chosen(video, tmp_path):
    found = analysis(boxes=[Box(t / STEPS_PER_S, "guitar", 0.9, 1, 0.2, 0.4, 0.5, 0.8) for t in range(4)])
    found.maps.object[:, LABELS.index("guitar"), 4:7, 4:7] = 1.0
    edge, inside = (round(0.6 * HEIGHT), round(0.2 * WIDTH)), (round(0.6 * HEIGHT), round(0.35 * WIDTH))
    for look, there in [
        (Look(), (True, True)),
        (Look(heat=()), (True, False)),
        (Look(boxes=False), (False, True)),
        (Look(labels=("guitar",)), (True, True)),
        (Look(labels=("piano",)), (False, False)),
        (Look(0.95), (False, False)),
    ]:
        frame = drawn(video, found, tmp_path / "annotated.mp4", look=look)[5]
        assert (like_guitar(frame[edge]), like_guitar(frame[inside])) == there, look


def test_where_somebody_plays_is_white_hot(video, tmp_path):
    found = analysis()
    found.maps.action = np.zeros((*found.maps.object.shape[:2], 9, 16), np.float16)
    found.maps.action[:, LABELS.index("guitar"), 4:7, 4:7] = 1.0
    place = round(0.6 * HEIGHT), round(0.35 * WIDTH)
    was = drawn(video, found, tmp_path / "annotated.mp4", look=Look(heat=("seen",)))[5][place]
    glows = drawn(video, found, tmp_path / "annotated.mp4", look=Look(heat=("played",)))[5][place]
    assert not like_guitar(was) and (glows > was + 40).all() and glows[0] > glows[2] + 20, "pale orange"


def test_what_moves_is_drawn_on_request_whichever_it_is(video, tmp_path):
    found = analysis()
    found.maps.movement = np.zeros((len(found.maps.time_s), 9, 16), np.float16)
    found.maps.movement[:, 4:7, 4:7] = 1.0
    place = round(0.6 * HEIGHT), round(0.35 * WIDTH)
    was = drawn(video, found, tmp_path / "annotated.mp4")[5][place]
    red, _, blue = drawn(video, found, tmp_path / "annotated.mp4", look=Look(heat=("movement",)))[5][place]
    assert np.ptp(was) < 30 and blue > red + 60


def test_a_player_who_is_never_sure_has_no_box(video, tmp_path):
    boxes = [Box(t / STEPS_PER_S, "guitar", 0.45, 1, 0.2, 0.4, 0.5, 0.8) for t in range(4)]
    assert not like_guitar(drawn(video, analysis(boxes=boxes), tmp_path / "annotated.mp4")).any()


def test_a_word_of_ones_own_has_a_white_box_while_it_lasts(video, tmp_path):
    found = analysis()
    found.words = [
        WordBox("theremin", 0.0, 1.0, 0.9, 0.25, 0.4, 0.5, 0.8),
        WordBox("lyre", 0, 1, 0.4, 0.6, 0.4, 0.9, 0.8),
    ]
    frames = drawn(video, found, tmp_path / "annotated.mp4", look=NO_HEAT)
    left, right = frames[:, 100, 78:84].min(axis=-1), frames[:, 100, 190:196].min(axis=-1)
    assert left[1].max() > 220 and left[-2].max() < 200, "white, and gone when it is over"
    assert right[1].max() < 200, "what is doubtful has none"


def test_hands_are_dots_and_what_is_heard_around_is_named_where_it_is(video, tmp_path):
    found = analysis(projection="equirectangular")
    found.maps.hands = np.array([[t / STEPS_PER_S, 0.25, 0.5, 0.9] for t in range(4)], np.float32)
    plain, dots = (
        drawn(video, found, tmp_path / "annotated.mp4", look=Look(heat=(), hands=hands)) for hands in (False, True)
    )
    assert dots[1, 90, 80].min() > 220 > plain[1, 90, 80].max()
    found.clip = [ClipScore("guitar", 0.9, 0.9, None, None, azimuth_deg=90.0, elevation_deg=0.0)]
    found.maps.sound = np.zeros((len(found.maps.time_s), len(LABELS)), np.float32)
    found.maps.sound[:, LABELS.index("guitar")] = 0.9
    frames = drawn(video, found, tmp_path / "annotated.mp4", look=NO_HEAT)
    middle = slice(70, 100)
    assert like_guitar(frames[1, middle]).any() and not like_guitar(dots[1, middle]).any()
    assert not like_guitar(frames[1, middle, : WIDTH // 2]).any(), "to the right of the middle"


@pytest.mark.parametrize("name", ["take:1", "-y", "100%d"])
def test_any_folder_will_do(video, tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    list(annotate(video, analysis(), Path(name) / "annotated.mp4"))
    assert probe(tmp_path / name / "annotated.mp4").has_video


def test_another_sound_can_take_the_place_of_the_clips(video, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=1000:d=2", "-af", "volume=enable='lt(t,1.2)':volume=0", tmp_path / "mix.flac")
    list(annotate(video, analysis(), tmp_path / "annotated.mp4", sound=tmp_path / "mix.flac"))
    assert beep_s(tmp_path / "annotated.mp4") == pytest.approx(1.2, abs=0.05)
    with open_media(tmp_path / "annotated.mp4") as container:
        assert container.streams.audio[0].codec_context.name == "aac"


def test_stopping_leaves_nothing(video, tmp_path):
    before = set(tmp_path.iterdir())
    with closing(annotate(video, analysis(), tmp_path / "annotated.mp4")) as fractions:
        next(fractions)
    assert set(tmp_path.iterdir()) == before


def test_what_cannot_be_written_is_said(video, tmp_path):
    with pytest.raises(MiloError, match="cannot be written"):
        list(annotate(video, analysis(), tmp_path / "nowhere" / "annotated.mp4"))


def test_sound_alone_has_no_picture_to_draw_into(tmp_path):
    ffmpeg(*sound(), tmp_path / "video.mp4")
    with pytest.raises(MiloError, match="no picture"):
        list(annotate(tmp_path / "video.mp4", analysis(), tmp_path / "annotated.mp4"))
    assert [path.name for path in tmp_path.iterdir()] == ["video.mp4"]
