"""A run over many clips: each exactly once, whatever happens in between."""

import errno
import json
import shutil

import pytest

from milo_demo.__main__ import main
from milo_demo.analysis import Analysis
from milo_demo.collection import batch as batches
from milo_demo.collection import tables
from milo_demo.collection.batch import Stopped, batch
from milo_demo.collection.clip import NOTE, work
from milo_demo.collection.estimate import estimate
from milo_demo.collection.place import MANIFEST, open_collection, working
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions
from tests.collection.clips import OPTIONS, tone
from tests.collection.made import rows


def by_name(out) -> dict:
    return {(row["name"], row["status"]) for row in rows(out)}


def test_every_clip_has_a_folder_as_analyse_leaves_it_and_its_rows(here, clips, tmp_path):
    out = tmp_path / "out"
    done = batch(clips, out, OPTIONS)
    assert (done.done, done.current, len(done.failed)) == (3, 0, 1)
    assert by_name(out) == {("song.wav", "done"), ("broken.mp4", "failed")} and len(rows(out)) == 3
    for row in rows(out):
        if row["status"] == "failed":
            assert row["error"].startswith("broken.mp4") and row["duration_s"] is None
            continue
        analysis = Analysis.load(out / "clips" / row["clip_id"])
        assert row["duration_s"] == pytest.approx(analysis.media.duration_s)
        events = [(it["kind"], it["label"]) for it in rows(out, "events") if it["clip_id"] == row["clip_id"]]
        assert sorted(events) == sorted((event.kind, event.label) for event in analysis.events)
    assert len(rows(out, "embeddings")) == 2 and len(list((out / "tables").iterdir())) == 1


def test_what_is_current_is_left_alone_and_what_is_not_is_replaced(here, clips, tmp_path):
    out = tmp_path / "out"
    batch(clips, out, OPTIONS)
    before = {row["clip_id"]: row["finished"] for row in rows(out)}
    assert batch(clips, out, OPTIONS).current == 3
    clips[0].touch()
    tone(clips[1], 500)
    done = batch(clips, out, OPTIONS)
    assert (done.done, done.same, done.current) == (2, 1, 1)  # of the one that was touched, the bytes are the same
    after = {row["clip_id"]: row["finished"] for row in rows(out)}
    assert len(after) == 3 == len(list((out / "clips").iterdir())) and len(before.items() & after.items()) == 2
    done = batch(clips, out, AnalysisOptions(separator="none", threshold=0.6))
    assert done.done == 3 and len(rows(out)) == 3
    assert all(json.loads(row["options"])["threshold"] == 0.6 for row in rows(out))


def test_files_with_the_same_bytes_are_one_clip(here, clips, tmp_path):
    copy = tmp_path / "in" / "copy.wav"
    shutil.copy(clips[0], copy)
    done = batch([*clips[:1], copy], tmp_path / "out", OPTIONS)
    assert done.same == 1 and len(rows(tmp_path / "out")) == 1


def test_a_killed_run_leaves_nothing_that_counts_twice(here, clips, tmp_path):
    out = tmp_path / "out"
    batch(clips, out, OPTIONS)
    collection = open_collection(out)
    first = rows(out)[0]["clip_id"]
    # Killed before the rows of a clip were written, while others were written, and in the middle of a clip:
    tables.compact(collection, {first})
    (out / "tables" / "part-unnamed").mkdir()
    (out / "clips" / ".tmp-abc-1").mkdir()
    assert batch(clips, out, OPTIONS).current == 3
    assert len(rows(out)) == 3 and {path.name for path in (out / "clips").iterdir()} == {
        row["clip_id"] for row in rows(out)
    }
    # A folder that somebody has removed is made again:
    shutil.rmtree(collection.clip(first))
    assert batch(clips, out, OPTIONS).done == 1 and len(rows(out)) == 3


def test_a_clip_whose_maps_are_damaged_is_analysed_anew(here, clips, tmp_path):
    out = tmp_path / "out"
    batch(clips[:1], out, OPTIONS)
    [clip] = (out / "clips").iterdir()
    whole = (clip / "maps.npz").read_bytes()
    (clip / "maps.npz").write_bytes(whole[:300] + bytes(100) + whole[400:])
    tables.compact(open_collection(out), {clip.name})  # nothing is known of it but by its folder
    assert batch(clips[:1], out, OPTIONS).done == 1 and len(rows(out)) == 1
    assert Analysis.load(clip).media.source_name == clips[0].name


