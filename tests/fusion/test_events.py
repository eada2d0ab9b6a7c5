import numpy as np
import pytest

from milo_demo.fusion.events import events
from milo_demo.grid import STEPS_PER_S
from milo_demo.instruments import LABELS


def test_events_carry_time_group_and_peak():
    scores = np.zeros((10, len(LABELS)))
    scores[2:4, LABELS.index("violin")] = [0.7, 0.9]
    scores[8:, LABELS.index("voice")] = 0.8
    violin, voice = events("heard", scores, 0.5, duration_s=5.0)
    assert (violin.label, violin.group, violin.score) == ("violin", "Instrument", pytest.approx(0.9))
    assert (violin.start_s, violin.end_s) == (2 / STEPS_PER_S, 4 / STEPS_PER_S)
    assert (voice.label, voice.group, voice.end_s) == ("voice", "Vocal", 5.0)


def test_tags_bring_their_own_labels_and_groups():
    scores = np.array([[0.9, 0.0], [0.8, 0.0], [0.0, 0.0]])
    (event,) = events("tag", scores, 0.5, 1.5, {"rock": "Genre", "slow": "Tempo"})
    assert (event.kind, event.label, event.group) == ("tag", "rock", "Genre")


def test_an_event_is_as_sure_as_its_highest_step_and_other_events_do_not_count():
    scores = np.zeros((9, len(LABELS)))
    scores[:, LABELS.index("harp")] = [0.6, 0.7, 0.4, 0, 0, 0, 0.8, 0.95, 0.6]
    assert [event.score for event in events("seen", scores, 0.5, 9.0)] == [0.7, 0.95]


def test_scores_of_other_labels_than_the_groups_are_a_mistake():
    with pytest.raises(ValueError):
        events("heard", np.zeros((3, 2)), 0.5, 1.5)
