from pathlib import Path

import av
import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.media.opus import RATE_HZ, OpusWriter, add_up

RATE = 44_100
BLOCK = 5000


def tones(channels: int, seconds: float = 2.0) -> np.ndarray:
    """A tone of its own on every channel, (channel, sample)."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.array([0.3 * np.sin(2 * np.pi * hz(k) * time_s) for k in range(channels)], np.float32)


def hz(channel: int) -> int:
    return 400 + 150 * channel


def read(path: Path) -> np.ndarray:
    with av.open(path) as file:
        channels = file.streams.audio[0].codec_context.channels
        planes = av.AudioResampler("flt")
        frames = [ready for frame in file.decode(audio=0) for ready in planes.resample(frame)]
        return np.concatenate([frame.to_ndarray().reshape(-1, channels).T for frame in frames], axis=1)


@pytest.mark.parametrize("channels, silent", [(2, 0), (4, 0), (6, 4), (8, 2), (16, 0)])
def test_every_channel_keeps_its_tone_to_itself(tmp_path, channels, silent):
    sound = tones(channels)
    with OpusWriter(tmp_path / "tones.mp4", RATE, channels) as writer:
        for start in range(0, sound.shape[1], BLOCK):
            writer.write(sound[:, start : start + BLOCK])
    found = read(tmp_path / "tones.mp4")
    assert len(found) == channels + silent and not found[channels:].any(), "a browser would reorder 6 or 8"
    found = found[:channels]
    assert found.shape[1] == pytest.approx(2 * RATE_HZ, abs=1000)
    spectra = np.abs(np.fft.rfft(found[:, : 2 * RATE_HZ] * np.hanning(min(found.shape[1], 2 * RATE_HZ)), axis=1))
    tone = [round(hz(k) * 2) for k in range(channels)]
    levels = 20 * np.log10(spectra[:, tone] / spectra[0, tone[0]])
    assert np.abs(np.diag(levels)).max() < 1 and (levels - 1000 * np.eye(channels)).max() < -50
    assert [path.name for path in tmp_path.iterdir()] == ["tones.mp4"]


def test_a_channel_lies_on_the_clock(tmp_path):
    click = np.zeros((2, RATE), np.float32)
    click[:, RATE // 2 : RATE // 2 + 50] = 0.8
    with OpusWriter(tmp_path / "click.mp4", RATE, 2) as writer:
        writer.write(click)
    assert np.abs(read(tmp_path / "click.mp4")[0]).argmax() / RATE_HZ == pytest.approx(0.5, abs=0.003)


def test_what_does_not_come_to_its_end_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), OpusWriter(tmp_path / "tones.mp4", RATE, 2) as writer:
        writer.write(tones(2))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_one_sentence(tmp_path):
    with pytest.raises(MiloError, match="make room on the disk"), OpusWriter(tmp_path / "no" / "x.mp4", RATE, 2):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / ".tones.mp4.part").symlink_to("/dev/full")
    with (
        pytest.raises(MiloError, match="make room on the disk"),
        OpusWriter(tmp_path / "tones.mp4", RATE, 2) as writer,
    ):
        for _ in range(20):
            writer.write(tones(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("channels", [6, 12])
def test_channels_are_added_up(tmp_path, channels):
    with OpusWriter(tmp_path / "all.mp4", RATE, channels) as writer:
        writer.write(tones(channels, seconds=1.0))
    add_up(tmp_path / "all.mp4", tmp_path / "pair.mp4", [[0, channels - 1], [1]])
    spectra = np.abs(np.fft.rfft(read(tmp_path / "pair.mp4")[:, :RATE_HZ] * np.hanning(RATE_HZ), axis=1))
    heard = [[hz(k) for k in range(channels) if row[hz(k)] > 0.3 * row.max()] for row in spectra]
    assert heard == [[hz(0), hz(channels - 1)], [hz(1)]]
