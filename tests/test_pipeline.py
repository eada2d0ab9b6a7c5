"""The whole way through, on the drawn example with its exact truth, and everything that can be wrong with it."""

import json
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from milo_demo import Analysis, AnalysisOptions, MiloError, analyse, weights
from milo_demo.folder import FILES, RECORD, TRACKS
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS, RESIDUAL
from milo_demo.media import decode
from milo_demo.media.probe import probe
from milo_demo.pipeline import SIDE_PX, STAGES, look, steps
from milo_demo.tags import TAGS


def row(analysis: Analysis, label: str):
    return next(row for row in analysis.clip if row.label == label)


def test_the_guitar_is_heard_and_seen_the_flute_heard_the_harp_seen(analysed):
    analysis, _ = analysed
    assert row(analysis, "guitar").heard > 0.5 and row(analysis, "guitar").seen > 0.5
    assert row(analysis, "flute").heard > 0.5 > row(analysis, "flute").seen
    assert row(analysis, "harp").seen > 0.5
    assert {row.label for row in analysis.clip[:3]} == {"guitar", "flute", "harp"}


def test_events_lie_where_the_notes_are(analysed, truth):
    analysis, _ = analysed
    for label, ((start_s, end_s),) in truth["played"].items():
        found = [event for event in analysis.events if event.kind == "heard" and event.label == label]
        heard_s = sum(max(0.0, min(e.end_s, end_s) - max(e.start_s, start_s)) for e in found)
        assert heard_s > 0.6 * (end_s - start_s), f"{label} is missed"
        outside_s = sum(e.end_s - e.start_s for e in found) - heard_s
        assert outside_s < 2.0, f"{label} is heard where it does not play"


def test_silence_is_silence(analysed, truth):
    analysis, _ = analysed
    after = [event for event in analysis.events if event.kind == "heard" and event.start_s > 15.0]
    assert after == []


def test_boxes_lie_on_the_instruments(analysed, truth):
    analysis, _ = analysed
    for label, (x0, y0, x1, y1) in truth["boxes"].items():
        boxes = [box for box in analysis.boxes if box.label == label]
        assert len({box.time_s for box in boxes}) > 0.8 * len(analysis.maps.time_s), f"{label} is seldom boxed"
        inside = [x0 < (b.x0 + b.x1) / 2 < x1 and y0 < (b.y0 + b.y1) / 2 < y1 for b in boxes]
        assert np.mean(inside) > 0.9, f"{label}'s boxes lie elsewhere"


def test_source_shows_the_sounding_guitar_and_not_the_silent_harp(analysed, truth):
    analysis, _ = analysed

    def mean_inside(label: str) -> float:
        x0, y0, x1, y1 = truth["boxes"][label]
        _, rows, columns = analysis.maps.source.shape
        region = analysis.maps.source[:, round(y0 * rows) : round(y1 * rows), round(x0 * columns) : round(x1 * columns)]
        return region[round(2 * STEPS_PER_S) : round(5 * STEPS_PER_S)].max(axis=(1, 2)).mean()

    assert mean_inside("guitar") > 2 * mean_inside("harp")


def test_the_files_of_the_contract(analysed):
    analysis, folder = analysed
    names = {file.name for file in folder.iterdir()}
    tracks = {track.path for track in analysis.tracks}
    assert analysis.tracks[-1].label == RESIDUAL and tracks < names and names <= {RECORD, *FILES}
    assert {*FILES} - {*TRACKS.values(), "everything.zip"} <= names, "which is packed on the page only"
    record = json.loads((folder / "analysis.json").read_text())
    lists = "tempo_candidates models clip families others other_sights tags events boxes words tracks notes corrections"
    ends = ["timings_s", "warnings", "files"]
    assert list(record) == ["schema", "media", "options", "tempo_bpm", *lists.split(), *ends]
    assert [model["role"] for model in record["models"]] == list(weights.ASKED)
    assert {tag["label"] for tag in record["tags"]} == set(TAGS)
    assert Analysis.load(folder).to_json() == analysis.to_json()
    with np.load(folder / "maps.npz") as maps:
        count = len(maps["time_s"])
        assert count == np.ceil(record["media"]["duration_s"] * STEPS_PER_S)
        assert maps["sound"].shape == (count, 26) and maps["object"].shape[:2] == (count, 26)
        assert maps["tags"].shape == (count, len(TAGS)) and maps["tempo_bpm"].shape == (count,)
        assert maps["source"].shape == (count, *maps["object"].shape[2:])
    assert probe(folder / "annotated.mp4").has_audio


def test_the_same_input_gives_the_same_result(example, tmp_path):
    options = AnalysisOptions(start_s=4, duration_s=3)
    first, second = (analyse(example, options, out=tmp_path / name) for name in "ab")
    first.timings_s = second.timings_s = {}
    assert first.to_json() == second.to_json()
    assert (tmp_path / "a" / "maps.npz").read_bytes() == (tmp_path / "b" / "maps.npz").read_bytes()


def test_the_part_asked_for_is_the_part_analysed(example):
    analysis = analyse(example, AnalysisOptions(start_s=10, duration_s=3))
    assert analysis.media.duration_s == pytest.approx(3, abs=0.05)
    assert row(analysis, "flute").heard > 0.5  # it plays alone there
    assert not [event for event in analysis.events if (event.kind, event.label) == ("heard", "guitar")]


