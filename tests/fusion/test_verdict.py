import numpy as np
import pytest

from milo_demo.fusion.verdict import verdict
from milo_demo.instruments import LABELS


def scores(**values: float) -> np.ndarray:
    return np.array([values.get(label, 0.0) for label in LABELS])


def test_agreement_gains_and_a_missing_picture_does_not_veto():
    violin, piano = verdict(scores(violin=0.6, piano=0.8), scores(violin=0.6), visible=LABELS)
    assert (violin.label, violin.score) == ("violin", pytest.approx(0.84))
    assert (piano.label, piano.score, piano.seen) == ("piano", pytest.approx(0.8), 0.0)


def test_a_class_without_visual_evidence_is_not_called_unseen():
    (erhu,) = verdict(scores(erhu=0.7), scores(), visible=["violin"])
    assert erhu.seen is None
    assert erhu.score == pytest.approx(0.7)


def test_without_sound_or_picture_the_other_sense_decides():
    assert verdict(None, scores(harp=0.9), visible=LABELS)[0].heard is None
    assert verdict(scores(harp=0.9), None, visible=LABELS)[0].seen is None
    assert verdict(None, None, visible=LABELS) == []


def test_nothing_is_named_on_no_evidence():
    assert verdict(scores(), scores(), visible=LABELS) == []
