"""What tests of collections share."""

import pytest

from milo_demo.collection import batch as batches
from milo_demo.collection import clip
from milo_demo.collection.clip import work
from milo_demo.evaluation import made_clips
from tests.collection.clips import tone


@pytest.fixture
def here(monkeypatch):
    """Clips are analysed in this process: the models are in memory once."""
    monkeypatch.setattr(batches.local, "run", lambda tasks, workers: (work(task) for task in tasks))


@pytest.fixture
def made_up(here, monkeypatch):
    """Any file is a clip, and its analysis made up of its bytes: takes no time, and asks no network."""
    monkeypatch.setattr(batches, "checkpoints", lambda: ["none"])
    monkeypatch.setattr(clip, "_analyse", made_clips._made_up)


@pytest.fixture
def clips(tmp_path):
    """Two clips of sound of one name, and one that is none."""
    broken = tmp_path / "in" / "broken.mp4"
    found = [tone(tmp_path / "in" / name, 220 * k) for k, name in enumerate(("a/song.wav", "b/song.wav"), 1)]
    broken.write_bytes(b"no video at all")
    return [*found, broken]
