import numpy as np
import pytest
from PIL import Image

from milo_demo.training.seeing.photos import Photo


@pytest.fixture
def empties(tmp_path):
    """A room and a person, of noise: there is something to follow everywhere."""
    (tmp_path / "person").mkdir()
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (90, 120, 3), dtype=np.uint8)).save(tmp_path / "room.png")
    Image.fromarray(rng.integers(0, 255, (50, 50, 3), dtype=np.uint8)).save(tmp_path / "person" / "1.png")
    return [Photo(tmp_path / "room.png", None, "scenes"), Photo(tmp_path / "person" / "1.png", None, "pacs")]
