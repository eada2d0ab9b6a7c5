"""More than one machine: a Ray cluster that exists. Its machines see the files under the same paths.

A worker has one clip under way and no other waits for it, so that the end of a machine costs one clip for each of its
workers, which is given to another.
"""

import os
import socket
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from milo_demo.collection.clip import TRIES, Outcome, Task, given_up
from milo_demo.collection.local import Work, keep_to, work
from milo_demo.errors import MiloError

REACH_S = 5.0
"""In which a cluster's address answers, if somebody is there."""
PATIENCE_S = 300.0
"""After so long without a single worker nothing more is expected of a cluster."""
STORE_BYTES = 100_000_000
"""Ray's own memory where it is started here: rows are small."""


def run(
    tasks: Iterable[Task], workers: int | None, address: str | None = None, does: Work = work
) -> Generator[Outcome, None, None]:
    """Outcomes of all tasks, in the order in which they come.

    workers : how many; None: as many as the cluster has processors
    address : HOST:PORT of a cluster's head; None starts Ray on this machine alone, as long as this lasts

    Raises MiloError where Ray or the cluster is not there.
    """
    ray = _ray(address)
    try:
        count = workers or max(1, round(ray.cluster_resources().get("CPU", 1)))
        yield from _run(ray, tasks, count, does)
    finally:
        ray.shutdown()


def _run(ray: Any, tasks: Iterable[Task], workers: int, does: Work) -> Generator[Outcome, None, None]:
    todo, given_back = iter(tasks), deque[Task]()
    hire = ray.remote(_Worker).options(num_cpus=1, scheduling_strategy="SPREAD").remote
    calls: dict[Any, tuple[Any, Task | None]] = {}  # under way: who does it, and what, None while they get ready

    def ready(worker: Any) -> None:
        calls[worker.ready.remote()] = worker, None

    for _ in range(workers):
        ready(hire(does))
    idle: list[Any] = []
    while True:
        while idle and (task := given_back.popleft() if given_back else next(todo, None)) is not None:
            worker = idle.pop()
            calls[worker.work.remote(task)] = worker, task
        if idle and len(idle) + sum(task is None for _, task in calls.values()) == len(idle) + len(calls):
            return  # nobody works, and nothing is left
        ended, _ = ray.wait(list(calls), num_returns=1, timeout=PATIENCE_S)
        if not ended and not idle and all(task is None for _, task in calls.values()):
            raise MiloError(f"The cluster has had no place for a worker for {PATIENCE_S:.0f} s: add machines to it.")
        for call in ended:
            worker, task = calls.pop(call)
            try:
                outcome = ray.get(call)
            except ray.exceptions.RayActorError:
                ready(hire(does))
                if task is not None and task.tries >= TRIES:
                    yield given_up(task)
                elif task is not None:
                    given_back.append(replace(task, tries=task.tries + 1))
                continue
            idle.append(worker)
            if task is not None:
                yield outcome


class _Worker:
    """Somewhere in the cluster: holds the models, has one clip at a time."""

    def __init__(self, does: Work) -> None:
        keep_to(1)
        self._does = does

    def ready(self) -> None: ...

    def work(self, task: Task) -> Outcome:
        return self._does(task)


def check(address: str | None) -> Any:
    """Ray itself, not yet connected. Raises MiloError where it is not installed, or nobody answers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray  # pyright: ignore[reportMissingImports] - an extra
    except ImportError as error:
        raise MiloError('Ray is not installed: run pip install "ray>=2.50,<3", or leave --engine out.') from error
    if address is not None:
        reach(address)
    return ray


def _ray(address: str | None) -> Any:
    """Ray, connected."""
    ray = check(address)
    where = {"address": address} if address else {"object_store_memory": STORE_BYTES, "include_dashboard": False}
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": {"PYTHONPATH": paths}}, **where)
    except (OSError, RuntimeError, ValueError) as error:
        raise MiloError(f"Ray cannot be reached ({type(error).__name__}): check that its cluster is up.") from error
    return ray


def reach(address: str) -> None:
    """Raises MiloError where nobody answers."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=REACH_S).close()
    except (OSError, ValueError) as error:
        raise MiloError(f"No Ray cluster answers at {address}: write HOST:PORT of its head, and start it.") from error