def test_a_full_disk_ends_the_run_and_the_next_goes_on(here, clips, tmp_path, monkeypatch):
    out = tmp_path / "out"

    def full(tasks, workers):
        todo = iter(tasks)
        yield work(next(todo))
        monkeypatch.setattr("milo_demo.folder.shutil.disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))
        yield work(next(todo))

    with monkeypatch.context() as patched:
        patched.setattr(batches.local, "run", full)
        with pytest.raises(MiloError, match=r"too little room.*same command again"):
            batch(clips, out, OPTIONS)
    monkeypatch.undo()
    assert [row["status"] for row in rows(out)] == ["done"]
    monkeypatch.setattr(batches.local, "run", lambda tasks, workers: (work(task) for task in tasks))
    assert batch(clips, out, OPTIONS).done == 2 and len(rows(out)) == 3


def test_tables_that_cannot_be_written_are_made_from_the_folders_later(here, clips, tmp_path, monkeypatch):
    def fails(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(tables, "add", fails)
        with pytest.raises(MiloError, match="The tables cannot be written"):
            batch(clips, tmp_path / "out", OPTIONS)
    assert batch(clips, tmp_path / "out", OPTIONS).current == 3 and len(rows(tmp_path / "out")) == 3


def test_who_stops_a_run_keeps_what_is_done(here, clips, tmp_path):
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(Stopped, match="1 of 3"):
        batch(clips, tmp_path / "out", OPTIONS, on_progress=stop)
    assert len(rows(tmp_path / "out")) == 1


def test_a_place_that_is_no_collection_is_refused(here, clips, tmp_path):
    other, old, busy = tmp_path / "other", tmp_path / "old", tmp_path / "busy"
    of_old = '{"schema": "milo.collection/0", "parts": []}'
    for folder, name, text in ((other, "mine.txt", ""), (old, MANIFEST, of_old)):
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    for folder, said in ((other, "something else"), (old, "another version"), (clips[0], "is a file")):
        with pytest.raises(MiloError, match=said):
            batch(clips, folder, OPTIONS)
    with working(busy), pytest.raises(MiloError, match="Another run"):
        batch(clips, busy, OPTIONS)
    assert (other / "mine.txt").exists() and len(list(other.iterdir())) == 1


@pytest.mark.parametrize("wrong, said", [
    ({"workers": 0}, "at least one worker"),
    ({"engine": "cloud"}, "local or ray"),
    ({"address": "127.0.0.1:1"}, "--engine ray"),
])  # fmt: skip
def test_what_makes_no_sense_is_said_before_anything_is_written(clips, tmp_path, wrong, said):
    for begin in (batch, estimate):
        with pytest.raises(MiloError, match=said):
            begin(clips, tmp_path / "out", OPTIONS, **wrong)
    assert not (tmp_path / "out").exists()


def test_an_estimate_that_cannot_be_made_says_why(clips, tmp_path):
    with pytest.raises(MiloError, match=r"None of 2 files.* of the last: .*60"):
        estimate(clips[:2], tmp_path / "out", AnalysisOptions(separator="none", start_s=60))


def test_clips_that_somebody_has_removed_are_to_be_analysed(clips, tmp_path):
    with working(tmp_path / "out") as collection:
        shutil.rmtree(tmp_path / "out" / "clips")
        assert list(batches.notes(collection)) == []


def test_a_clip_over_which_workers_die_is_a_failure_with_its_sentence(clips, tmp_path):
    with working(tmp_path / "out"):
        outcome = work(batches.Task(str(clips[0]), str(tmp_path / "out"), OPTIONS, "r", tries=2))
    assert "more than once" in outcome.error
    assert json.loads((tmp_path / "out" / "clips" / outcome.seen.clip_id / NOTE).read_text())["status"] == "failed"


def test_the_command_says_what_it_has_done_and_what_it_would_take(here, clips, tmp_path, capsys):
    out = str(tmp_path / "out")
    wish = ["batch", str(tmp_path / "in"), "--out", out, "--separator", "none"]
    assert main([*wish, "--dry-run"]) == 0
    assert "1 of a sample of 3 cannot be read" in capsys.readouterr().out and not (tmp_path / "out").exists()
    assert main(wish) == 0
    told = capsys.readouterr().out
    assert told.startswith("2 clips analysed") and "failed: " in told
    assert main(["batch", str(tmp_path / "gone"), "--out", out]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_not_there_fails_until_it_is(here, clips, tmp_path):
    late, out = tmp_path / "in" / "late.wav", tmp_path / "out"
    for _ in range(2):
        done = batch([late], out, OPTIONS)
        assert "is not there" in done.failed[0][1] and done.same == 0 and by_name(out) == {("late.wav", "failed")}
    shutil.copy(clips[0], late)
    assert not batch([late], out, OPTIONS).failed
    assert by_name(out) == {("late.wav", "done")} and len(list((out / "clips").iterdir())) == 1
