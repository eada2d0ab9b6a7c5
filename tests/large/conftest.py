from collections.abc import Iterator
from pathlib import Path

import pytest

from milo_demo.large import loading
from tests.large import tiny
from tests.weights.hub import Hub


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The files of a small model, by its name; a test of one whose package is not installed is skipped."""
    made: dict[str, dict[str, bytes]] = {}

    def files(name: str) -> dict[str, bytes]:
        pytest.importorskip(
            "demucs" if name == "htdemucs" else "transformers", reason="requirements-large.txt is not installed"
        )
        if name not in made:
            made[name] = tiny.files_of(name, tmp_path_factory.mktemp(name))
        return dict(made[name])

    return files


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path) -> Path:
    """A user's cache folder of this test's own, and no larger model in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(loading, "_loaded", {})
    return tmp_path / "cache"
