"""Files that share their bytes, change, move or change places: what becomes of their clips."""

import pytest

from milo_demo.collection import batch as batches
from milo_demo.collection import clip, sources
from milo_demo.collection.batch import Progress, batch
from milo_demo.collection.clip import NOTE, Outcome, Task, work
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


def test_a_clip_whose_note_is_not_whole_is_analysed_again(folder, out):
    (folder / "a.wav").write_text("one")
    run(folder, out)
    [note] = (out / "clips").glob(f"*/{NOTE}")
    note.write_text("{")
    assert (run(folder, out).same, len(rows(out))) == (0, 1)
