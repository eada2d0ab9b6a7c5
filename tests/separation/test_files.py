from pathlib import Path

import numpy as np
import pytest
import soundfile

from milo_demo.errors import MiloError
from milo_demo.separation.files import TrackWriters, outline

LABELS = ["violin", "french_horn", "residual"]
BLOCK = 1000


def parts(channels: int, samples: int, level: float = 0.3) -> np.ndarray:
    """Three tracks of noise, (track, channel, sample)."""
    noise = np.random.default_rng(0).uniform(-level, level, (len(LABELS), channels, samples))
    return noise.astype(np.float32)


def written(folder: Path, tracks: np.ndarray, rate_hz: int) -> np.ndarray:
    """The tracks as they are read back, after they were written block by block."""
    with TrackWriters(folder, LABELS, rate_hz, tracks.shape[1]) as writers:
        for start in range(0, tracks.shape[2], BLOCK):
            writers.write(tracks[:, :, start : start + BLOCK])
    files = [soundfile.SoundFile(folder / f"track-{label}.flac") for label in LABELS]
    assert {(file.samplerate, file.subtype, file.format) for file in files} == {(rate_hz, "PCM_24", "FLAC")}
    return np.stack([file.read(dtype="float32", always_2d=True).T for file in files])


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate_hz", [8000, 44_100, 96_000])
def test_what_is_read_back_is_what_was_written(tmp_path, channels, rate_hz):
    tracks = parts(channels, 12_345)
    found = written(tmp_path, tracks, rate_hz)
    assert found.shape == tracks.shape and np.abs(found - tracks).max() < 1e-6
    assert np.abs(found.sum(axis=0) - tracks.sum(axis=0)).max() < 1e-4


@pytest.mark.parametrize("samples", [1, BLOCK, BLOCK + 1])
def test_every_length_is_exact(tmp_path, samples):
    assert written(tmp_path, parts(2, samples), 48_000).shape == (3, 2, samples)


def test_a_track_beyond_full_scale_leaves_the_sum_as_it_is(tmp_path):
    tracks = parts(2, 5000, level=0.1)
    tracks[0], tracks[1] = 1.4, -1.2
    tracks.setflags(write=False)
    found = written(tmp_path, tracks, 48_000)
    assert np.abs(found).max() <= 1
    assert np.abs(found.sum(axis=0) - tracks.sum(axis=0)).max() < 1e-4


def test_what_does_not_come_to_its_end_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), TrackWriters(tmp_path, LABELS, 48_000, 2) as writers:
        writers.write(parts(2, BLOCK))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_no_file_has_its_name_before_all_are_complete(tmp_path):
    with TrackWriters(tmp_path, LABELS, 48_000, 2) as writers:
        writers.write(parts(2, BLOCK))
        assert list(tmp_path.glob("track*")) == []
    assert len(list(tmp_path.glob("track*.flac"))) == len(list(tmp_path.iterdir())) == 3


def test_where_nothing_can_be_written_is_one_sentence(tmp_path):
    with pytest.raises(MiloError, match="make room on the disk"), TrackWriters(tmp_path / "no", LABELS, 48_000, 2):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / ".track-residual.flac.part").symlink_to("/dev/full")
    with pytest.raises(MiloError, match="make room on the disk"), TrackWriters(tmp_path, LABELS, 48_000, 2) as writers:
        for _ in range(50):
            writers.write(parts(2, BLOCK))
    assert list(tmp_path.iterdir()) == []


def test_other_tracks_than_were_opened_are_a_mistake(tmp_path):
    with pytest.raises(ValueError, match="zip"), TrackWriters(tmp_path, LABELS, 48_000, 2) as writers:
        writers.write(parts(2, BLOCK)[:2])


def test_the_outline_is_the_highest_of_every_part(tmp_path):
    tracks = np.zeros((3, 2, 4000), np.float32)
    tracks[0, 1, 1000:2000], tracks[0, 0, 3999] = -0.5, 0.25
    written(tmp_path, tracks, 8000)
    assert outline(tmp_path / "track-violin.flac", 4).tolist() == [0, 0.5, 0, 0.25]
    assert outline(tmp_path / "track-residual.flac", 4).tolist() == [0, 0, 0, 0]
    assert len(outline(tmp_path / "track-violin.flac", 5000)) == 5000
