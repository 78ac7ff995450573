"""`mujoco.batch`, which knows what of it is in use, goes on after a fork and writes no log file."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import weakref
from collections.abc import Iterator
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch

_LIVE: weakref.WeakSet[TrackedBatch] = weakref.WeakSet()
_CALLS = ("step", "forward", "reset")  # what `Batch` does on its threads


class TrackedBatch(Batch):  # type: ignore[misc]
    """A batch that knows which derived fields are in use, since states keep them.

    A field first asked for when simulations have moved on is computed for them then; `mujoco.batch` would show zeros
    until the next call.
    """

    def __init__(self, model: mujoco.MjModel, nsim: int, nthread: int) -> None:
        self.derived: dict[str, np.ndarray] = {}
        self.alike = True  # all simulations are still as they were made
        self._worker: Batch | None = None
        super().__init__(model, nsim, nthread)
        _LIVE.add(self)

    def bind(self, name: str) -> np.ndarray:
        values = super().bind(name)
        if not values.flags.writeable and name not in self.derived:
            self.derived[name] = values
            model, data = self.get_model(0), self.get_data(0)
            with writeable(values):
                for index in range(self.nsim):
                    if index == 0 or not self.alike:
                        self.get_model(index, model)
                        self.get_data(index, data)
                        mujoco.mj_forward(model, data)
                    values[index] = getattr(data, name)
        return values

    # --- after a fork ---------------------------------------------------------------------------------------------

    def leave_threads_behind(self) -> None:
        """The process was forked, and this is the child: the threads are the parent's, and a call would wait for them.

        From now on calls are done by a second batch, made when first needed. The arrays stay these, since everybody
        holds views of them. With one thread there is nothing to leave.
        """
        if self.nthread == 1:
            return
        for batch in filter(None, (self, self._worker)):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(batch._b))  # freeing it would wait for its threads too
        self._worker = None
        for name in _CALLS:
            self.__dict__[name] = functools.partial(self._call_worker, name)

    def _call_worker(self, name: str, *arguments: Any, **options: Any) -> Any:
        if self._worker is None:
            self._worker = Batch(self.model, self.nsim, self.nthread)
        worker = self._worker
        for field, values in self._expanded.items():
            worker.expand(field)[:] = values
        _copy(self, worker, self.derived)
        try:
            return getattr(worker, name)(*arguments, **options)
        finally:
            _copy(worker, self, self.derived)


def _copy(source: Batch, target: Batch, derived: dict[str, np.ndarray]) -> None:
    """What a call reads and what it writes, but for the model."""
    target.state[:], target.warning[:] = source.state, source.warning
    for field in derived:
        values = Batch.bind(target, field)
        with writeable(values):
            values[:] = Batch.bind(source, field)


@contextlib.contextmanager
def writeable(array: np.ndarray) -> Iterator[None]:
    """`mujoco.batch` protects derived arrays because its next call overwrites them; here that is what is wanted."""
    array.flags.writeable = True
    try:
        yield
    finally:
        array.flags.writeable = False


def _after_fork() -> None:
    for batch in list(_LIVE):
        batch.leave_threads_behind()


def _write_no_log_file() -> None:
    """MuJoCo logs warnings to a file in the current folder; who asked for another file keeps it."""
    config = mujoco.MjLogConfig.get()
    if config.logfile == "MUJOCO_LOG.TXT":
        config.logto_file = False
        config.set()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
_write_no_log_file()
