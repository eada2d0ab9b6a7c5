"""How far a figure can be trusted: the interval that holds the truth 9 times out of 10, if the recordings or pictures
behind it are a fair sample of the world.

wilson    : of a share, from its count alone (Wilson 1927): stays within 0-1, and even none of twenty says something
bootstrap : of any figure, by drawing whole recordings or pictures anew, with replacement (Efron 1979; percentiles):
            steps of one recording resemble each other, so that they are no sample of anything
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.utils import resample

CONFIDENCE = 0.9
RESAMPLES = 200

Interval = tuple[float, float]
"""Low and high end."""


def wilson(hits: int, count: int) -> Interval:
    """Of the share `hits` / `count`.

    >>> low, high = wilson(8, 10)
    >>> round(low, 2), round(high, 2)
    (0.54, 0.93)
    """
    interval = binomtest(hits, count).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap(count: int, measure: Callable[[NDArray[np.intp]], Mapping[str, float]]) -> dict[str, Interval]:
    """Of every figure that `measure` gives; always the same.

    count   : how many recordings or pictures there are
    measure : of those that are drawn, by number (count,), some of them several times: name -> figure. Called RESAMPLES
              times; a figure that some draws have nothing to say of is judged by the others
    """
    found: dict[str, list[float]] = {}
    for seed in range(RESAMPLES):
        drawn = np.asarray(resample(np.arange(count), random_state=seed))
        for name, value in measure(drawn).items():
            found.setdefault(name, []).append(value)
    tails = [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)]
    return {name: _ends(np.percentile(values, tails)) for name, values in found.items()}


def _ends(percentiles: NDArray[np.float64]) -> Interval:
    low, high = percentiles.tolist()
    return low, high
