import pytest

from milo_demo.evaluation.separation import pop, scored
from milo_demo.training.hearing import sounds
from tests.evaluation.separation import band


@pytest.fixture(scope="session")
def band_data(tmp_path_factory):
    return band.make(tmp_path_factory.mktemp("band"))


@pytest.fixture
def played(monkeypatch) -> list[int]:
    """The programs that were rendered so far, for two cases of pop and one of lines or chords."""
    monkeypatch.setattr(pop, "CASES", 2)
    monkeypatch.setattr(scored, "KINDS", {name: kind._replace(cases=1) for name, kind in scored.KINDS.items()})
    monkeypatch.setattr(sounds.shutil, "which", lambda name: name)
    return band.play(monkeypatch)
