import numpy as np
import pytest
import tones

from milo_demo.features.log_mel import STEP
from milo_demo.features.loudness import TARGET_DBFS, levels_dbfs
from milo_demo.instruments import LABELS
from milo_demo.training import concerts
from milo_demo.training.library import Take


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return tones.library(tmp_path_factory.mktemp("library"))


def test_a_seed_gives_one_programme(library):
    first, second = (concerts.Concerts(library, "train", 7) for _ in range(2))
    for _ in range(5):
        for a, b in zip(first.draw(1.0), second.draw(1.0), strict=True):
            np.testing.assert_array_equal(a, b)


def test_concerts_have_one_length_one_loudness_and_truth_of_known_labels(library):
    draws = concerts.Concerts(library, "train", 1)
    known = {LABELS.index(label) for label in tones.TONES_HZ}
    seen = set()
    for _ in range(60):
        sound, truth = draws.draw(1.0)
        assert sound.shape == (concerts.SAMPLES,) and np.isfinite(sound).all()
        assert abs(levels_dbfs(sound).max() - TARGET_DBFS) < 3
        assert truth.shape == (len(LABELS), concerts.STEPS)
        seen |= set(np.flatnonzero((truth == 1).any(axis=1)))
    assert seen == known


def tone(hertz: float, level: float, begin: int = 0, end: int = concerts.STEPS) -> np.ndarray:
    sound = np.zeros(concerts.SAMPLES, np.float32)
    time_s = np.arange((end - begin) * STEP) / 16_000
    sound[begin * STEP : end * STEP] = level * np.sin(2 * np.pi * hertz * time_s)
    return sound


def test_truth_follows_entries_and_leaves_the_dying_note_open():
    players = [Take("violin", (), "font", "", "train"), Take("tuba", (), "font", "", "train")]
    truth = concerts._truth([tone(880, 0.1, 2, 6), tone(110, 0.1)], players)
    assert truth[LABELS.index("violin")].tolist() == [0, 0, 1, 1, 1, 1, concerts.UNKNOWN, 0, 0, 0]
    assert truth[LABELS.index("tuba")].tolist() == [1] * 10
    assert not truth[LABELS.index("flute")].any()


def test_nothing_is_claimed_about_the_buried_and_the_look_alikes():
    players = [Take("violin", (), "font", "", "train"), Take("tuba", (), "font", "", "train")]
    truth = concerts._truth([tone(880, 0.2), tone(110, 0.01)], players)
    assert (truth[LABELS.index("tuba")] == concerts.UNKNOWN).all()
    viola = Take(None, ("violin", "cello"), "other", "", "train")
    truth = concerts._truth([tone(800, 0.1), tone(880, 0.1, 0, 5)], [viola, players[0]])
    assert truth[LABELS.index("violin")].tolist() == [1] * 5 + [concerts.UNKNOWN] * 5
    assert (truth[LABELS.index("cello")] == concerts.UNKNOWN).all()


def test_a_room_answers_at_once_and_dies_away():
    rng = np.random.default_rng(0)
    for _ in range(10):
        response = concerts._room(rng)
        assert np.abs(response[:20]).max() > 0.1
        assert np.abs(response[-100:]).max() < 0.05
