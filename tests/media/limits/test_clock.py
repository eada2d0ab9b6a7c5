import pytest

from milo_demo.media.limits.clock import restarts_at_s
from milo_demo.media.probe import open_media
from tests.media.making import clip


def test_a_clock_that_starts_anew_is_noticed(tmp_path):
    piece = clip(tmp_path / "piece.ts", duration_s=2).read_bytes()
    (tmp_path / "joined.ts").write_bytes(piece * 2)
    with open_media(tmp_path / "joined.ts") as container:
        assert restarts_at_s(container, [0, 1]) == pytest.approx(2, abs=0.1)
    for whole in (tmp_path / "piece.ts", clip(tmp_path / "whole.mp4")):
        with open_media(whole) as container:
            assert restarts_at_s(container, [0, 1]) is None
