"""The command line as a user meets it."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from milo_demo import weights
from milo_demo.__main__ import main
from milo_demo.analysis import Analysis, Media, Track
from milo_demo.large import MODELS
from milo_demo.maps import Maps
from tests.media.making import ffmpeg


def test_analyse_writes_the_folder_and_prints_the_verdict(example, tmp_path, capsys):
    code = main(["analyse", str(example), "--out", str(tmp_path / "result"), "--start", "2", "--duration", "3"])
    assert code == 0
    verdict, tracks = capsys.readouterr().out.split("track ")
    assert "guitar" in verdict and "residual" in tracks
    assert json.loads((tmp_path / "result" / "analysis.json").read_text())["schema"] == "milo.analysis/3"


@pytest.mark.parametrize("name, content", [
    ("empty.mp4", b""),
    ("text.mp4", b"not a video at all\n" * 100),
    ("päth with 'quotes' and \"more\".mp4", b"\x00\x01"),
])  # fmt: skip
def test_a_wrong_input_is_exit_code_2_and_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-m", "milo_demo", "analyse", str(tmp_path / name), "--out", str(tmp_path / "result")]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and answer.stderr.endswith(".\n")
    assert name in answer.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_the_separator_can_be_left_out(example, tmp_path, capsys):
    command = ["analyse", str(example), "--out", str(tmp_path / "result"), "--duration", "1", "--separator"]
    assert main([*command, "none"]) == 0
    assert "residual" not in capsys.readouterr().out and not list((tmp_path / "result").glob("track*"))
    with pytest.raises(SystemExit, match="2"):
        main([*command, "magic"])


def test_tracks_are_told_as_they_are(tmp_path, capsys, monkeypatch):
    tracks = [
        Track(
            "track-violin.flac", "violin", "notes", 12.34, 0.75, [{"label": "violin", "score": 0.9}], "It may be two."
        ),
        Track("track-residual.flac", "residual", "notes", None, 0.25, []),
    ]
    media = Media("x.wav", 1.0, 0, 0, 0.0, False, True)
    monkeypatch.setattr("milo_demo.pipeline.analyse", lambda *_, **__: Analysis(media, Maps.empty(2), tracks=tracks))
    assert main(["analyse", "x.wav", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "track          energy     dB  sounds like",
        "violin            75%   12.3  violin 90%",
        "  It may be two.",
        "residual          25%      -",
    ]


def test_a_missing_file_and_a_wrong_number(tmp_path, capsys, example):
    assert main(["analyse", str(tmp_path / "missing.mp4"), "--out", str(tmp_path / "result")]) == 2
    assert main(["analyse", str(example), "--out", str(tmp_path / "result"), "--duration", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_sound_track_can_be_chosen(example, tmp_path, capsys):
    quiet = ["-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono:d=2"]
    two = tmp_path / "two.mkv"
    ffmpeg("-t", 2, "-ss", 3, "-i", example, *quiet, "-map", 0, "-map", 1, "-c:v", "copy", two)
    command = ["analyse", str(two), "--out", str(tmp_path / "result")]
    assert main([*command, "--audio-track", "3"]) == 2
    assert capsys.readouterr().err == "two.mkv has 2 sound tracks: choose 1 to 2, not 3.\n"
    for track, named in (([], True), (["--audio-track", "2"], False)):
        assert main([*command, *track]) == 0
        assert ("MILO listens to track 1" in capsys.readouterr().out) is named
        record = json.loads((tmp_path / "result" / "analysis.json").read_text())
        assert record["options"]["audio_track"] == (None if named else 2)
        heard = next(row["heard"] for row in record["clip"] if row["label"] == "guitar")
        assert (heard > 0.2) is named


def test_weights_lists_every_role_and_what_can_be_fetched(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["weights", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*weights.ROLES, *MODELS]
    assert all("not fetched" in line for line in lines[-len(MODELS) :])


@pytest.mark.parametrize("arguments, sentence", [
    (["hearing"], "evaluate hearing needs --data, the validation data's folder."),
    (["robustness", "--data", "x"], "evaluate robustness makes its own data: leave --data out."),
    (["robustness", "--sets", "war"], "There is no set war: choose of files, fuzzing, requests, load, endings."),
    (["hearing", "--data", "x", "--seed", "1"], "--seed is for robustness: leave it out."),
])  # fmt: skip
def test_an_evaluation_says_what_it_needs(capsys, arguments, sentence):
    assert main(["evaluate", *arguments]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_a_reader_who_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m milo_demo weights list | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252:strict"])
def test_a_name_that_cannot_be_printed_stops_nothing(example, tmp_path, encoding):
    """A wrong input and a result, where the output goes to a file in an old code page."""
    name = "浜辺の歌 ü.mp4"
    shutil.copy(example, tmp_path / name)
    found = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "milo_demo", "analyse", str(tmp_path / name), "--out", str(tmp_path / "result")]
    answer = subprocess.run([*command, "--start", "100"], capture_output=True, env=found)
    assert answer.returncode == 2
    assert b"????" in answer.stderr and answer.stderr.count(b"\n") == 1, answer.stderr
    program = (
        "import sys\n"
        "from milo_demo import __main__, pipeline\n"
        "from milo_demo.analysis import Analysis, Media\n"
        "from milo_demo.maps import Maps\n"
        f"media = Media({name!r}, 1.0, 0, 0, 0.0, False, True)\n"
        f"pipeline.analyse = lambda *_, **__: Analysis(media, Maps.empty(1), warnings=[{name!r} + ' is short.'])\n"
        "sys.exit(__main__.main(['analyse', 'x', '--out', 'y']))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, env=found)
    assert answer.returncode == 0 and answer.stderr == b""
    assert b"???? " in answer.stdout and b" is short." in answer.stdout
