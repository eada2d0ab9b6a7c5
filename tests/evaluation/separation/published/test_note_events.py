import numpy as np
import pytest

from milo_demo.evaluation.separation.published.note_events import published
from milo_demo.separation.notes.salience import FRAMES_PER_S, LOWEST_PITCH, Salience


def heard(*notes: tuple[int, int, int]) -> Salience:
    """Notes (pitch, from, to), struck at their beginning."""
    sounding, onset = np.zeros((2, 88, 200), np.float32)
    for pitch, start, end in notes:
        sounding[pitch, start:end], onset[pitch, start] = 0.9, 0.8
    return Salience(sounding, onset, np.zeros((264, 200), np.float32), np.zeros((309, 200), np.float32))


@pytest.mark.parametrize("played, read", [
    ([(30, 20, 60)], [(30, 20, 60)]),
    ([(30, 20, 60), (30, 60, 90)], [(30, 20, 60), (30, 60, 90)]),
    ([(30, 20, 60), (37, 20, 50)], [(30, 20, 60), (37, 20, 50)]),
    ([(30, 20, 60), (31, 22, 40)], [(31, 22, 40)]),
    ([(30, 20, 28)], []),
    ([(30, 150, 200)], [(30, 150, 200)]),
])  # fmt: skip
def test_notes_last_from_their_onset_until_nothing_sounds(played, read):
    found = [
        (midi - LOWEST_PITCH, round(start_s * FRAMES_PER_S), round(end_s * FRAMES_PER_S))
        for start_s, end_s, midi in published(heard(*played))
    ]
    assert sorted(found) == sorted(read)


def test_a_gap_shorter_than_an_eighth_of_a_second_belongs_to_the_note():
    gap = heard((30, 20, 80))
    gap.note[30, 40:48] = 0
    assert [round(end_s * FRAMES_PER_S) for _, end_s, _ in published(gap)] == [80]
