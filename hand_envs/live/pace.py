"""The pace of reality."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from hand_envs.live.sources import unix_time

BEHIND = 0.05  # s that are made up for; what is more is let go
GLANCE = 0.002  # s at most between looks at what else there is to do


class Pace:
    """Waits until it is time for each step.

    Args:
        clock: gives the time (s).
        sleep: waits so many seconds.
    """

    def __init__(self, clock: Callable[[], float] = unix_time, sleep: Callable[[float], object] = time.sleep) -> None:
        self.clock, self.sleep = clock, sleep
        self.late = 0
        """Steps so late that it could not be made up for: an episode of a recording waits for them."""
        self._began: float | None = None
        self._origin: float | None = None

    def begin(self, origin: float | None = None) -> None:
        """A new episode. What is called `now` is `origin` (s) at its beginning; None for what the clock says."""
        self._began, self._origin = self.clock(), origin

    def wait(self, elapsed: float, meanwhile: Callable[[], object] = lambda: None) -> float:
        """Wait until so many seconds have passed since the beginning; gives what is called `now`.

        Args:
            elapsed: s.
            meanwhile: is called every `GLANCE` s and at the end.
        """
        if self._began is None:
            self.begin()
        assert self._began is not None
        began = self._began
        ahead = began + elapsed - self.clock()
        if ahead < -BEHIND:
            self.late += 1
            self._began -= ahead
        for _ in range(ceil(ahead / GLANCE)):
            self.sleep(min(max(began + elapsed - self.clock(), 0.0), GLANCE))
            meanwhile()
        return self.now()

    def now(self) -> float:
        """What time it is in the episode (s)."""
        if self._began is None or self._origin is None:
            return self.clock()
        return self._origin + self.clock() - self._began
