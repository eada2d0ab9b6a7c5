import os
import tracemalloc
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from milo_demo.errors import MiloError
from milo_demo.media import decode
from tests.media.making import BEEP_HZ, beeps_s, broadcast, clip, ffmpeg, picture, sound


def heard(*arguments, **options):
    return np.concatenate(list(decode.audio(*arguments, **options)), axis=1)


@pytest.fixture
def counted(tmp_path):
    """Two seconds at 25 fps whose brightness grows with the frame's number."""
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=black:s=160x90:r=25:d=2,geq=lum='20+4*N':cb=128:cr=128",
        "-qp",
        0,
        tmp_path / "n.mp4",
    )
    return tmp_path / "n.mp4"


def numbers(shown):
    with av.open(str(shown)) as container:
        first = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    return lambda frame: int(np.argmin(np.abs(np.array(first) - frame.mean())))


@pytest.mark.parametrize("rate_hz", [1.953125, 7, 25, 60])
@pytest.mark.parametrize("start_s", [0, 0.8])
def test_frames_stand_where_the_clock_says(counted, rate_hz, start_s):
    number = numbers(counted)
    shown = list(decode.frames(counted, rate_hz, start_s=start_s))
    assert len(shown) == np.ceil((2 - start_s) * rate_hz - 1e-6)
    for k, (time_s, frame) in enumerate(shown):
        assert time_s == pytest.approx(k / rate_hz)
        assert number(frame) == int((start_s + time_s) * 25 + 1e-3)


def test_the_last_frame_is_held(counted):
    number = numbers(counted)
    shown = [number(frame) for _, frame in decode.frames(counted, 5, start_s=1.6, duration_s=1)]
    assert shown == [40, 45, 49, 49, 49]


@pytest.mark.parametrize(
    "size, side_px, shape", [("160x90", 80, (45, 80)), ("90x160", 80, (80, 45)), ("160x90", None, (90, 160))]
)
def test_frame_size(tmp_path, size, side_px, shape):
    ffmpeg(*picture(0.2, size), tmp_path / "a.mp4")
    _, frame = next(decode.frames(tmp_path / "a.mp4", 5, side_px))
    assert frame.shape == (*shape, 3) and frame.dtype == np.uint8


@pytest.mark.parametrize("size", ["160x90", "108x136", "90x196"])
def test_frames_have_no_gaps_between_their_rows(tmp_path, size):
    clip(tmp_path / "a.mkv", duration_s=0.2, size=size)
    _, shown = next(decode.pictures(tmp_path / "a.mkv", 5))
    assert shown.rgb().flags.c_contiguous and shown.grey(64).flags.c_contiguous


def test_frames_are_let_go(tmp_path):
    """A hundred frames of 2.7 MB pass through less memory than ten take."""
    ffmpeg(*picture(4, "1280x720", 25), "-preset", "ultrafast", tmp_path / "a.mp4")
    tracemalloc.start()
    assert sum(1 for _ in decode.frames(tmp_path / "a.mp4", 25)) == 100
    assert tracemalloc.get_traced_memory()[1] < 10 * 1280 * 720 * 3
    tracemalloc.stop()


def test_sound_is_let_go(tmp_path):
    """Two minutes pass through less memory than ten seconds take."""
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono:d=120", tmp_path / "a.flac")
    tracemalloc.start()
    chunks = [chunk.shape for chunk in decode.audio(tmp_path / "a.flac", 16_000, chunk_s=2)]
    assert tracemalloc.get_traced_memory()[1] < 10 * 16_000 * 4
    tracemalloc.stop()
    assert chunks == [(1, 32_000)] * 60


@pytest.mark.parametrize("duration_s, samples", [(0.3, 4_800), (1, 16_000), (2.5, 40_000)])
def test_exactly_as_long_as_asked(tmp_path, duration_s, samples):
    ffmpeg(*sound(), tmp_path / "a.wav")
    chunks = [chunk.shape[1] for chunk in decode.audio(tmp_path / "a.wav", 16_000, 0, duration_s, chunk_s=0.25)]
    assert sum(chunks) == samples
    assert set(chunks[:-1]) <= {4_000} and chunks[-1] <= 4_000


