"""Values of programs, checked by the signature of what they call."""

from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from milo_demo.errors import MiloError
from milo_demo.options import PROJECTIONS, SEPARATORS
from milo_demo.pipeline import AnalysisOptions
from milo_demo.ui.programs import checking
from milo_demo.ui.programs.calls import CALLS
from tests.ui.programs.calling import META, in_order


@pytest.fixture
def mine(tmp_path, monkeypatch) -> dict:
    monkeypatch.setattr(checking, "get_upload_folder", lambda: str(tmp_path))
    (tmp_path / "a clip.mp4").write_bytes(b"mine")
    return {"path": str(tmp_path / "a clip.mp4"), "meta": META}


def test_defaults_are_those_of_the_options(mine):
    usual = {field.name: field.default for field in fields(AnalysisOptions)}
    values = checking.checked(CALLS["analyse"], [mine])
    assert values.pop("file").path == mine["path"] and values == usual
    hints = get_type_hints(CALLS["analyse"])
    assert get_args(hints["projection"]) == PROJECTIONS and get_args(hints["separator"]) == SEPARATORS
    assert {word: value for word, value in in_order("separate").items() if word in usual}.items() <= usual.items()


@pytest.mark.parametrize("name, given, sentence", [
    ("analyse", {}, "analyse needs file."),
    ("analyse", {"colour": "red"}, "analyse knows no 'colour': it takes file, start_s, duration_s, threshold"),
    ("analyse", {"separator": "loud"}, "separator must be notes, semantic, nmf, htdemucs or none, not 'loud'."),
    ("analyse", {"separator": ["notes"]}, "separator must be notes, semantic, nmf, htdemucs or none, not ['notes']."),
    ("separate", {"separator": "none"}, "separator must be notes, semantic, nmf or htdemucs, not 'none'."),
    ("analyse", {"projection": "round"}, "projection must be auto, flat or equirectangular, not 'round'."),
    ("analyse", {"start_s": "1"}, "start_s must be a number, not '1'."),
    ("analyse", {"start_s": True}, "start_s must be a number, not True."),
    ("analyse", {"start_s": None}, "start_s must be a number, not None."),
    ("analyse", {"start_s": float("nan")}, "start_s must be a number, not nan."),
    ("analyse", {"start_s": 10**400}, "start_s must be a number, not inf."),
    ("analyse", {"start_s": -1}, "The start must be 0 seconds or later, not -1."),
    ("analyse", {"duration_s": 0}, "The duration must be more than 0 seconds, not 0."),
    ("analyse", {"threshold": 2}, "The threshold must lie between 0 and 1, not at 2."),
    ("analyse", {"annotated": 1}, "annotated must be true or false, not 1."),
    ("analyse", {"audio_track": 1.5}, "audio_track must be a whole number, not 1.5."),
    ("analyse", {"audio_track": 0}, "Sound tracks are numbered from 1: there is none of number 0."),
    ("explain_frame", {"result": "x"}, "explain_frame needs second."),
    ("explain_frame", {"result": 7, "second": 1}, "result must be a text, not 7."),
    ("instruments", [1], "instruments takes nothing, and no more than that."),
])  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(mine, name, given, sentence):
    if name == "analyse" and given:
        given = {"file": mine, **given}
    with pytest.raises(MiloError) as error:
        checking.checked(CALLS[name], given)
    assert str(error.value).startswith(sentence)


def test_the_address_of_an_upload_is_that_upload(mine):
    address = "https://a.b:7860/some/where/gradio_api/file=" + mine["path"].replace(" ", "%20")
    values = checking.checked(CALLS["separate"], {"file": {"path": address, "meta": META}, "start_s": 1})
    assert values["file"].path == mine["path"] and values["start_s"] == 1.0


def test_either_a_file_or_a_result_is_separated():
    with pytest.raises(MiloError, match="either a file or a result"):
        list(CALLS["separate"]())
    with pytest.raises(MiloError, match="give the file"):
        list(CALLS["separate"](result="one", players="cello"))
