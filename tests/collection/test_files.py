"""Files that share their bytes, change, move or change places: what becomes of their clips."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from milo_demo.collection import batch as batches
from milo_demo.collection import clip, sources, tables
from milo_demo.collection.batch import Progress, Stopped, batch
from milo_demo.collection.clip import NOTE, Outcome, Task, work
from milo_demo.collection.finding import Finder
from milo_demo.collection.place import open_collection
from milo_demo.errors import MiloError
from milo_demo.options import AnalysisOptions
from tests.collection.clips import OPTIONS
from tests.collection.made import rows

pytestmark = pytest.mark.usefixtures("made_up")
OTHERS = AnalysisOptions(separator="none", threshold=0.6)


@pytest.fixture
def folder(tmp_path):
    """For files, which are filled by the tests."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def run(folder, out, options=OPTIONS) -> Progress:
    """The same command again: tables and folders have each clip once."""
    done = batch(sources.find(str(folder)), out, options)
    ids = [row["clip_id"] for row in rows(out)]
    assert sorted(ids) == sorted(path.name for path in (out / "clips").iterdir())
    assert {row["clip_id"] for row in rows(out, "events")} == set(ids)
    return done


def test_of_two_workers_that_have_the_same_bytes_anew_one_is_first(folder, out, monkeypatch):
    for name in ("a.wav", "b.wav"):
        (folder / name).write_text("one")
    run(folder, out)

    def at_once(tasks, workers):
        """The second is done while the first is under way."""
        first, second = tasks
        done: list[Outcome] = []

        def meanwhile(task: Task, part, note):
            if task == first:
                done.append(work(second))
            return analyse(task, part, note)

        analyse = clip._analyse
        monkeypatch.setattr(clip, "_analyse", meanwhile)
        yield work(first)
        yield from done

    monkeypatch.setattr(batches.local, "run", at_once)
    assert run(folder, out, OTHERS).same == 1


def test_what_is_known_of_a_file_that_is_not_there_for_a_while_is_kept(folder, out):
    file, away, listed = folder / "a.wav", folder / "away", folder / "list.txt"
    file.write_text("one")
    (folder / "b.wav").write_text("two")
    listed.write_text("a.wav\nb.wav\n")
    batch(sources.find(str(listed)), out, OPTIONS)
    before = rows(out)
    file.rename(away)
    assert len(batch(sources.find(str(listed)), out, OPTIONS).failed) == 1 and len(rows(out)) == 3
    away.rename(file)
    assert (batch(sources.find(str(listed)), out, OPTIONS).to_do, len(rows(out))) == (0, 2)
    assert all(row in rows(out) for row in before)


def test_a_clip_whose_note_is_not_whole_is_analysed_again(folder, out):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    [note] = (out / "clips").glob(f"*/{NOTE}")
    note.write_text("{")
    assert (run(folder, out).same, len(rows(out))) == (0, 1)


def test_a_clip_stays_as_long_as_a_file_has_its_bytes(folder, out):
    for name in ("a.wav", "b.wav"):
        (folder / name).write_text("one")
    run(folder, out)
    (folder / "a.wav").write_text("another")
    run(folder, out)
    assert names(out) == {"a.wav": "another", "b.wav": "one"}
    assert run(folder, out).current == 2
    (folder / "b.wav").write_text("a third")
    run(folder, out)
    assert names(out) == {"a.wav": "another", "b.wav": "a third"}


def test_what_a_changed_file_was_goes_even_if_a_run_was_killed(folder, out):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    (folder / "a.wav").write_text("another")
    killed(folder, out)
    assert run(folder, out).current == 1 and names(out) == {"a.wav": "another"}
    (folder / "a.wav").write_text("a third")
    killed(folder, out)
    (folder / "a.wav").write_text("a fourth")
    assert run(folder, out).done == 1 and names(out) == {"a.wav": "a fourth"}


def test_who_stops_a_run_loses_no_clip_that_another_file_is(folder, out):
    for name in ("a.wav", "b.wav"):
        (folder / name).write_text("one")
    run(folder, out)
    (folder / "a.wav").write_text("another")

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(Stopped):
        batch(sources.find(str(folder)), out, OPTIONS, on_progress=stop)
    assert len(rows(out)) == 2
    assert run(folder, out).done == 1 and names(out) == {"a.wav": "another", "b.wav": "one"}