def test_a_part_sounds_to_its_last_sample(tmp_path):
    ffmpeg("-f", "lavfi", "-i", f"sine={BEEP_HZ}:r=44100:d=3,volume=4", tmp_path / "a.wav")
    samples = heard(tmp_path / "a.wav", 16_000, 1, 0.5)[0]
    assert np.abs(samples[-32:]).max() > 0.4 and np.abs(samples[:32]).max() > 0.4


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_resampling_keeps_pitch_and_level(tmp_path, rate_hz):
    ffmpeg("-f", "lavfi", "-i", f"sine={BEEP_HZ}:r=44100:d=1,volume=4", tmp_path / "a.wav")
    samples = heard(tmp_path / "a.wav", rate_hz)[0]
    assert len(samples) == rate_hz
    spectrum = np.abs(np.fft.rfft(samples)) / len(samples) * 2
    assert int(np.argmax(spectrum)) == BEEP_HZ
    assert spectrum[BEEP_HZ] == pytest.approx(0.5, abs=0.01)


def test_resampling_does_not_alias(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=11000:r=44100:d=1", tmp_path / "a.wav")
    assert np.abs(heard(tmp_path / "a.wav", 16_000)[0, 1000:-1000]).max() < 1e-3


@pytest.mark.parametrize("channels", [1, 2, 4, 16])
def test_channels(tmp_path, channels):
    ffmpeg(*sound(channels=channels), "-c:a", "pcm_f32le", tmp_path / "a.wav")
    separate = heard(tmp_path / "a.wav", 16_000, mono=False)
    assert separate.shape == (channels, 16_000)
    assert np.abs(separate).max(axis=1) == pytest.approx([0.8 / c for c in range(1, channels + 1)], abs=0.02)
    if channels != 4:  # FFmpeg writes them as loudspeakers: see test_downmix
        assert heard(tmp_path / "a.wav", 16_000) == pytest.approx(separate.mean(axis=0, keepdims=True))


@pytest.mark.parametrize("order, channels", [(1, 4), (2, 9)])
def test_ambisonic_channels_stay_as_they_are(tmp_path, order, channels):
    levels = 8_000 / np.arange(1, channels + 1)
    (np.arange(48_000)[:, None] % 96 // 48 * levels).astype("<i2").tofile(tmp_path / "a.pcm")
    layout = ["-f", "s16le", "-ar", 48_000, "-channel_layout", f"ambisonic {order}"]
    ffmpeg(*layout, "-i", tmp_path / "a.pcm", "-c:a", "libopus", "-mapping_family", 2, tmp_path / "a.mkv")
    found = heard(tmp_path / "a.mkv", 48_000, mono=False).std(axis=1)
    np.testing.assert_allclose(found / found[0], levels / levels[0], rtol=0.2)


def test_a_gap_in_the_sound_is_silence(tmp_path):
    """Two beeps, 0.1 s and 3.1 s, with the packets between taken out."""
    ffmpeg(*sound(1, at_s=0.1), tmp_path / "a.wav")
    pieces = ["-i", tmp_path / "a.wav", "-i", tmp_path / "a.wav"]
    ffmpeg(*pieces, "-filter_complex", "[0:a][1:a]concat=n=2:v=0:a=1,asetpts='PTS+gte(T,1)*2/TB'", tmp_path / "gap.mkv")
    samples = heard(tmp_path / "gap.mkv", 16_000)[0]
    loud = np.flatnonzero(np.abs(samples) > 0.1) / 16_000
    assert loud[0] == pytest.approx(0.1, abs=0.02)
    assert loud[loud > 1][0] == pytest.approx(3.1, abs=0.02)


BROADCASTS = {
    "stereo to 5.1": [("stereo", 48_000), ("5.1", 48_000)],
    "another rate": [("stereo", 48_000), ("stereo", 32_000)],
    "several times": [("stereo", 48_000), ("5.1", 44_100), ("mono", 32_000), ("5.1(side)", 48_000)],
}


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
@pytest.mark.parametrize("kinds", BROADCASTS.values(), ids=BROADCASTS)
def test_sound_that_changes_its_kind_on_the_way(tmp_path, kinds, rate_hz):
    """Two seconds of each kind, a beep in the middle of each: as streams recorded from the air do."""
    found = heard(broadcast(tmp_path / "air.ts", kinds), rate_hz)[0]
    assert beeps_s(found, rate_hz) == pytest.approx([1 + 2 * k for k in range(len(kinds))], abs=0.01)
    # AC-3 comes in frames of 1536 samples, of which the last may be half empty.
    assert 0 <= len(found) / rate_hz - 2 * len(kinds) < 0.05


def test_a_raw_stream_whose_channels_change(tmp_path):
    for name, channels in (("a.aac", 2), ("b.aac", 1)):
        ffmpeg(*sound(2, 48_000, at_s=1, channels=channels), "-c:a", "aac", tmp_path / name)
    path = tmp_path / "ab.aac"
    path.write_bytes(b"".join((tmp_path / name).read_bytes() for name in ("a.aac", "b.aac")))
    found = heard(path, 16_000)[0]
    # Raw AAC knows nothing of what its encoder puts in front: one frame of 21 ms each.
    assert beeps_s(found, 16_000) == pytest.approx([1.021, 3.043], abs=0.01)
    assert len(found) / 16_000 == pytest.approx(4.05, abs=0.03)


def test_a_part_of_sound_that_changes_its_kind(tmp_path):
    path = broadcast(tmp_path / "air.ts", BROADCASTS["several times"])
    found = heard(path, 16_000, 2.5, 5)[0]
    assert beeps_s(found, 16_000) == pytest.approx([0.5, 2.5, 4.5], abs=0.01)
    assert len(found) == 5 * 16_000


def test_channels_stay_as_many_when_the_stream_changes_its_kind(tmp_path):
    found = heard(broadcast(tmp_path / "air.ts", BROADCASTS["stereo to 5.1"]), 16_000, mono=False)
    assert len(found) == 2 and beeps_s(found[0], 16_000) == pytest.approx([1, 3], abs=0.01)


def test_damaged_packets_are_left_out(tmp_path):
    ffmpeg(*sound(4, at_s=3), "-c:a", "aac", tmp_path / "a.ts")
    data = bytearray((tmp_path / "a.ts").read_bytes())
    middle = len(data) // 2
    data[middle - 2_000 : middle] = np.random.default_rng(0).bytes(2_000)
    (tmp_path / "a.ts").write_bytes(data)
    loud = np.flatnonzero(np.abs(heard(tmp_path / "a.ts", 16_000, 0, 4)[0]) > 0.3) / 16_000
    assert loud[loud > 2.9][0] == pytest.approx(3, abs=0.04)


def test_what_is_not_there_is_said(tmp_path):
    ffmpeg(*picture(0.2), tmp_path / "still.mp4")
    ffmpeg(*sound(0.2), tmp_path / "a.wav")
    with pytest.raises(MiloError, match=r"still\.mp4 has no sound"):
        next(decode.audio(tmp_path / "still.mp4", 16_000))
    with pytest.raises(MiloError, match=r"a\.wav has no picture"):
        next(decode.frames(tmp_path / "a.wav", 5))


def is_open(path: Path) -> bool:
    """Does this process hold the file open? (A deleted file stays open on POSIX, and nothing says so.)"""
    wanted = path.stat()
    for descriptor in range(256):
        with suppress(OSError):
            found = os.fstat(descriptor)
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    return False


def test_stopping_early_closes_the_file(tmp_path):
    path = clip(tmp_path / "a.mp4")
    frames, samples = decode.frames(path, 25), decode.audio(path, 16_000, chunk_s=0.1)
    for stream in (frames, samples):
        next(stream)
        assert is_open(path)
        stream.close()
        assert not is_open(path)
