import numpy as np
import pytest

from milo_demo.evaluation.separation import notes
from milo_demo.evaluation.separation.case import Note
from milo_demo.evaluation.separation.melody import melody

TRUE = [Note("violin", 0.0, 1.0, 69), Note("violin", 1.0, 2.0, 71), Note("cello", 0.0, 2.0, 48)]


def with_label(label: str) -> list[Note]:
    return [note._replace(label=label) for note in TRUE]


def test_the_truth_is_right():
    assert notes.onset_f1(TRUE, TRUE) == notes.frame_f1(TRUE, TRUE) == notes.frame_f1(TRUE, TRUE, owner=False) == 1


def test_an_onset_may_be_50_ms_off_and_the_end_anywhere():
    def moved(by_s: float) -> list[Note]:
        return [note._replace(start_s=note.start_s + by_s, end_s=note.end_s + 0.5) for note in TRUE]

    assert notes.onset_f1(TRUE, moved(0.045)) == 1
    assert notes.onset_f1(TRUE, moved(0.06)) == 0


def test_owners_count_unless_they_are_left_open():
    swapped = with_label("flute")
    assert notes.onset_f1(TRUE, swapped) == notes.frame_f1(TRUE, swapped) == 0
    assert notes.frame_f1(TRUE, swapped, owner=False) == 1


def test_frames_are_counted():
    missing = TRUE[1:]
    assert notes.frame_f1(TRUE, missing) == pytest.approx(2 * 3 / (4 + 3))
    assert notes.onset_f1(TRUE, missing) == pytest.approx(2 * 2 / (3 + 2))
    assert notes.frame_f1(TRUE, []) == 0
    assert notes.frame_f1([], []) == notes.onset_f1([], []) == 1


def test_a_melody_is_read_off_a_clean_stem():
    """Three strokes, the last two on one pitch with a short rest between them."""
    rate_hz = 22_050
    time_s = np.arange(rate_hz) / rate_hz
    stroke = np.exp(-3 * time_s) * np.minimum(1, time_s / 0.01)
    stem = np.concatenate([
        stroke * sum(np.sin(2 * np.pi * k * hertz * time_s) / k for k in range(1, 5)) for hertz in (440, 494, 494)
    ]).astype(np.float32)  # fmt: skip
    found = melody(stem, rate_hz, "violin")
    assert [note.midi for note in found] == [69, 71, 71]
    np.testing.assert_allclose([note.start_s for note in found], [0, 1, 2], atol=0.05)
    assert {note.label for note in found} == {"violin"} and found[-1].end_s == pytest.approx(3, abs=0.05)


def test_silence_has_no_melody():
    assert melody(np.zeros(22_050, np.float32), 22_050, "bassoon") == []