def test_a_clip_moves_with_its_file(folder, out):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    (folder / "a.wav").rename(folder / "renamed.wav")
    run(folder, out)
    assert names(out) == {"renamed.wav": "one"}
    for told in ("renamed.wav", str(folder / "renamed.wav")):
        assert Finder(out).clip_id(told) == clip_of("one")
    assert run(folder, out).current == 1


def test_files_that_change_places_take_their_clips_along(folder, out):
    one, other, between = (folder / name for name in ("a.wav", "b.wav", "c.wav"))
    one.write_text("one")
    other.write_text("another")
    run(folder, out)
    for start, end in ((one, between), (other, one), (between, other)):
        start.rename(end)
    run(folder, out)
    assert names(out) == {"a.wav": "another", "b.wav": "one"}
    assert {row["source"]: row["bytes"] for row in rows(out)} == {str(one): 7, str(other): 3}
    assert run(folder, out).current == 2


def test_a_file_that_was_only_touched_is_read_once_more(folder, out):
    for name in ("a.wav", "b.wav"):
        (folder / name).write_text("one")
    run(folder, out)
    os.utime(folder / "a.wav", (1, 1))
    assert [run(folder, out).current for _ in range(2)] == [0, 1]  # b.wav is a.wav's clip, which is known by that
    assert names(out) == {"a.wav": "one"}


def test_a_clip_stays_with_a_file_that_was_not_asked_about(folder, out, tmp_path):
    (folder / "z.wav").write_text("one")
    run(folder, out)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "a.wav").write_text("one")
    run(tmp_path / "copies", out)
    assert names(out) == {"z.wav": "one"}
    (folder / "z.wav").unlink()
    run(tmp_path / "copies", out)
    assert names(out) == {"a.wav": "one"}


def test_rows_follow_where_a_run_has_ended_between_a_note_and_them(folder, out, monkeypatch):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    (folder / "a.wav").rename(folder / "renamed.wav")
    with monkeypatch.context() as patched:
        patched.setattr(batches, "write_note", lambda *given: (clip.write_note(*given), full()))
        with pytest.raises(MiloError, match="cannot be written"):
            run(folder, out)
    assert names(out) == {"a.wav": "one"}
    assert run(folder, out).current == 1 and names(out) == {"renamed.wav": "one"}


def test_rows_that_are_there_twice_are_there_once_after_the_next_run(folder, out):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    twice = {table: rows(out, table) for table in ("clips", "events")}
    twice["clips"][0]["finished"] = "earlier"
    tables.add(open_collection(out), twice)
    assert len(rows(out)) == 2
    assert run(folder, out).current == 1 and names(out) == {"a.wav": "one"}


def test_a_file_whose_name_is_no_text_is_a_clip_as_any_other(folder, out):
    (folder / "plain.wav").write_text("one")
    strange = folder / os.fsdecode(b"\xe9tude.wav")
    try:
        strange.write_text("another")
    except OSError:
        pytest.skip("the disk has names in text alone")
    assert not run(folder, out).failed and run(folder, out).current == 2
    assert {row["name"] for row in rows(out)} == {"plain.wav", "\\udce9tude.wav"}
    assert Finder(out).clip_id(str(strange)) == clip_of("another")
    strange.unlink()
    done = batch([strange], out, OPTIONS)
    assert "is not there" in done.failed[0][1] and any("is not there" in row["error"] for row in rows(out))


def names(out) -> dict[str, str]:
    """File -> its text, of all clips, as the tables tell it."""
    texts = {clip_of(text): text for text in ("one", "another", "a third", "a fourth")}
    told = {row["source"]: row for row in rows(out)}
    assert len(told) == len(rows(out)) and all(row["name"] == Path(source).name for source, row in told.items())
    return {row["name"]: texts[row["clip_id"]] for row in told.values()}


def clip_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[: clip.NAME_DIGITS]


def killed(folder, out) -> None:
    """A run that has analysed everything and written nothing of it into the tables."""
    for path in sources.find(str(folder)):
        work(Task(str(path), str(out), OPTIONS, clip.recipe(OPTIONS, batches.checkpoints())))


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
