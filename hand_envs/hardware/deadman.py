"""Speaks to the servos between steps, so that a slow policy does not trip their watchdogs; but not for ever.

A hung policy leaves a hand that nobody steers. The servos stop by themselves once they hear nothing, and whatever
speaks to them keeps them from it: so this here falls silent when no step has come for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hand_envs.errors import BusError
from hand_envs.hardware.pace import RealTimer, Timer


class Deadman:
    """Feeds while steps come, and for `patience` seconds after the last.

    Args:
        feed: says something to the servos.
        timer: tells the time.
        every: how often to feed when nobody steps (s).
        patience: how long after the last step (s).
    """

    def __init__(self, feed: Callable[[], object], timer: Timer, every: float, patience: float) -> None:
        self._feed, self._timer, self.every, self.patience = feed, timer, every, patience
        self._waiting = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.step()

    def step(self) -> None:
        """A step has come, and has spoken to the servos."""
        self._stepped = self._fed = self._timer.now()
        self.expired = False

    @property
    def silence(self) -> float:
        """How long the servos have heard nothing from here (s)."""
        return self._timer.now() - self._fed

    def tick(self) -> None:
        """Feed if it is time to, or give up."""
        now = self._timer.now()
        if not self._waiting and now - self._stepped > self.patience:
            self.expired = True
        if self.expired or now - self._fed < self.every:
            return
        try:
            self._feed()
        except BusError:  # the next step finds it
            return
        self._fed = now

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Feed as long as this lasts: somebody is asked and takes their time, while the hand holds."""
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False
            self._stepped = self._timer.now()

    def start(self) -> None:
        """Tick by itself from now on; where time is not that of the machine, somebody else has to."""
        if isinstance(self._timer, RealTimer) and self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="deadman", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self.every / 2):
            self.tick()

    def stop(self) -> None:
        """Tick no more."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)
        self._thread = None
