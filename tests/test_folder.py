"""Where a result lies: an earlier result's files are replaced, nothing else ever, and no work is thrown away."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from milo_demo import Analysis, AnalysisOptions, MiloError, analyse, folder, pipeline
from milo_demo.folder import FILES, MIX, RECORD
from milo_demo.saved import annotate

SECOND = AnalysisOptions(duration_s=1, separator="none")
ALWAYS = [name for name in FILES if name.endswith(("npz", "csv", "xlsx", "txt", "vtt", "mp4")) and name != MIX]
"""Of a clip that is not separated."""


def hashes(place: Path) -> dict[str, str]:
    """Every file below `place`, by its path there."""
    files = (file for file in place.rglob("*") if file.is_file())
    return {str(file.relative_to(place)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def made(example, tmp_path_factory) -> Path:
    """A result of one second. Do not change it."""
    place = tmp_path_factory.mktemp("made") / "result"
    analyse(example, AnalysisOptions(duration_s=1, annotated=True, separator="none"), out=place)
    return place


@pytest.fixture
def result(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "result"))


@pytest.fixture
def no_work(monkeypatch):
    """Whoever begins to work here fails: what is wrong with the folder is known before."""

    def fail(*_, **__):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(pipeline.intake, "probe", fail)


def refused(source: Path, out: Path) -> str:
    """The one sentence; every file in `out` is as it was."""
    before = hashes(out)
    with pytest.raises(MiloError) as error:
        analyse(source, SECOND, out=out)
    assert hashes(out) == before
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", [RECORD, *FILES])
def test_a_file_of_the_users_own_is_named_and_left_alone(example, tmp_path, no_work, name):
    (tmp_path / name).write_text("mine")
    assert name in refused(example, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", [RECORD, *ALWAYS])
def test_a_file_changed_by_hand_is_named_and_left_alone(example, result, no_work, name):
    content = (result / name).read_bytes()
    (result / name).write_bytes(content.replace(b"guitar", b"banjo!") if b"guitar" in content else content + b"\n")
    assert name in refused(example, result)


def test_a_file_put_in_the_place_of_a_results_one_is_left_alone(example, result, no_work):
    (result / "events.csv").unlink()
    (result / "events.csv").symlink_to(shutil.copy(result / "labels.txt", result.parent / "list.txt"))
    (result / "video.mp4").unlink()
    (result / "video.mp4").mkdir()
    sentence = refused(example, result)
    assert "events.csv and video.mp4" in sentence or "video.mp4 and events.csv" in sentence


@pytest.mark.parametrize("name", ["video.mp4", "annotated.mp4"])
def test_the_source_is_never_overwritten(example, tmp_path, no_work, name):
    source = Path(shutil.copy(example, tmp_path / name))
    assert "to be analysed" in refused(source, tmp_path)


@pytest.mark.parametrize("spelling", ["same", "dots", "symlink", "hard link", "by folder"])
def test_the_source_is_never_overwritten_in_any_spelling(result, tmp_path, no_work, spelling):
    video = result / "video.mp4"
    source, out = tmp_path / "other.mp4", result
    if spelling == "symlink":
        source.symlink_to(video)
    elif spelling == "hard link":
        os.link(video, source)
    elif spelling == "by folder":
        out = tmp_path / "there"
        out.symlink_to(result)
        source = video
    else:
        source = video if spelling == "same" else result / ".." / result.name / video.name
    assert "video.mp4" in refused(source, out)


def test_a_result_of_another_version_cannot_be_told_from_the_users_files(example, result, no_work):
    record = json.loads((result / RECORD).read_text(encoding="utf-8")) | {"schema": "milo.analysis/1"}
    del record["files"]
    (result / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert "another version of MILO" in refused(example, result)


@pytest.mark.parametrize("content", [
    "[]", "null", '{"files": 1}', '{"schema": 7}', '{"schema": "milo.analysis/3"}',
    '{"schema": "milo.analysis/3", "files": {"x": "\\ud800"}}',
])  # fmt: skip
def test_anybodys_json_is_theirs(example, tmp_path, no_work, content):
    (tmp_path / RECORD).write_text(content)
    assert RECORD in refused(example, tmp_path)


def test_a_source_beside_the_result_and_other_files_stay(example, result):
    shutil.copy(example, result / "duet.mp4")
    (result / "notes.txt").write_text("mine")
    before = hashes(result)
    analyse(result / "duet.mp4", SECOND, out=result)
    after = hashes(result)
    assert "annotated.mp4" in before and set(before) - set(after) == {"annotated.mp4"}
    assert all(after[name] == before[name] for name in ("duet.mp4", "notes.txt"))
    assert all(after[name] == sha for name, sha in Analysis.load(result).files.items() if name != RECORD)


def test_the_annotated_video_made_later_is_the_results_own(example, tmp_path):
    analyse(example, SECOND, out=tmp_path / "result")
    for _ in "again", "and again":
        list(annotate(tmp_path / "result"))
    assert not [name for name in hashes(tmp_path / "result") if "part" in name]
    analyse(example, SECOND, out=tmp_path / "result")
    assert not (tmp_path / "result" / "annotated.mp4").exists()


def test_the_annotated_video_takes_no_file_of_the_users_place(example, tmp_path):
    analyse(example, SECOND, out=tmp_path)
    (tmp_path / "annotated.mp4").write_text("mine")
    before = hashes(tmp_path)
    with pytest.raises(MiloError, match=r"annotated\.mp4"):
        list(annotate(tmp_path))
    assert hashes(tmp_path) == before


def test_drawing_makes_no_changed_file_the_results_own(example, result):
    (result / "events.csv").write_text("mine")
    list(annotate(result))
    assert "events.csv" in refused(example, result)


def test_steps_and_save_overwrite_nothing_either(example, made, tmp_path):
    (tmp_path / "video.mp4").write_text("mine")
    (tmp_path / "maps.npz").write_text("mine")
    before = hashes(tmp_path)
    with pytest.raises(MiloError, match=r"video\.mp4"):
        list(pipeline.steps(example, SECOND, tmp_path))
    with pytest.raises(MiloError, match=r"maps\.npz"):
        Analysis.load(made).save(tmp_path)
    assert hashes(tmp_path) == before


def test_a_result_saved_again_still_knows_its_files(example, result, tmp_path):
    again = Analysis.load(result)
    again.save(result)
    assert Analysis.load(result).files == again.files and set(again.files) == {RECORD, *ALWAYS}
    (tmp_path / "elsewhere").mkdir()
    again.save(tmp_path / "elsewhere")
    assert set(Analysis.load(tmp_path / "elsewhere").files) == {RECORD, "maps.npz"}


def test_folders_that_were_made_for_nothing_go_again(tmp_path):
    with pytest.raises(MiloError):
        analyse(tmp_path / "missing.mp4", out=tmp_path / "a" / "b" / "c")
    assert list(tmp_path.iterdir()) == []


def test_the_work_is_done_on_the_disk_of_the_result(example, tmp_path, monkeypatch):
    """A folder may be another disk than the one that it lies in: a stick, a mount point."""
    target = tmp_path / "stick"
    target.mkdir()

    def disk(path: str | Path) -> bool:
        return target in (Path(path).absolute(), *Path(path).absolute().parents)

    def over(do):
        def move(source, to, **rest):
            if disk(source) != disk(to):
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            return do(source, to, **rest)

        return move

    monkeypatch.setattr(os, "rename", over(os.rename))
    monkeypatch.setattr(os, "replace", over(os.replace))
    analyse(example, SECOND, out=target)
    assert RECORD in hashes(target) and [path.name for path in tmp_path.iterdir()] == ["stick"]


def test_on_a_real_other_disk(example, tmp_path):
    target = tmp_path / "stick"
    target.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", target], capture_output=True
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("no other disk can be mounted here")
    try:
        analyse(example, SECOND, out=target)
        assert RECORD in hashes(target) and not [name for name in hashes(target) if "milo-" in name]
        (target / "big").write_bytes(bytes(90_000_000))
        with pytest.raises(MiloError, match="MB are free"):
            analyse(example, SECOND, out=target / "more")
        assert not (target / "more").exists()
    finally:
        subprocess.run(["umount", target], check=True)


def test_a_full_disk_is_said_before_the_work(example, result, monkeypatch):
    def fail(*_):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(pipeline, "normalise", fail)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "free")(12_000_000))
    assert "12 MB are free" in refused(example, result)


def test_a_disk_that_fills_while_the_result_is_written(example, result, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pipeline, "write_files", full)
    assert "No space left on device" in refused(example, result)


def test_a_folder_that_cannot_be_written_is_said_before_the_work(example, result, no_work, monkeypatch):
    def locked(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(folder, "begin", locked)
    assert "Permission denied" in refused(example, result)


def test_a_file_that_comes_while_the_work_is_done_stays_and_so_does_the_work(example, tmp_path):
    def meanwhile(stage: str, fraction: float) -> None:
        if stage == "write":
            (tmp_path / "events.csv").write_text("mine")

    with pytest.raises(MiloError, match=r"events\.csv.*the new result lies in") as error:
        analyse(example, SECOND, out=tmp_path, on_stage=meanwhile)
    assert (tmp_path / "events.csv").read_text() == "mine"
    (kept,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert str(kept) in str(error.value) and not kept.name.startswith(".")
    assert Analysis.load(kept).media.duration_s == pytest.approx(1, abs=0.05)


def test_a_file_that_cannot_be_replaced_leaves_both_results(example, result, monkeypatch):
    before, rename = hashes(result), os.rename

    def held(source, to, **rest):
        if Path(source) == result / "labels.txt":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(source, to, **rest)

    monkeypatch.setattr(os, "rename", held)
    with pytest.raises(MiloError, match=r"Permission denied.*the new result lies in"):
        analyse(example, SECOND, out=result)
    monkeypatch.undo()
    (kept,) = (path for path in result.iterdir() if path.is_dir())
    assert Analysis.load(kept).media.duration_s > 0
    shutil.rmtree(kept)
    assert hashes(result) == before
