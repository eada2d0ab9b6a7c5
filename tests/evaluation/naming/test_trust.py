import numpy as np
import pytest

from milo_demo.evaluation.naming import trust
from milo_demo.hearing.classify import Scores
from milo_demo.instruments import FAMILIES, LABELS


def scores(families: dict[str, float], **heard: float) -> Scores:
    steps = 4
    instruments, kin = np.zeros((steps, len(LABELS)), np.float32), np.zeros((steps, len(FAMILIES)), np.float32)
    for label, score in heard.items():
        instruments[:, LABELS.index(label)] = score
    for family, score in families.items():
        kin[:, FAMILIES.index(family)] = score
    return Scores(instruments, np.zeros((steps, 0), np.float32), instruments, kin, features=np.zeros((steps, 1)))


def test_risk_falls_with_what_is_not_claimed():
    risk, coverage = trust.risk_coverage(np.array([0.2, 0.9, 0.8, 0.4]), np.array([False, True, True, False]))
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]


def test_where_no_name_is_sure_the_family_is_claimed():
    viola = trust.claim("violon_alto", scores({"bowed string": 0.9, "string": 0.95}, cello=0.4), slice(None))
    assert (viola.label, viola.name, viola.kin) == (None, "cello", "bowed string")
    assert trust.deepest(viola) == (pytest.approx(0.9), True)
    violin = trust.claim("violon", scores({"bowed string": 0.9}, violin=0.7), slice(None))
    assert trust.deepest(violin) == (pytest.approx(0.7), True)
