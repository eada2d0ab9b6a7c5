"""Many channels to one: nothing in them is lost, and ordinary stereo is its mean."""

import av
import numpy as np
import pytest

from milo_demo import AnalysisOptions, analyse
from milo_demo.media import decode
from milo_demo.media.downmix import mixed, settle
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from tests.media.making import beeps_s, broadcast, ffmpeg

RATE_HZ = 16_000
TONE_HZ = 997
"""No divisor of the rate: a WAV of whole periods looks to FFmpeg like the packets of a transport stream."""
TONE = f"0.3*sin({2 * np.pi * TONE_HZ}*t)"


def stored(path, *channels, layout=None, duration_s=2, options=()):
    """A file of these channels, each a formula."""
    layouts = [f":c={layout}"] if layout else [""]
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{'|'.join(channels)}':s=48000:d={duration_s}{layouts[0]}", *options, path)
    return path


def settled(path, start_s=0.0, duration_s=None):
    found = probe(path)
    pieces = decode.pieces(found, RATE_HZ, start_s, duration_s or found.duration_s)
    return settle(found, pieces, RATE_HZ)


def level(source, **part):
    return float(np.concatenate(list(decode.audio(source, RATE_HZ, **part)), axis=1)[0].std())


def copy_levels(found, tmp_path):
    list(normalise(found, tmp_path / "copy.mp4"))
    return np.concatenate(list(decode.audio(tmp_path / "copy.mp4", RATE_HZ, mono=False)), axis=1).std(axis=1)


FULL = 0.3 / np.sqrt(2)


def test_stereo_and_mono_are_their_mean():
    sound = np.random.default_rng(0).standard_normal((2, 1000)).astype(np.float32)
    assert np.array_equal(mixed(sound, "stereo"), sound.mean(axis=0, keepdims=True))
    assert np.array_equal(mixed(sound[:1], "mono"), sound[:1])


@pytest.mark.parametrize("layout, weights", [
    ("5.1", [0.5, 0.5, 0.707, 0, 0.354, 0.354]),
    ("5.1(side)", [0.5, 0.5, 0.707, 0, 0.354, 0.354]),
    ("7.1", [0.5, 0.5, 0.707, 0, 0.354, 0.354, 0.354, 0.354]),
    ("6.1", [0.5, 0.5, 0.707, 0, 0.5, 0.354, 0.354]),
    ("quad", [0.5, 0.5, 0.354, 0.354]),
    ("2.1", [0.5, 0.5, 0]),
    ("ambisonic 1", [1, 0, 0, 0]),
    ("3 channels", [1 / 3] * 3),
    ("mono", [1]),
])  # fmt: skip
def test_channels_count_by_their_places(layout, weights):
    assert av.AudioLayout(layout).nb_channels == len(weights)
    np.testing.assert_allclose(mixed(np.eye(len(weights), dtype=np.float32), layout)[0], weights, atol=1e-3)


@pytest.mark.parametrize("kind", ["5.1", "5.1(side)", "mono"])
def test_no_drop_of_level_where_stereo_becomes_surround(tmp_path, kind):
    """The same beep in the front, in all of them, or in one."""
    (samples,) = np.concatenate(
        list(decode.audio(broadcast(tmp_path / "air.ts", [("stereo", 48_000), (kind, 48_000)]), RATE_HZ)), axis=1
    )
    first, second = (np.abs(samples[t * RATE_HZ :][: 2 * RATE_HZ]).max() for t in (0, 2))
    assert 0.9 * first < second


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "a.mp3", "a.flac"])
def test_one_side_inverted(tmp_path, name):
    path = stored(tmp_path / name, TONE, f"-0.8*{TONE}", layout="stereo")
    found, (warning,) = settled(path)
    assert found.only_channel == 0 and "left side" in warning and warning.endswith(".")
    assert level(path) < 0.2 * FULL
    assert level(found) == pytest.approx(FULL, rel=0.1)
    assert min(copy_levels(found, tmp_path)) > 0.7 * FULL, "the player's copy keeps both sides"


def test_the_louder_side_is_taken(tmp_path):
    found, (warning,) = settled(stored(tmp_path / "a.wav", f"-0.6*{TONE}", TONE, layout="stereo"))
    assert found.only_channel == 1 and "right side" in warning


