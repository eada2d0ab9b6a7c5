import numpy as np
import pytest
import soundfile

from milo_demo.analysis import Track
from milo_demo.errors import MiloError
from milo_demo.export.mix import write_mix

RATE_HZ = 8_000


@pytest.fixture
def tracks(tmp_path) -> list[Track]:
    """Five seconds of 0.5 and of 0.25, longer than a block."""
    for label, level in (("guitar", 0.5), ("residual", 0.25)):
        soundfile.write(tmp_path / f"track-{label}.flac", np.full((5 * RATE_HZ, 2), level), RATE_HZ, "PCM_24")
    return [Track(f"track-{label}.flac", label, "notes", None, 0.5, []) for label in ("guitar", "residual")]


def mixed(tracks, tmp_path, levels, cuts=None):
    assert len(list(write_mix(tracks, tmp_path, levels, cuts or {}, tmp_path / "mix.flac"))) == 2, "blocks"
    sound, rate_hz = soundfile.read(tmp_path / "mix.flac")
    assert rate_hz == RATE_HZ and sound.shape == (5 * RATE_HZ, 2)
    return sound[:, 0]


def test_tracks_are_added_up_at_their_levels(tracks, tmp_path):
    assert mixed(tracks, tmp_path, {"guitar": 1, "residual": 1}) == pytest.approx(0.75, abs=1e-5)
    assert mixed(tracks, tmp_path, {"guitar": 0.5, "residual": 0}) == pytest.approx(0.25, abs=1e-5)
    assert not mixed(tracks, tmp_path, {}).any(), "who is not named is left out"
    assert mixed(tracks, tmp_path, {"guitar": 4}).max() <= 1


def test_a_part_can_be_silent_and_begins_and_ends_without_a_jump(tracks, tmp_path):
    sound = mixed(tracks, tmp_path, {"guitar": 1, "residual": 1}, {"guitar": [(1, 2), (3.9, 4.1)]})
    at = [round(time_s * RATE_HZ) for time_s in (0.9, 1.5, 2.5, 4.0, 4.5)]
    assert sound[at] == pytest.approx([0.75, 0.25, 0.75, 0.25, 0.75], abs=1e-5)
    assert np.abs(np.diff(sound)).max() < 0.01


def test_a_track_that_is_gone_is_a_sentence(tracks, tmp_path):
    (tmp_path / "track-guitar.flac").unlink()
    with pytest.raises(MiloError, match="The mix cannot be written"):
        list(write_mix(tracks, tmp_path, {"guitar": 1}, {}, tmp_path / "mix.flac"))
