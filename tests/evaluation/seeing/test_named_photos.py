import pytest

from milo_demo.errors import MiloError
from milo_demo.evaluation.seeing import named_photos


def test_pictures_of_our_labels_are_found(data):
    assert [label for _, label in named_photos.omerdvi(data)] == ["cello", "ukulele"]
    assert [label for _, label in named_photos.kaggle_val(data)] == ["guitar"]


def test_missing_photos_are_said_so(tmp_path):
    with pytest.raises(MiloError, match="no photos in"):
        named_photos.kaggle_val(tmp_path)
