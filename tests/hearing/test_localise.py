from dataclasses import replace

import numpy as np
import pytest

from milo_demo import AnalysisOptions, analyse
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.sound_field import Places, plane_wave, unit_vector
from milo_demo.hearing import localise
from milo_demo.instruments import LABELS
from milo_demo.media import decode
from tests.hearing.duet import LEFT, RIGHT, TwoTones, duet, tone, written


def heard(*labels: str, steps: int = 12) -> np.ndarray:
    scores = np.zeros((steps, len(LABELS)), np.float32)
    scores[:, [LABELS.index(label) for label in labels]] = 0.9
    return scores


def located(chunks, sources, labels):
    *_, found = localise.locate(chunks, places(sources), TwoTones(), heard(*labels), labels)
    return found


def places(sources, *shares) -> Places:
    return Places(np.array(sources).reshape(-1, 3), np.array(shares or [1.0] * len(sources)))


def test_everybody_is_found_in_the_own_place():
    found = located(np.split(duet(), 3, axis=1), [RIGHT, LEFT], ("violin", "tuba"))
    assert found["violin"] == pytest.approx((-90, 0)) and found["tuba"] == pytest.approx((90, 0))


def test_whom_no_place_is_surer_of_gets_no_direction():
    assert set(located([duet()], [RIGHT, LEFT], ("violin", "flute"))) == {"violin"}


def test_who_is_hardly_heard_at_all_does_not_stand_where_it_is_loudest():
    scores = 0.5 * heard("violin")
    *_, found = localise.locate([duet()], places([RIGHT, LEFT], 1.0, 0.2), TwoTones(), scores, ["violin"])
    assert found == {}


def test_of_two_places_that_sound_alike_the_weak_one_is_the_echo():
    for first, second in (((LEFT, RIGHT), -90), ((RIGHT, LEFT), 90)):
        chunks = [(np.array([[1], [0], [0], [0]]) * tone("violin")).astype(np.float32)]
        *_, found = localise.locate(chunks, places(first, 1.0, 0.2), TwoTones(), heard("violin"), ["violin"])
        assert found["violin"].azimuth_deg == pytest.approx(second)


def test_where_there_is_one_place_all_stand_there_unasked():
    assert located([], [RIGHT], ("violin", "flute")) == {label: pytest.approx((90, 0)) for label in ("violin", "flute")}


def test_no_place_and_nobody_heard_are_no_directions():
    assert located([], [], ("violin",)) == {}
    assert located([], [RIGHT, LEFT], ()) == {}


def test_steps_in_which_a_label_is_not_heard_do_not_count():
    """The violin changes sides in the second half, in which it is not said to be heard."""
    sound = np.concatenate([duet(), duet()[:, ::-1] * np.array([[1], [-1], [1], [1]], np.float32)], axis=1)
    scores = heard("violin", steps=24)
    scores[12:] = 0
    *_, found = localise.locate([sound], places([LEFT, RIGHT]), TwoTones(), scores, ["violin"])
    assert found["violin"] == pytest.approx((-90, 0))


def test_how_sure_the_classifier_is_is_a_mean_over_the_steps_in_which_the_label_is_heard(monkeypatch):
    """Two places, two labels; each sample stands for a step, and the sound for the classifier's word."""
    monkeypatch.setattr(localise, "_logits", lambda sounds, classifier: np.stack([sounds, 10 * sounds], axis=-1))
    chunks = [np.array([row, *[[9] * len(row)] * 4], np.float32) for row in ([1, 3], [6, 8], [5])]
    scores = np.array([[0.5, 0], [0.4, 0], [0.9, 0], [0, 0.7], [1, 1]])
    weights = np.array([[1, 0, 0, 0], [-1, 0, 0, 0]], np.float32)
    found = list(localise.listen(chunks, weights, TwoTones(), scores))
    assert [logits.tolist() for logits in found] == [
        [[1, 0], [-1, 0]],
        [[3.5, 80], [-3.5, -80]],
        [[4, 65], [-4, -65]],
    ]


