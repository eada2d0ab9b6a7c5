import numpy as np
import pytest

from milo_demo.evaluation import intervals


def test_wilsons_interval_of_a_share():
    low, high = intervals.wilson(8, 10)
    assert 0.5 < low < 0.6 and 0.9 < high < 0.95
    low, high = intervals.wilson(0, 20)
    assert low == 0 and 0.05 < high < 0.2


def test_a_bootstrap_holds_the_figure_and_is_always_the_same():
    values = np.random.default_rng(0).normal(size=50)
    found = [intervals.bootstrap(50, lambda drawn: {"mean": values[drawn].mean()}) for _ in range(2)]
    assert found[0] == found[1]
    low, high = found[0]["mean"]
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.645 * values.std() / 50**0.5, rel=0.2)


def test_a_figure_that_some_draws_do_not_have_is_judged_by_the_others():
    found = intervals.bootstrap(3, lambda drawn: {"first": 1.0} if 0 in drawn else {})
    assert found == {"first": (1.0, 1.0)}
