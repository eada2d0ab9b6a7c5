"""What programs ask for in Python and on the command line, beside `analyse`."""

import json

import pytest
from PIL import Image

import milo_demo
from milo_demo import saved
from milo_demo.__main__ import main
from milo_demo.analysis import Analysis, Media
from milo_demo.errors import MiloError
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.maps import Maps
from milo_demo.options import AnalysisOptions
from milo_demo.programs import functions


def test_python_has_them_under_the_same_words():
    assert milo_demo.separate is functions.separate and milo_demo.explain_frame is saved.explain_frame


def test_the_taxonomy_says_what_is_known_by_ear_only():
    told = functions.instruments()
    assert [it["name"] for it in told["instruments"]] == list(LABELS)
    assert [it["name"] for it in told["instruments"] if it["by_ear_only"]] == ["voice"]
    assert {it["family"] for it in told["instruments"]} <= set(told["families"]) == set(FAMILIES)
    assert told["outside"]["theremin"] == "keyboard"


def test_nothing_in_a_record_that_travels_is_a_path(analysed):
    record = functions.record(analysed[0])
    assert '"path"' not in json.dumps(record)
    assert [track["file"] for track in record["tracks"]] == [track.path for track in analysed[0].tracks]


def test_without_tracks_there_is_nothing_to_separate():
    silent = Analysis(Media("silent.mp4", 1.0, 64, 64, 25.0, True, False), Maps.empty(2))
    with pytest.raises(MiloError, match=r"silent\.mp4 has no sound"):
        functions.tracks(silent)
    with pytest.raises(MiloError, match="must be notes, semantic, nmf or htdemucs"):
        functions.separate("x.mp4", AnalysisOptions(separator="none"), out="out")


def test_the_command_line_explains_a_frame(analysed, tmp_path, capsys):
    assert main(["explain-frame", str(analysed[1]), "6", "--picture", str(tmp_path / "frame.png")]) == 0
    assert "guitar" in json.loads(capsys.readouterr().out)["heard"]
    with Image.open(tmp_path / "frame.png") as picture:
        assert picture.size == (640, 360)
    assert main(["explain-frame", str(analysed[1]), "6", "--picture", str(tmp_path / "frame.png")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["explain-frame", str(analysed[1]), "99"]) == 2
    assert main(["explain-frame", str(analysed[1]), "6", "--picture", str(tmp_path / "frame.txt")]) == 2
    assert capsys.readouterr().err.endswith("name a file that ends in .png or .jpg.\n")
    assert main(["explain-frame", str(analysed[1]), "6", "--picture", str(tmp_path / "none" / "frame.png")]) == 2
    assert "(No such file or directory): name a file in a folder that is there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["frame.png"]


def test_the_command_line_lists_instruments_and_separates(example, tmp_path, capsys):
    assert main(["instruments"]) == 0
    assert json.loads(capsys.readouterr().out) == functions.instruments()
    assert main(["separate", str(example), "--out", str(tmp_path / "out"), "--start", "2", "--duration", "1"]) == 0
    tracks = json.loads(capsys.readouterr().out)
    assert all((tmp_path / "out" / track["file"]).is_file() for track in tracks) and tracks
    assert main(["separate", str(tmp_path / "none.mp4"), "--out", str(tmp_path / "other")]) == 2
