"""How long a run will still take, judged by how far it has come."""

import time
from collections.abc import Callable

LEAST_SHARE, LEAST_S = 0.08, 1.0
"""Of a run, done and spent, before anything is said: what is said then would be a guess."""
SMOOTH = 0.3
"""Weight of what the bar says now against what was said before, less the time since."""


class Pace:
    """Of one run, from when it is made.

    left_s : seconds that it will still take; None while nothing is known
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.began_s = self.at_s = clock()
        self.left_s: float | None = None

    def note(self, done: float) -> float | None:
        """So much of the run is done, 0-1. Returns `left_s`."""
        now_s = self.clock()
        spent_s = now_s - self.began_s
        if done >= LEAST_SHARE and spent_s >= LEAST_S:
            left_s = spent_s * (1 - done) / done
            before_s = left_s if self.left_s is None else max(0.0, self.left_s - (now_s - self.at_s))
            self.left_s = before_s + SMOOTH * (left_s - before_s)
        self.at_s = now_s
        return self.left_s