def test_sound_beyond_the_last_score_does_not_count(monkeypatch):
    monkeypatch.setattr(localise, "_logits", lambda sounds, classifier: np.asarray(sounds)[..., None])
    (found,) = localise.listen(
        [np.full((4, 3), 2, np.float32)], np.eye(4, dtype=np.float32), TwoTones(), np.ones((2, 1))
    )
    assert found.tolist() == [[2]] * 4


def taken_all_around(found):
    return replace(found, projection="equirectangular")


def recognised(found):
    return localise.recognise(found, list(decode.pieces(found, RATE_HZ, 0.0, found.duration_s)))


def test_channels_that_the_file_names_are_believed(tmp_path):
    found = written(tmp_path / "a.mkv", duet(), "-c:a", "libopus", "-mapping_family", 2, layout="ambisonic 1")
    assert localise.is_ambisonic(found)
    assert recognised(found) == (found, [])


@pytest.mark.parametrize("azimuth_deg", [180, 90, 0])
@pytest.mark.parametrize("layout", ["4.0", "quad", "4 channels"])
def test_four_channels_that_behave_like_it_are_ambisonics_also_without_a_picture(tmp_path, layout, azimuth_deg):
    """A recorder's WAV, whatever FFmpeg takes its channels for: the player behind, right, in front."""
    sound = plane_wave(unit_vector(azimuth_deg, 0))[:, None] * (tone("violin") + tone("tuba"))
    found, (warning,) = recognised(written(tmp_path / "a.wav", sound.astype(np.float32), layout=layout))
    assert found.audio_layout == "ambisonic 1" and "because they behave like it" in warning
    heard_level = np.concatenate(list(decode.audio(found, RATE_HZ)), axis=1).std()
    assert heard_level == pytest.approx(sound[0].std(), rel=0.02)


def test_higher_orders_are_recognised_by_their_first_four_channels(tmp_path):
    sound = np.concatenate([duet(), 0.1 * np.random.default_rng(0).standard_normal((5, duet().shape[1]))])
    found, (warning,) = recognised(written(tmp_path / "a.wav", sound.astype(np.float32), layout="9 channels"))
    assert found.audio_layout == "ambisonic 2" and "nine channels" in warning


def speakers(surround: float) -> np.ndarray:
    """Two players panned between the front loudspeakers, an echo of both in those behind."""
    one, other = tone("violin", 40), tone("tuba", 40)
    rng = np.random.default_rng(0)
    echoes = [np.convolve(one + other, rng.standard_normal(4000) * 0.999 ** np.arange(4000))[: len(one)] for _ in "lr"]
    echoes = [surround * echo / echo.std() * one.std() for echo in echoes]
    return np.stack([one + 0.5 * other, 0.5 * one + other, *echoes]) / 2


def microphones(far: float) -> np.ndarray:
    """Four of them along a stage, a player near the first, hiss in each."""
    rng = np.random.default_rng(0)
    apart = [np.roll(tone("violin", 40) + tone("tuba", 40), delay) for delay in (0, 7, 15, 22)]
    return np.stack([apart[0], *(far * sound for sound in apart[1:])]) + 0.001 * rng.standard_normal((4, len(apart[0])))


@pytest.mark.parametrize("sound", [
    *(speakers(level) for level in (0.0, 0.2, 0.5, 1.0)), *(microphones(level) for level in (0.3, 0.5, 1.0)),
    np.stack([tone("violin"), 0.5 * tone("tuba"), 0 * tone("tuba"), 0.5 * tone("violin")[::-1]]),
    np.stack([tone("violin")] * 4), np.stack([tone("violin")] * 2 + [0 * tone("violin")] * 2),
    np.array([[1], *[[3**-0.5]] * 3]) * np.random.default_rng(0).standard_normal((4, 40_000)) / 10,
], ids=[f"case {k}" for k in range(11)])  # fmt: skip
def test_loudspeakers_and_single_microphones_are_no_ambisonics(tmp_path, sound):
    found = written(tmp_path / "a.wav", sound.astype(np.float32), layout="quad")
    assert recognised(found) == (found, [])


