import numpy as np
import pytest

from milo_demo.grid import pool
from milo_demo.hearing.classify import Scores
from milo_demo.hearing.judging import in_context, judged, known
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.outside import OTHERS

STEPS = 10
GUITAR, VOICE = LABELS.index("guitar"), LABELS.index("voice")
NOBODY_KNOWS = np.zeros((0, 0), np.float32)


def scores(heard: float, believed: float, **families: float) -> Scores:
    instruments = np.zeros((STEPS, len(LABELS)), np.float32)
    names = instruments.copy()
    instruments[:, GUITAR], names[:, GUITAR] = heard, believed
    kin = np.zeros((STEPS, len(FAMILIES)), np.float32)
    for family, score in families.items():
        kin[:, FAMILIES.index(family.replace("_", " "))] = score
    return Scores(instruments, np.zeros((STEPS, 0), np.float32), names, kin, np.zeros((STEPS, len(OTHERS)), np.float32))


def with_mandolin(heard: Scores, score: float) -> Scores:
    heard.others[:, list(OTHERS).index("mandolin")] = score
    return heard


def test_what_is_believed_less_is_lowered_where_one_plays_alone():
    lowered = judged(scores(0.9, 0.3, plucked_string=0.8, string=0.9))
    assert pool(lowered)[GUITAR] == pytest.approx(0.3)


def test_no_clip_says_more():
    assert pool(judged(scores(0.6, 0.9, plucked_string=0.8)))[GUITAR] == pytest.approx(0.6)
    assert judged(scores(0.0, 0.9, plucked_string=0.8)).max() == 0


def test_in_ensembles_names_are_worth_what_they_are_in_company():
    band = scores(0.9, 0.3, plucked_string=0.8, reed=0.7)
    assert pool(judged(band))[GUITAR] == pytest.approx(0.9)
    assert pool(judged(band._replace(together=band.instruments * 0.5)))[GUITAR] == pytest.approx(0.45)


def test_whoever_plays_alone_is_worth_what_it_is_alone():
    alone = scores(0.9, 0.9, plucked_string=0.8, string=0.9)
    assert pool(judged(alone._replace(together=alone.instruments * 0.5)))[GUITAR] == pytest.approx(0.9)


def test_a_sure_stranger_leaves_our_names_the_rest_where_one_kind_sounds():
    strings = scores(0.9, 0.8, plucked_string=0.9, bowed_string=0.6, string=1.0)
    assert pool(judged(with_mandolin(strings, 0.7)))[GUITAR] == pytest.approx(0.3)


def test_a_stranger_in_a_band_or_hardly_heard_changes_nothing():
    band = scores(0.9, 0.3, plucked_string=0.8, percussion=0.9, string=0.9)
    assert pool(judged(with_mandolin(band, 0.7)))[GUITAR] == pytest.approx(0.9)
    duet = scores(0.9, 0.3, plucked_string=0.8, bowed_string=0.6, string=0.9)
    assert pool(judged(with_mandolin(duet, 0.4)))[GUITAR] == pytest.approx(0.9)


def test_without_a_vocabulary_no_name_is_judged():
    heard = scores(0.9, 0.3)
    assert pool(judged(Scores(heard.instruments, heard.tags)))[GUITAR] == pytest.approx(0.9)


def heard(*steps: float, label: int = GUITAR) -> np.ndarray:
    instruments = np.zeros((len(steps), len(LABELS)), np.float32)
    instruments[:, label] = steps
    return instruments


def test_what_plays_in_most_steps_around_plays_in_a_doubtful_one():
    assert in_context(heard(*[0.9] * 6, 0.4, *[0.9] * 6))[6, GUITAR] > 0.7


def test_what_flashes_up_once_is_doubted():
    assert in_context(heard(*[0.02] * 6, 0.7, *[0.02] * 6))[6, GUITAR] < 0.5


def test_what_sounds_steadily_stays_as_it_is():
    np.testing.assert_allclose(in_context(heard(*[0.7] * 30)), heard(*[0.7] * 30), atol=1e-6)


def test_silence_between_notes_stays_silent():
    assert in_context(heard(*[0.9] * 6, 0.0, *[0.9] * 6))[6, GUITAR] == 0


def test_a_player_who_leaves_is_not_heard_long_after():
    assert (in_context(heard(*[0.9] * 20, *[0.05] * 20))[22:, GUITAR] < 0.5).all()


def test_singers_stop_for_breath():
    sung = heard(*[0.9] * 6, 0.2, *[0.9] * 6, label=VOICE)
    np.testing.assert_array_equal(in_context(sung), sung)


@pytest.mark.parametrize("steps", [0, 1, 2, 11])
def test_clips_shorter_than_what_is_around(steps):
    assert in_context(heard(*[0.6] * steps)).shape == (steps, len(LABELS))


def test_who_is_known_to_play_needs_less_evidence_in_a_step():
    steps = heard(*[0.9] * 4, *[0.45] * 3, *[0.05] * 3)
    found = known(steps, NOBODY_KNOWS)
    assert (found[4:7, GUITAR] > 0.5).all() and (found[7:, GUITAR] < 0.5).all()
    np.testing.assert_allclose(pool(found), pool(steps), atol=1e-6)


def test_who_is_not_known_to_play_gains_nothing():
    steps = heard(0.6, *[0.4] * 9)
    np.testing.assert_array_equal(known(steps, NOBODY_KNOWS), steps)


def sung(levels_db: list[float]) -> np.ndarray:
    """What is said of a voice that the ear is sure of in four steps and not in all others."""
    steps = heard(*[0.9] * 4, *[0.3] * (len(levels_db) - 4), label=VOICE)
    found = known(steps, np.array(levels_db, np.float32)[:, None])
    np.testing.assert_allclose(pool(found), pool(steps), atol=1e-6)
    return found[:, VOICE]


def test_a_voice_sounds_where_it_is_about_as_loud_as_where_it_is_sure():
    found = sung([-20, -22, -21, -20, -24, -22, -45, -60, -np.inf, -np.inf])
    assert (found[:6] > 0.5).all() and (found[6:] < 0.2).all()


def test_a_few_shouts_take_no_voice_out_of_the_clip():
    steps = heard(*[0.7] * 20, label=VOICE)
    levels_db = np.array([*[0] * 3, *[-40] * 17], np.float32)[:, None]
    np.testing.assert_allclose(pool(known(steps, levels_db)), pool(steps), atol=1e-3)


def test_of_a_voice_whose_level_nobody_knows_nothing_is_said():
    steps = heard(*[0.9] * 4, *[0.3] * 6, label=VOICE)
    np.testing.assert_allclose(known(steps, NOBODY_KNOWS), steps, atol=1e-6)
    np.testing.assert_allclose(known(steps, np.full((10, 1), -np.inf, np.float32)), steps, atol=1e-6)


def test_silent_steps_stay_silent():
    assert known(heard(0.9, 0.9, 0.0, 0.9), NOBODY_KNOWS)[2].max() == 0
    assert known(heard(0.9, 0.9, 0.0, 0.9, label=VOICE), np.zeros((4, 1), np.float32))[2].max() == 0
