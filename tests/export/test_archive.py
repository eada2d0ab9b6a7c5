import os
from zipfile import ZIP_STORED, ZipFile

import pytest

from milo_demo.export.archive import write_archive


def test_every_file_is_in_it_as_it_is(tmp_path):
    contents = {"track-violin.flac": os.urandom(3_000_000), "notes.mid": b"MThd", "track-residual.flac": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert write_archive(contents, tmp_path) == ["tracks.zip"]
    with ZipFile(tmp_path / "tracks.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}


def test_the_same_files_give_the_same_bytes(tmp_path):
    made = []
    for written_s in (1e9, 1.5e9):
        (tmp_path / "notes.mid").write_bytes(b"MThd")
        os.utime(tmp_path / "notes.mid", (written_s, written_s))
        write_archive(["notes.mid"], tmp_path)
        made.append((tmp_path / "tracks.zip").read_bytes())
    assert made[0] == made[1]


def test_a_file_that_cannot_be_read_leaves_nothing_half_written(tmp_path):
    (tmp_path / "notes.mid").write_bytes(b"MThd")
    with pytest.raises(FileNotFoundError):
        write_archive(["notes.mid", "gone.flac"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.mid"]


def test_of_nothing_there_is_no_archive(tmp_path):
    assert write_archive([], tmp_path) == [] and list(tmp_path.iterdir()) == []
