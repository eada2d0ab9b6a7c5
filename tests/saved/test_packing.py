from zipfile import ZipFile

import pytest

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.folder import own
from milo_demo.pipeline import AnalysisOptions
from milo_demo.saved import pack
from tests.ui import drawn


def test_everything_is_in_it_once(tmp_path):
    list(drawn.steps("duet.mp4", AnalysisOptions(), tmp_path))
    pack(tmp_path)
    with ZipFile(tmp_path / "everything.zip") as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
    own_files = own(tmp_path)
    assert names == own_files - {"everything.zip", "tracks.zip", "tracks.mp4"}
    assert {"analysis.json", "captions.vtt", "track-guitar.flac", "video.mp4"} <= names
    pack(tmp_path)
    assert "everything.zip" in Analysis.load(tmp_path).files


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    list(drawn.steps("duet.mp4", AnalysisOptions(), tmp_path))
    before = set(tmp_path.iterdir())
    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(MiloError, match="make room on the disk"):
        pack(tmp_path)
    assert set(tmp_path.iterdir()) == before


def test_no_result_is_a_sentence(tmp_path):
    with pytest.raises(MiloError, match="no readable analysis"):
        pack(tmp_path)
