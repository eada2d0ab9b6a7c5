import numpy as np
import pytest

from milo_demo.fusion.verdict import verdict
from milo_demo.hearing.localise import Direction
from milo_demo.instruments import LABELS


def scores(**values: float) -> np.ndarray:
    return np.array([values.get(label, 0.0) for label in LABELS])


def test_agreement_gains_and_a_missing_picture_does_not_veto():
    violin, piano = verdict(scores(violin=0.6, piano=0.8), scores(violin=0.6), visible=LABELS)[:2]
    assert (violin.label, violin.score) == ("violin", pytest.approx(0.84))
    assert (violin.heard, violin.seen, violin.played) == (0.6, 0.6, None)
    assert (piano.label, piano.score, piano.seen) == ("piano", pytest.approx(0.8), 0.0)


def test_a_class_without_visual_evidence_is_not_called_unseen():
    erhu = verdict(scores(erhu=0.7), scores(), visible=["violin"])[0]
    assert (erhu.label, erhu.seen, erhu.score) == ("erhu", None, pytest.approx(0.7))


def test_without_sound_or_picture_the_other_sense_decides():
    assert {row.heard for row in verdict(None, scores(harp=0.9), visible=LABELS)} == {None}
    assert {row.seen for row in verdict(scores(harp=0.9), None, visible=LABELS)} == {None}
    assert verdict(None, None, visible=LABELS) == []


def test_every_label_has_its_rank():
    rows = verdict(scores(harp=0.9), scores(), visible=["harp"])
    assert rows[0].label == "harp" and {row.label for row in rows} == set(LABELS)
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)


def test_who_was_heard_from_somewhere_stands_there():
    rows = verdict(scores(harp=0.9, tuba=0.8), None, LABELS, {"harp": Direction(-90.0, 10.0)})
    assert [(row.azimuth_deg, row.elevation_deg) for row in rows[:2]] == [(-90, 10), (None, None)]