@pytest.mark.parametrize("channels", [
    (TONE, TONE), (TONE, "0"), (TONE, "0.3*sin(5000*t)"), ("0", "0"), (TONE, f"-0.3*{TONE}"),
    ("0.3*random(0)", "0.3*random(1)"), (TONE, f"{TONE}*(1-2*between(t,0.5,0.7))"),
], ids=["alike", "one alone", "two", "silence", "a little", "noise", "for a moment"])  # fmt: skip
def test_ordinary_stereo_is_summed(tmp_path, channels):
    assert settled(stored(tmp_path / "a.wav", *channels, layout="stereo", duration_s=4))[1] == []


def test_what_cancels_only_later_is_found(tmp_path):
    """The first minute is silent, the second an inverted pair; a rumble that does not cancel is no excuse."""
    rumble, late = "0.2*sin(250*t)", f"{TONE}*gt(t,60)"
    path = stored(tmp_path / "a.flac", f"{late}+{rumble}", f"-1*{late}+{rumble}", layout="stereo", duration_s=120)
    found, warnings = settled(path)
    assert found.only_channel is not None and len(warnings) == 1
    assert settled(path, 0, 50)[1] == [], "the part that is analysed decides"


def test_channels_of_surround_that_cancel(tmp_path):
    path = stored(tmp_path / "a.wav", TONE, f"-1*{TONE}", "0", "0", "0", "0", layout="5.1")
    found, (warning,) = settled(path)
    assert level(path) < 0.01 < level(found) and "channel 1" in warning


def test_music_where_the_low_effects_should_be(tmp_path):
    """A recorder's six tracks, which FFmpeg takes for 5.1."""
    path = stored(tmp_path / "a.wav", "0", "0", "0", TONE, "0", "0", layout="5.1")
    found, (warning,) = settled(path)
    assert level(found) == pytest.approx(FULL, rel=0.05) and "channel 4" in warning


@pytest.mark.parametrize("layout, channels", [
    ("hexagonal", ("0", "0", "0", TONE, "0", "0")),
    ("5.1", ("0", "0", "0", TONE, "0", "0")), ("cube", ("0", "0", "0", "0", "0", "0", TONE, "0")), ("LFE", (TONE,)),
], ids=str)  # fmt: skip
def test_no_layout_makes_the_copy_silent(tmp_path, layout, channels):
    found, _ = settled(stored(tmp_path / "a.wav", *channels, layout=layout))
    assert max(copy_levels(found, tmp_path)) > 0.1 * FULL
    assert level(found) > 0.1 * FULL


@pytest.mark.parametrize("channels", [3, 6, 9, 11, 24])
def test_nameless_channels_are_all_in_the_copy(tmp_path, channels):
    """As recorders with many inputs write them; each in turn has the tone."""
    raw, path = tmp_path / "a.pcm", tmp_path / "a.wav"
    for at in (0, channels // 2, channels - 1):
        sound = np.zeros((RATE_HZ, channels))
        sound[:, at] = 0.3 * np.sin(2 * np.pi * TONE_HZ * np.arange(RATE_HZ) / RATE_HZ)
        (32_767 * sound).astype("<i2").tofile(raw)
        ffmpeg("-f", "s16le", "-ar", RATE_HZ, "-ch_layout", f"{channels} channels", "-i", raw, path)
        found, _ = settled(path)
        assert found.audio_layout == f"{channels} channels"
        assert max(copy_levels(found, tmp_path)) > 0.03 * FULL and level(found) > 0.03 * FULL


def test_an_analysis_says_that_one_side_is_inverted(example, tmp_path):
    ffmpeg("-ss", 2, "-t", 2, "-i", example, "-af", "pan=stereo|c0=c0|c1=-1*c0", tmp_path / "a.m4a")
    analysis = analyse(tmp_path / "a.m4a", AnalysisOptions(duration_s=2))
    assert next(row.heard for row in analysis.clip if row.label == "guitar") > 0.5
    assert any("cancel each other" in warning for warning in analysis.warnings)


def test_pieces_come_from_all_over(tmp_path):
    path = stored(tmp_path / "a.flac", f"{TONE}*between(t,55,57)+{TONE}*gt(t,118)", duration_s=120)
    pieces = list(decode.pieces(probe(path), RATE_HZ, 0, 120))
    assert len(pieces) == decode.PIECES and pieces[-1].std() > 0.1
    assert sum(piece.std() > 0.01 for piece in pieces) == 2
    whole = np.concatenate(list(decode.pieces(probe(path), RATE_HZ, 50, 10)), axis=1)
    assert whole.shape == (1, 10 * RATE_HZ) and beeps_s(whole[0], RATE_HZ) == pytest.approx([5], abs=0.01)
