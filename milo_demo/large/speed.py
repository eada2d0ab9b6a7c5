"""How fast a larger model is to be expected on this machine."""

import time
from functools import cache

import numpy as np

from milo_demo.large.models import MODELS, REFERENCE_GFLOPS

SIDE, TIMES = 768, 4


def expected_pace(name: str) -> float:
    """Seconds that a model is expected to work for a second of a clip, by how fast this machine multiplies."""
    return MODELS[name].pace * REFERENCE_GFLOPS / gflops()


@cache
def gflops() -> float:
    """Thousand millions of multiplications and additions that this machine does a second on large matrices, asked once:
    a tenth of a second."""
    matrix = np.ones((SIDE, SIDE), np.float32)
    best_s = np.inf
    for _ in range(TIMES):
        began_s = time.perf_counter()
        np.matmul(matrix, matrix)
        best_s = min(best_s, time.perf_counter() - began_s)
    return 2 * SIDE**3 / max(best_s, 1e-9) / 1e9
