import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from milo_demo.analysis import Box
from milo_demo.instruments import LABELS
from milo_demo.ui import player_data
from milo_demo.ui.layout import PLAYER
from tests.ui import drawn


def test_maps_travel_as_bytes_of_the_labels_only_that_can_be_spoken_of(tmp_path):
    analysis = drawn.analysis()
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    assert [label["name"] for label in clip["labels"]] == ["guitar", "piano", "cello", "voice", "tuba"]
    file = clip["maps"]["seen"]
    assert file["labels"] == 4 and list(clip["maps"]) == ["seen"], "nobody has been watched playing"
    maps = np.fromfile(tmp_path / "player-seen.bin", np.uint8).reshape(file["steps"], 4, file["rows"], file["columns"])
    columns = [LABELS.index(label["name"]) for label in clip["labels"][:4]]
    assert np.array_equal(maps, (255 * analysis.maps.object[:, columns]).round())


def test_where_somebody_plays_travels_as_a_layer_of_its_own_with_the_hands(tmp_path):
    analysis = drawn.analysis()
    analysis.maps.action = (analysis.maps.object / 2).astype(np.float16)
    analysis.maps.hands = np.array([[1.024, 0.25, 0.5, 0.9]], np.float32)
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    assert clip["hands"] == [[2, 250, 500]]
    assert clip["maps"]["played"]["url"].rpartition("?")[0].endswith("player-played.bin")
    assert np.fromfile(tmp_path / "player-played.bin", np.uint8).max() == pytest.approx(123.5, abs=1)


def test_what_sounds_and_what_moves_are_layers_of_one_map_in_a_colour_of_their_own(tmp_path):
    analysis = drawn.analysis()
    analysis.maps.movement = analysis.maps.object[:, LABELS.index("guitar")].astype(np.float16)
    analysis.maps.source = analysis.maps.object[:, LABELS.index("guitar")]
    maps = player_data.clip(analysis, tmp_path, drawn=False)["maps"]
    assert list(maps) == ["seen", "source", "movement"]
    assert [maps[layer]["labels"] for layer in maps] == [4, 1, 1]
    assert maps["seen"]["colour"] is None and maps["movement"]["colour"] != maps["source"]["colour"]


def test_boxes_name_their_label_by_its_place(tmp_path):
    clip = player_data.clip(drawn.analysis(), tmp_path, drawn=False)
    assert clip["boxes"][1] == [1, 0, 1, 97, 250, 400, 500, 800]


def test_what_each_sense_says_travels_step_by_step(tmp_path):
    analysis = drawn.analysis()
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    assert (clip["heard"][0][0], clip["heard"][0][-1], clip["seen"][0][0]) == (93, 0, 97)
    assert clip["played"] == [], "nobody has been watched playing"
    analysis.maps.played = analysis.maps.object.max(axis=(2, 3)) / 2
    assert player_data.clip(analysis, tmp_path, drawn=False)["played"][0][0] == 48


def test_the_player_is_told_of_360_degrees_and_of_boxes_across_the_seam(tmp_path):
    analysis = drawn.analysis()
    assert player_data.clip(analysis, tmp_path, drawn=False)["projection"] == "flat"
    analysis.media = replace(analysis.media, projection="equirectangular")
    analysis.boxes = [Box(0.0, "guitar", 0.9, 1, 0.95, 0.4, 1.05, 0.6)]
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    assert clip["projection"] == "equirectangular" and clip["boxes"][0][4:] == [950, 400, 1050, 600]


def test_labels_without_evidence_for_the_eye_are_by_ear_only_once_it_has_looked(tmp_path):
    def by_ear(analysis):
        labels = player_data.clip(analysis, tmp_path, drawn=False)["labels"]
        return [label["by_ear"] for label in labels if label["name"] in ("guitar", "cello")]

    analysis = drawn.analysis()
    assert by_ear(analysis) == [False, True]
    analysis.clip = [replace(row, seen=None) for row in analysis.clip]
    assert by_ear(analysis) == [False, False]
    assert by_ear(drawn.analysis(has_video=False)) == [False, False]


def test_where_a_label_is_heard_is_a_place_in_the_frame_of_360_degrees(tmp_path):
    analysis = drawn.analysis()
    analysis.clip[0] = replace(analysis.clip[0], azimuth_deg=-90.0, elevation_deg=45.0)
    for projection, place in (("flat", None), ("equirectangular", (0.25, 0.25))):
        analysis.media = replace(analysis.media, projection=projection)
        labels = player_data.clip(analysis, tmp_path, drawn=False)["labels"]
        assert [label["heard_at"] for label in labels[:2]] == [place, None]


def test_what_is_boxed_glows_in_its_box_where_its_own_map_is_dark(tmp_path):
    analysis = drawn.analysis()
    analysis.maps.object[:] /= 4
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    maps = np.fromfile(tmp_path / "player-seen.bin", np.uint8).reshape(-1, 4, 20, 20) / 255
    x0, y0, x1, y1 = (round(corner * 20) for corner in drawn.BOX)
    assert maps[0, 0, y0:y1, x0:x1].max() == pytest.approx(0.97, abs=0.01) and clip["boxes"][0][3] == 97
    maps[:, 0, y0:y1, x0:x1] = 0
    assert not maps.any() and analysis.maps.object.max() < 0.25, "nothing else does, and the files keep what was found"


def test_no_number_stands_for_what_does_not_reach_it(tmp_path):
    analysis = drawn.analysis()
    analysis.boxes = [replace(box, score=0.499) for box in analysis.boxes]
    analysis.maps.sound[:, LABELS.index("piano")] = 0.4997
    clip = player_data.clip(analysis, tmp_path, drawn=False)
    assert clip["boxes"][0][3] == 49 and max(clip["heard"][1]) == 49


def test_a_clip_is_plain_json(tmp_path):
    for analysis in (drawn.analysis(), drawn.analysis(has_video=False), drawn.analysis(empty=True)):
        json.dumps(player_data.clip(analysis, tmp_path, drawn=True), allow_nan=False)


def test_without_picture_there_are_no_maps_but_what_is_heard(tmp_path):
    clip = player_data.clip(drawn.analysis(has_video=False), tmp_path, drawn=False)
    assert clip["maps"] == {} and clip["hands"] == []
    assert clip["heard"][0][0] == 93 and clip["heard"][0][-1] == 0


def test_the_vendored_library_is_the_published_one():
    folder = PLAYER / "three"
    told = re.findall(r"`build/(\S+)` \| `([0-9a-f]{64})`", (folder / "README.md").read_text(encoding="utf-8"))
    files = {file.name for file in folder.glob("*.js")}
    assert {name for name, _ in told} == files and len(files) == 2
    for name, digest in told:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (folder / "LICENSE").read_text(encoding="utf-8")


def test_addresses_survive_odd_names(tmp_path):
    assert player_data.file_url(tmp_path / "a b#c.mp4").endswith("/a%20b%23c.mp4")