def test_four_channels_under_a_360_degree_picture_are_ambisonics_by_their_energies(tmp_path):
    """Also where two loudspeakers could be the reason: all sound from the left."""
    sound = plane_wave(LEFT)[:, None] * tone("violin")
    found = written(tmp_path / "a.mp4", sound.astype(np.float32), "-c:a", "aac")
    assert recognised(found) == (found, [])
    named, (warning,) = recognised(taken_all_around(found))
    assert localise.is_ambisonic(named) and "as 360° cameras record it" in warning


def test_four_loudspeakers_are_no_ambisonics_even_there(tmp_path):
    speakers = np.stack([tone("violin") + k * tone("tuba") for k in range(4)]) / 4
    found = written(tmp_path / "a.mp4", speakers, "-c:a", "aac")
    same, (warning,) = recognised(taken_all_around(found))
    assert same == taken_all_around(found) and "do not behave" in warning


def test_stereo_is_left_alone(tmp_path):
    found = written(tmp_path / "a.mp4", duet()[:2], "-c:a", "aac", layout="stereo")
    assert recognised(taken_all_around(found)) == (taken_all_around(found), [])


@pytest.fixture(scope="module")
def around(example) -> np.ndarray:
    """The drawn duet's guitar, alone at first, behind on the left; its flute, alone at last, on the right."""
    (sound,) = np.concatenate(list(decode.audio(example, RATE_HZ)), axis=1)
    before, behind, right = np.arange(len(sound)) < 6 * RATE_HZ, unit_vector(-135, 0), RIGHT
    after = np.arange(len(sound)) > 9.5 * RATE_HZ
    return sum(plane_wave(where)[:, None] * sound * when for where, when in ((behind, before), (right, after)))


def test_an_analysis_says_where_everybody_is_heard(around, tmp_path):
    """Through the program, from a file whose channels have a name; the stereo that is played has the right sides."""
    written(tmp_path / "a.mkv", around, "-c:a", "libopus", "-mapping_family", 2, layout="ambisonic 1")
    analysis = analyse(tmp_path / "a.mkv", out=tmp_path / "result")
    rows = {row.label: row for row in analysis.clip}
    assert rows["guitar"].azimuth_deg == pytest.approx(-135, abs=10)
    assert rows["flute"].azimuth_deg == pytest.approx(90, abs=10)
    assert rows["flute"].elevation_deg == pytest.approx(0, abs=10)
    assert rows["violin"].azimuth_deg is None
    assert len(analysis.warnings) == 1 and "no picture" in analysis.warnings[0]
    left, right = np.concatenate(list(decode.audio(tmp_path / "result" / "video.mp4", RATE_HZ, mono=False)), axis=1)
    guitar, flute = slice(2 * RATE_HZ, 6 * RATE_HZ), slice(10 * RATE_HZ, 14 * RATE_HZ)
    assert left[guitar].std() > 2 * right[guitar].std()
    assert right[flute].std() > 2 * left[flute].std()


@pytest.mark.parametrize("projection", ["equirectangular", "auto"])
def test_nameless_channels_are_heard_in_all_directions_and_warned_of(around, tmp_path, projection):
    """The mean of the four channels would lose whoever stands below, behind and to the right."""
    written(tmp_path / "a.m4a", around[:, 8 * RATE_HZ :], "-c:a", "aac", "-b:a", "256k")
    analysis = analyse(tmp_path / "a.m4a", AnalysisOptions(projection=projection))
    rows = {row.label: row for row in analysis.clip}
    assert rows["flute"].heard > 0.5
    assert rows["flute"].azimuth_deg == pytest.approx(90, abs=10)
    assert any("AmbiX" in warning for warning in analysis.warnings)
