import pytest

from milo_demo.evaluation.hearing.recordings import Recording, recordings
from tests.evaluation.hearing import orchestra


@pytest.fixture(scope="session")
def validation_data(tmp_path_factory):
    return orchestra.make(tmp_path_factory.mktemp("validation"))


@pytest.fixture(scope="session")
def heard(validation_data) -> list[Recording]:
    return list(recordings(validation_data))
