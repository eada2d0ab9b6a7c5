"""The functions of programs, called as Python has them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import pytest
from PIL import Image

from milo_demo.errors import MiloError
from milo_demo.pipeline import AnalysisOptions
from milo_demo.ui.programs import calls
from tests.ui import drawn

NAME = "clip-" + "a" * 24


@pytest.fixture
def result(tmp_path, monkeypatch) -> Path:
    """The folder of a result that is called NAME."""
    monkeypatch.setattr(calls, "home", lambda: SimpleNamespace(name=str(tmp_path)))
    folder = tmp_path / NAME
    folder.mkdir()
    list(drawn.steps("duet.mp4", AnalysisOptions(), folder))
    return folder


def explained(second: float) -> bytes:
    """The picture of a moment, read when it has been told."""
    _, file = calls.explain_frame(NAME, second)
    assert file is not None
    return Path(file["path"]).read_bytes()  # type: ignore[reportIndexIssue]


def test_two_moments_of_one_step_have_pictures_of_their_own(result):
    (_, one), (_, other) = calls.explain_frame(NAME, 0.05), calls.explain_frame(NAME, 0.45)
    assert one["path"] != other["path"]  # type: ignore[reportOptionalSubscript]


def test_calls_at_once_do_not_spoil_each_other(result, monkeypatch):
    save, both = Image.Image.save, Barrier(2, timeout=60)

    def saved(picture, *where):
        save(picture, *where)
        both.wait()

    monkeypatch.setattr(Image.Image, "save", saved)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(explained, [0.1, 0.1])
    assert one == other and one[:2] == b"\xff\xd8"
    assert len(list(result.glob("*frame-*"))) == 1


def test_pictures_are_kept_up_to_a_number_the_newest(result, monkeypatch):
    monkeypatch.setattr(calls, "MOST_PICTURES", 2)
    made = [Path(calls.explain_frame(NAME, second)[1]["path"]) for second in (0.1, 0.2, 0.3)]  # type: ignore[reportOptionalSubscript]
    assert [path.is_file() for path in made] == [False, True, True]


@pytest.mark.parametrize("wish", [
    {"start_s": 1.0}, {"duration_s": 0.2}, {"audio_track": 3}, {"separator": "nmf"}, {"players": "cello"},
])  # fmt: skip
def test_a_result_has_the_tracks_that_it_has(result, wish):
    [(_, tracks, _)] = calls.separate(result=NAME)
    assert [track["label"] for track in tracks] == ["guitar", "piano", "residual"]
    with pytest.raises(MiloError, match="give the file to have others made"):
        list(calls.separate(result=NAME, **wish))
