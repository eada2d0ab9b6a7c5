import pytest

from milo_demo.errors import MiloError
from milo_demo.media.probe import probe
from tests.media.making import clip

KEY = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76" * 16, "-encryption_kid", "a7" * 16]


def test_what_is_encrypted_is_said_to_be(tmp_path):
    with pytest.raises(MiloError, match=r"^sold\.mp4 is encrypted: choose a copy without copy protection\.$"):
        probe(clip(tmp_path / "sold.mp4", *KEY))
    assert probe(clip(tmp_path / "own.mp4")).duration_s > 0.9
