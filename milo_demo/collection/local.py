"""Processes on this machine: each holds the models and has one clip at a time.

Whoever dies takes one clip along, which is given to another; and no process outlives the one that started it.
"""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any

from milo_demo.collection.clip import TRIES, Outcome, Task, given_up, work
from milo_demo.errors import MiloError

STILLBORN = 3
"""So many workers in a row that end before they have done anything: another would not fare better."""
UNABLE = "The workers end before they begin: analyse one clip alone to see what is wrong."
LEAST_MEMORY = 2_000_000_000
"""Bytes for each worker: what one takes with all models on a clip of some minutes."""
Work = Callable[[Task], Outcome]
BEGUN = "begun"


def usual_workers() -> int:
    """One for each processor that this process may use, as far as there is memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return cores
    return max(1, min(cores, memory // LEAST_MEMORY))


def threads_each(workers: int) -> int:
    """For one worker of so many on this machine."""
    return max(1, (os.cpu_count() or 1) // workers)


def run(tasks: Iterable[Task], workers: int, does: Work = work) -> Generator[Outcome, None, None]:
    """Outcomes of all tasks, in the order in which they come. Closing the iterator ends the workers at once.

    does : what is done with a task, importable from a module
    """
    todo, given_back = iter(tasks), deque[Task]()
    crew: list[_Worker] = []
    stillborn = 0

    def following() -> Task | None:
        return given_back.popleft() if given_back else next(todo, None)

    try:
        while True:
            for worker in [it for it in crew if it.task is None]:
                if (task := following()) is not None:
                    worker.give(task)
            while len(crew) < workers and (task := following()) is not None:
                crew.append(_Worker(does, threads_each(workers)))
                crew[-1].give(task)
            busy = {worker.pipe: worker for worker in crew if worker.task is not None}
            if not busy:
                return
            for pipe in connection.wait(list(busy)):
                worker = busy[pipe]  # pyright: ignore[reportArgumentType] - what was waited for
                try:
                    outcome = worker.hear()
                except (EOFError, OSError):  # it is dead
                    crew.remove(worker)
                    worker.end()
                    stillborn = 0 if worker.has_begun else stillborn + 1
                    if stillborn >= STILLBORN:
                        raise MiloError(UNABLE) from None
                    assert worker.task is not None
                    task = replace(worker.task, tries=worker.task.tries + worker.has_begun)
                    if task.tries > TRIES:
                        yield given_up(task)
                    else:
                        given_back.append(task)
                else:
                    if outcome is not None:
                        stillborn = 0
                        yield outcome
    finally:
        for worker in crew:
            worker.end()


class _Worker:
    """One process, and the task that it has.

    has_begun : whether it has come so far as to work on a task
    """

    def __init__(self, does: Work, threads: int) -> None:
        self.task: Task | None = None
        self.has_begun = False
        self.pipe, end = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(target=_main, args=(end, does, threads), daemon=True)
        self._process.start()
        end.close()

    def give(self, task: Task) -> None:
        self.task = task
        with suppress(OSError):  # it is dead, which is noticed when it is heard
            self.pipe.send(task)

    def hear(self) -> Outcome | None:
        """What it has to say: that it begins, None, or the outcome of its task, which it then has no more. Raises
        EOFError or OSError where it is dead."""
        said = self.pipe.recv()
        if said == BEGUN:
            self.has_begun = True
            return None
        self.task = None
        return said

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _main(pipe: Connection, does: Work, threads: int) -> None:
    """A worker's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the one who started it
    parent: Any = parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    keep_to(threads)
    with suppress(EOFError, OSError):  # nobody is at the other end any more
        while True:
            task = pipe.recv()
            pipe.send(BEGUN)
            pipe.send(does(task))


def keep_to(threads: int) -> None:
    """Have the libraries that count use no more threads in this process, which they learn when they are imported."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENCV_FOR_THREADS_NUM"] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
