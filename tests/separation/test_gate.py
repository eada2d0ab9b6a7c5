import numpy as np
import pytest
from numpy.testing import assert_allclose

from milo_demo.features.stft import TRACK_HZ
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS
from milo_demo.outside import OTHERS
from milo_demo.separation.gate import Heard, against_best, gains, strangers
from milo_demo.separation.notes.owners import NoteFound

SECONDS = 6


def noise(level: float, seed: int) -> np.ndarray:
    return level * np.random.default_rng(seed).standard_normal((1, SECONDS * TRACK_HZ)).astype(np.float32)


def between(start_s: float, end_s: float) -> np.ndarray:
    time_s = np.arange(SECONDS * TRACK_HZ) / TRACK_HZ
    return ((time_s >= start_s) & (time_s < end_s)).astype(np.float32)


def power_db(sound: np.ndarray) -> float:
    return 10 * np.log10(np.square(sound).mean() + 1e-12)


def silenced(tracks, *others):
    return tracks[:-1] * gains(tracks, *others)[:, None]


def by_the_ear(own: np.ndarray, besides: np.ndarray | None = None) -> Heard:
    nobody = np.zeros(own.shape[1])
    return Heard(own, nobody, nobody if besides is None else besides)


def test_what_leaks_into_a_rest_is_not_heard():
    plays = noise(0.1, 0) * between(0, 3)
    tracks = np.stack([plays + noise(0.003, 1), noise(0.1, 2)])
    gated = silenced(tracks, [], [])
    rest = slice(int(3.5 * TRACK_HZ), None)
    assert power_db(gated[0][:, rest]) < power_db(tracks[1][:, rest]) - 60
    early = slice(0, int(2.9 * TRACK_HZ))
    assert_allclose(gated[0][:, early], tracks[0][:, early], atol=1e-6)


def test_a_track_of_nothing_but_leak_is_silent():
    tracks = np.stack([noise(0.01, 0), noise(0.1, 1)])
    assert not silenced(tracks, [], [])[0].any()


def test_a_quiet_player_among_loud_ones_is_not():
    tracks = np.stack([noise(0.04, 0), noise(0.1, 1)])
    assert_allclose(silenced(tracks, [], [])[0], tracks[0])


def test_who_is_known_by_notes_is_silent_between_them_without_a_click():
    tracks = np.stack([noise(0.1, 0), noise(0.1, 1)])
    note = NoteFound(0, 60, int(2 * 86.13), int(4 * 86.13), 0.0, 0.9)
    gated = silenced(tracks, [note], [0])
    assert not gated[0][:, : int(1.6 * TRACK_HZ)].any() and not gated[0][:, int(4.4 * TRACK_HZ) :].any()
    assert_allclose(gated[0][:, 2 * TRACK_HZ : 4 * TRACK_HZ], tracks[0][:, 2 * TRACK_HZ : 4 * TRACK_HZ])
    gain = gated[0] / tracks[0]
    assert np.abs(np.diff(gain[0])).max() < 1e-2


def test_talk_between_the_music_is_nobodys():
    tracks = np.stack([noise(0.1, 0), np.zeros((1, SECONDS * TRACK_HZ), np.float32)])
    half = int(SECONDS * STEPS_PER_S / 2)
    heard = np.array([[0.01] * half + [0.9] * (half + 1)])
    talk = np.array([0.9] * half + [0.1] * (half + 1))
    gated = silenced(tracks, [], [], by_the_ear(heard, talk))[0]
    assert not gated[:, : int(1.5 * TRACK_HZ)].any()
    assert_allclose(gated[:, 4 * TRACK_HZ :], tracks[0][:, 4 * TRACK_HZ :])
    assert_allclose(silenced(tracks, [], [], by_the_ear(heard))[0], tracks[0])  # quiet music is no talk


def test_silence_stays_silence():
    silent = np.zeros((3, 2, TRACK_HZ), np.float32)
    assert not silenced(silent, [], [0]).any()


@pytest.mark.parametrize("rest", [0.01, 0.25])  # as little is left of a rest once it is judged by the turns beside it
def test_where_the_ear_hears_nothing_only_sure_notes_are_believed(rest):
    tracks = np.stack([noise(0.1, 0), noise(0.1, 1)])
    heard = np.ones((1, int(SECONDS * STEPS_PER_S) + 1))
    heard[0, int(3 * STEPS_PER_S) :] = rest
    late = slice(int(4.5 * TRACK_HZ), None)
    assert not silenced(tracks, [], [0], by_the_ear(heard))[0][:, late].any()
    for score, stays in ((0.95, True), (0.6, False)):
        note = NoteFound(0, 60, 0, int(SECONDS * 86.13), 0.0, score)
        assert silenced(tracks, [note], [0], by_the_ear(heard))[0][:, late].any() == stays


def test_wherever_a_stretch_begins_its_tracks_open_when_the_ear_hears_them():
    tracks = np.stack([noise(0.1, 0), noise(0.1, 1)])
    note = NoteFound(0, 60, 0, int(SECONDS * 86.13), 0.0, 0.6)
    heard = np.zeros((1, 200))
    heard[0, 110:] = 1
    opens_s = []
    for at_s in (53.0, 54.0, 54.2):
        gated = silenced(tracks, [note], [0], by_the_ear(heard).since(at_s))[0]
        opens_s.append(at_s + np.flatnonzero(gated[0]).min() / TRACK_HZ)
    assert_allclose(opens_s, opens_s[0], atol=0.02)


def test_the_ear_is_measured_against_its_best():
    scores = np.zeros((4, len(LABELS)))
    scores[:, LABELS.index("flute")] = [0.2, 0.8, 0.4, 0]
    scores[:, LABELS.index("violin")] = [0.03, 0, 0, 0]
    assert_allclose(against_best(scores, ["flute", "violin"]), [[0.25, 1, 0.5, 0], [1, 1, 1, 1]])


def test_a_stranger_is_whoever_is_heard_and_not_asked_for_but_no_other_name_of_one_who_is():
    scores, others = np.zeros((3, len(LABELS))), np.zeros((3, len(OTHERS)))
    scores[:, LABELS.index("cello")] = 0.9
    scores[1, LABELS.index("flute")] = 0.4
    others[:, list(OTHERS).index("double bass")] = 0.8
    others[2, list(OTHERS).index("applause")] = 0.6
    assert_allclose(strangers(scores, others, ["cello"]), [0, 0.4, 0.6])
    assert_allclose(strangers(scores, others, ["flute"]), [0.9] * 3)
    assert_allclose(strangers(scores, np.zeros((3, 0)), ["cello", "flute"]), [0] * 3)
