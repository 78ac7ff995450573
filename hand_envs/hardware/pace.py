"""When steps are due: at fixed times, however long each took."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Protocol


class Timer(Protocol):
    """What tells the time and waits; a test has one of its own and needs no sleep."""

    def now(self) -> float:
        """Seconds since some beginning; never goes back."""

    def wait(self, until: float) -> None:
        """Until that time; at once if it has passed."""


class RealTimer:
    """The time of this machine."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, until: float) -> None:
        time.sleep(max(until - time.monotonic(), 0.0))


@dataclass
class Pace:
    """Deadlines every `period` seconds after the first.

    A step that is late waits for the next deadline: made up for by short steps, a delay would be a burst of commands.
    """

    timer: Timer
    period: float
    """s"""
    overruns: int = 0
    """Deadlines missed since the pace began."""
    in_a_row: int = 0
    """Of these, how many without one kept in between."""

    def begin(self) -> None:
        """Now is a deadline, and nothing is late yet."""
        self._began, self._step = self.timer.now(), 0
        self.overruns = self.in_a_row = 0

    def wait(self) -> bool:
        """Wait for the next deadline; whether it was missed."""
        due = self._step + 1
        reached = math.floor((self.timer.now() - self._began) / self.period + 1e-9)
        late = reached >= due
        self._step = max(due, reached + 1) if late else due
        self.overruns += late
        self.in_a_row = self.in_a_row + 1 if late else 0
        self.timer.wait(self._began + self._step * self.period)
        return late