def test_results_grow_stage_by_stage(example, tmp_path):
    seen_stages, sizes = [], []
    with closing(steps(example, AnalysisOptions(duration_s=3), tmp_path)) as progress:
        for step in progress:
            assert 0 <= step.fraction <= 1
            if step.stage not in seen_stages:
                seen_stages.append(step.stage)
            if step.analysis is not None:
                assert (tmp_path / "video.mp4").is_file()
                sizes.append(len(step.analysis.models))
    assert seen_stages == [stage for stage in STAGES if stage not in ("look", "annotate")]
    assert sizes == sorted(sizes) and sizes[0] == 0 and sizes[-1] == len(weights.ASKED)


@pytest.mark.parametrize("stage", ["normalise", "hear", "see"])
def test_cancel_stops_and_leaves_nothing(example, tmp_path, stage):
    def cancel(at: str, fraction: float) -> None:
        if at == stage:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        analyse(example, out=tmp_path / "result", on_stage=cancel)

    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_survives_a_failed_analysis(example, tmp_path):
    analyse(example, AnalysisOptions(duration_s=1), out=tmp_path / "result")
    before = {file.name: file.read_bytes() for file in (tmp_path / "result").iterdir()}
    with pytest.raises(MiloError):
        analyse(tmp_path / "missing.mp4", out=tmp_path / "result")
    assert {file.name: file.read_bytes() for file in (tmp_path / "result").iterdir()} == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["result"]


@pytest.mark.parametrize("options", [
    {"start_s": -1}, {"start_s": float("nan")}, {"start_s": float("inf")},
    {"duration_s": 0}, {"duration_s": float("nan")}, {"duration_s": float("inf")},
    {"threshold": 0}, {"threshold": 1.5}, {"projection": "round"}, {"separator": "magic"},
    {"players": "viola"}, {"players": "x\n" * 99}, {"players": "cello", "separator": "htdemucs"},
    {"players": "cello, violin, flute, tuba, harp, piano, drum, voice"},
])  # fmt: skip
def test_wrong_options_are_one_sentence(options):
    with pytest.raises(MiloError) as error:
        AnalysisOptions(**options)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_a_new_result_keeps_nothing_of_the_one_before(example, tmp_path):
    analyse(example, AnalysisOptions(duration_s=1, annotated=True), out=tmp_path / "result")
    (tmp_path / "result" / "notes.txt").write_text("mine")
    analyse(example, AnalysisOptions(duration_s=2, separator="none"), out=tmp_path / "result")
    names = {file.name for file in (tmp_path / "result").iterdir()}
    tables = {"events.xlsx", "events.csv", "labels.txt", "captions.vtt"}
    assert names == {RECORD, "video.mp4", "maps.npz", *tables, "notes.txt"}


def test_one_look_at_one_picture(example):
    _, frame = next(decode.frames(example, 1, SIDE_PX, start_s=4))
    found = look(frame)
    assert LABELS[found[0][0]] in ("guitar", "harp") and found[0][1] > 0.5
    assert all(0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 for _, _, x0, y0, x1, y1 in found)


def test_a_picture_too_small_to_see_anything_is_one_sentence():
    with pytest.raises(MiloError, match="smaller than 16 pixels"):
        look(np.zeros((8, 384, 3), np.uint8))


def test_a_place_where_no_folder_can_be(example, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(MiloError, match="name another"):
        analyse(example, out=tmp_path / "file" / "result")


@pytest.mark.parametrize("duration_s", [0.04, 2.56, 5.12])
def test_a_clip_of_whole_steps_has_no_step_more(example, duration_s):
    maps = analyse(example, AnalysisOptions(duration_s=duration_s)).maps
    assert len(maps.sound) == len(maps.object) == max(1, round(duration_s * STEPS_PER_S))


def test_tracks_can_be_made_anew_of_an_earlier_result(example, tmp_path):
    options = AnalysisOptions(start_s=6, duration_s=2, separator="none")
    analyse(example, options, out=tmp_path / "whole")
    whole = Analysis.load(tmp_path / "whole")
    asked, earlier = [("flute", tmp_path / "whole"), ("guitar, flute", tmp_path / "flute")], []
    for players, found in asked:
        folder = tmp_path / players.split(",")[0]
        folder.mkdir()
        run = list(steps(example, replace(options, separator="notes", players=players), folder, found))
        assert {step.stage for step in run} == {"read", "separate", "write"}
        earlier.append(Analysis.load(folder))
        assert (folder / "video.mp4").read_bytes() == (found / "video.mp4").read_bytes()
    one, both = earlier
    assert [track.label for track in one.tracks] == ["flute", "residual"] and one.options.players == "flute"
    assert {track.label for track in both.tracks} == {"flute", "guitar", "residual"}
    assert one.clip == both.clip == whole.clip and one.boxes == both.boxes == whole.boxes
    assert both.warnings == whole.warnings, "what was said of the tracks before is said no longer"
    assert one.warnings != whole.warnings, "the guitar is heard too, and not named"


def test_an_earlier_result_that_has_lost_its_clip_is_one_sentence(example, analysed, tmp_path):
    (tmp_path / "earlier").mkdir()
    for name in (RECORD, "maps.npz"):
        (tmp_path / "earlier" / name).symlink_to(analysed[1] / name)
    (tmp_path / "out").mkdir()
    with pytest.raises(MiloError, match="analyse the clip again"):
        list(steps(example, AnalysisOptions(), tmp_path / "out", tmp_path / "earlier"))


def test_a_folder_without_a_name(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MiloError, match="has no name"):
        analyse(example, out="")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder(example, tmp_path):
    (tmp_path / "result").write_text("mine")
    with pytest.raises(MiloError, match="name a folder"):
        analyse(example, out=tmp_path / "result")
    assert (tmp_path / "result").read_text() == "mine"
