"""Cells on this machine: as many processes at once as asked for."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from benchmarks.runner.process import Order, Outcome, attempt
from hand_envs.core.simulation import cores


class Executor(Protocol):
    """Where attempts are made."""

    def room(self) -> int:
        """How many cells it can run at once, at least one."""

    def submit(self, order: Order) -> Future[Outcome]:
        """Begin an attempt. When it has ended, the cell's folder has what it left."""

    def stop(self) -> None:
        """Have the jobs stop, which lets them write checkpoints; does not wait."""

    def close(self) -> None:
        """Stop what still runs, and wait."""


class Local:
    """Processes of this machine.

    Args:
        workers: how many at once; 0 for one a core.
        nthread: cores of a job; 0 to share them out.
    """

    def __init__(self, workers: int = 0, nthread: int = 0) -> None:
        self.workers = workers or max(1, cores() // max(1, nthread))
        self.nthread = nthread or max(1, cores() // self.workers)
        self._stop = threading.Event()
        self._waiters = ThreadPoolExecutor(self.workers, "cell")

    def room(self) -> int:
        return self.workers

    def submit(self, order: Order) -> Future[Outcome]:
        return self._waiters.submit(attempt, replace(order, nthread=self.nthread), self._stop)

    def stop(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self.stop()
        self._waiters.shutdown(cancel_futures=True)
