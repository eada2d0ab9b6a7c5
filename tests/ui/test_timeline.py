import numpy as np
import pytest

from milo_demo.analysis import ClipScore, FamilyScore
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.ui.timeline import REACH, figure
from tests.ui import drawn


def curves(fig):
    return [trace for trace in fig.data if "peak" in trace.meta]


def test_a_lane_per_label_with_what_is_heard_above_and_seen_below():
    fig = figure(drawn.analysis(), ["guitar", "piano"], 2)
    heard, seen, piano_heard, _ = curves(fig)
    assert max(heard.y) == pytest.approx(0.93 * REACH, abs=1e-3)
    assert min(seen.y) == pytest.approx(-0.97 * REACH, abs=1e-3)
    assert max(piano_heard.y) == pytest.approx(0.8 * REACH - 1, abs=1e-3)


def test_silence_is_flat():
    (heard, _) = curves(figure(drawn.analysis(), ["guitar"], 1))
    time_s, level = np.array(heard.x), np.array(heard.y)
    assert not level[time_s > drawn.DURATION_S / 2 + 0.6].any()


def test_curves_span_the_clip():
    fig = figure(drawn.analysis(), ["guitar"], 1)
    assert all((min(trace.x), max(trace.x)) == (0, drawn.DURATION_S) for trace in fig.data)


def test_the_ear_alone_has_one_curve_per_lane():
    fig = figure(drawn.analysis(has_video=False), ["guitar", "piano"], 2)
    assert len(curves(fig)) == 2
    assert fig.layout.xaxis.title.text == "above: heard"


def test_curves_carry_their_peak_for_the_threshold():
    heard, seen = curves(figure(drawn.analysis(), ["guitar"], 1))
    assert heard.meta["peak"] == pytest.approx(0.93, abs=1e-3)
    assert seen.meta["peak"] == pytest.approx(0.97, abs=1e-3), "the box is a little surer than the map"


def test_what_is_played_is_a_dotted_line_below():
    analysis = drawn.analysis()
    analysis.maps.played = analysis.maps.object.max(axis=(2, 3)) / 2
    *_, played = curves(figure(analysis, ["guitar"], 1))
    assert min(played.y) == pytest.approx(-0.97 / 2 * REACH, abs=1e-3)
    assert played.line.dash == "dot" and "played" in played.hovertemplate
    assert "played" in figure(analysis, ["guitar"], 1).layout.xaxis.title.text


def test_all_lanes_travel_and_the_first_are_seen():
    fig = figure(drawn.analysis(), ["guitar", "piano", "cello"], 2)
    seen = {trace.meta["label"]: trace.visible for trace in fig.data}
    assert seen == {"guitar": True, "piano": True, "cello": False}
    assert fig.layout.height == fig.layout.meta["least_px"] + fig.layout.meta["axis_px"], "two are as high as three"
    four = figure(drawn.analysis(), ["guitar", "piano", "cello", "voice"], 4)
    assert four.layout.height == 4 * four.layout.meta["lane_px"] + four.layout.meta["axis_px"]
    assert fig.layout.yaxis.range[0] == pytest.approx(-1.55)


def test_a_family_whose_names_are_not_sure_has_a_lane_and_folds_those_that_are_only_suspected():
    analysis = drawn.analysis()
    analysis.clip = [ClipScore("guitar", 0.9, 0.1, 0.9, None), ClipScore("banjo", 0.4, 0.4, 0.0, None)]
    analysis.families = [FamilyScore("plucked string", 0.9)]
    analysis.maps.families = np.full((len(analysis.maps.time_s), len(FAMILIES)), 0.9, np.float16)
    fig = figure(analysis, ["guitar", "banjo", "piano"], 2)
    lanes = list(dict.fromkeys(trace.meta["label"] for trace in fig.data))
    assert lanes == ["plucked string", "guitar", "banjo", "piano"]
    family = [trace for trace in fig.data if trace.meta["label"] == "plucked string"]
    assert all(trace.meta["folds"] == ["banjo"] for trace in family) and max(family[1].y) == pytest.approx(
        0.9 * REACH, 0.01
    )
    seen = {trace.meta["label"]: trace.visible is not False for trace in fig.data}
    assert seen == {"plucked string": True, "guitar": True, "banjo": False, "piano": False}


def test_twenty_minutes_of_every_lane_travel_in_less_than_a_photo():
    analysis = drawn.analysis(has_video=False)
    analysis.maps.sound = np.random.default_rng(0).random((2344, len(LABELS))).astype(np.float16)
    assert len(figure(analysis, list(LABELS), 6).to_json()) < 1_000_000
