"""Whose turn it is: so many runs at once, over all visitors; who waits is served in turn and told how long it takes."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from milo_demo.ui.entry.pace import Pace

LOOK_S = 0.2
"""Between two looks at whether it is one's turn: each is a moment at which waiting can be cancelled."""
REMEMBERED = 8
"""Runs whose lengths say how long the next ones will take."""


class Ticket:
    """A run's claim to a place.

    pace : how it gets on, once it has the place
    """

    def __init__(self) -> None:
        self.pace: Pace | None = None


class Places:
    """Places for `count` runs at once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._turns = threading.Condition()
        self._waiting: deque[Ticket] = deque()
        self._working: list[Ticket] = []
        self._lasted_s: deque[float] = deque(maxlen=REMEMBERED)

    def wait(self, ticket: Ticket) -> Iterator[tuple[int, float | None]]:
        """Wait for a place; yields, every LOOK_S, how many are before one in the queue and in how many seconds it may
        be one's turn, None where that is not known. Ends when the ticket has its place, which `leave` gives back, also
        of one that still waits."""
        with self._turns:
            self._waiting.append(ticket)
        while True:
            with self._turns:
                if self._waiting[0] is ticket and len(self._working) < self.count:
                    self._waiting.popleft()
                    self._working.append(ticket)
                    ticket.pace = Pace()
                    self._turns.notify_all()
                    return
                place = self._waiting.index(ticket), self._left_s(self._waiting.index(ticket))
            yield place
            with self._turns:
                self._turns.wait(LOOK_S)

    def leave(self, ticket: Ticket, done: bool = False) -> None:
        """Give a place, or the claim to one, back. `done`: the run has come to its end, and tells of the next ones."""
        with self._turns:
            with suppress(ValueError):
                self._waiting.remove(ticket)
            if ticket in self._working:
                self._working.remove(ticket)
                if done and ticket.pace:
                    self._lasted_s.append(time.monotonic() - ticket.pace.began_s)
            self._turns.notify_all()

    def _left_s(self, ahead: int) -> float | None:
        """In how many seconds there is a place for who has so many before them."""
        left_s = [ticket.pace.left_s for ticket in self._working if ticket.pace]
        known_s = [it for it in left_s if it is not None]
        if len(known_s) < self.count or (ahead and not self._lasted_s):
            return None
        heapq.heapify(known_s)
        for _ in range(ahead):
            heapq.heapreplace(known_s, known_s[0] + sum(self._lasted_s) / len(self._lasted_s))
        return known_s[0]
