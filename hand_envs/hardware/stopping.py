"""Hold, relax, and the end: none of it raises, for it is what is done when something else has."""

from __future__ import annotations

import math
from contextlib import suppress

from hand_envs.errors import BusError
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.motion import Motion
from hand_envs.hardware.pace import Timer
from hand_envs.hardware.settings import Settings

HOLDING = 0.5
"""The share of its cap that a motor is given to hold."""
BEAT = 0.05
"""s between two commands."""


class Stopping:
    """Ways to stop, from gentle to at once.

    Args:
        motion: of the hand.
        timer: tells the time and waits.
    """

    def __init__(self, motion: Motion, timer: Timer) -> None:
        self._motion, self._servos, self._timer = motion, motion.servos, timer

    def hold(self, seconds: float) -> None:
        """Bring the goals to where the hand is, through the limiter, and let it push less."""
        with suppress(BusError):
            self._servos.limit_current(HOLDING)
        for _ in range(math.ceil(seconds / BEAT)):
            with suppress(BusError):
                self._motion.yield_to(self._servos.read(self._servos.bus.clock() + BEAT / 2).angles)
            self._beat()

    def relax(self, seconds: float, within: float) -> None:
        """Let the grip fade, then take torque; all of it within so many seconds."""
        until = self._timer.now() + within
        beats = max(math.ceil(seconds / BEAT), 1)
        for beat in range(1, beats + 1):
            with suppress(BusError):
                self._servos.limit_current(HOLDING * (1 - beat / beats))
            self._beat()
        self.limp(until)

    def limp(self, until: float) -> None:
        """Take torque from each, and let the watchdogs rest."""
        with suppress(BusError):
            self._servos.limp(until)
        with suppress(BusError):
            self._servos.bus.broadcast("bus_watchdog", 0, times=2)

    def down(self, settings: Settings, held: bool) -> None:
        """The end of a session; `held` if it has been stopped before."""
        until = self._timer.now() + settings.close
        if not held:
            self.hold(settings.hold)
            self.relax(settings.relax, until - self._timer.now())
        else:
            self.limp(until)

    def _beat(self) -> None:
        self._timer.wait(self._timer.now() + BEAT)

    @staticmethod
    def at_once(bus: Bus) -> None:
        """Take all torque, told to everybody: nothing is waited for."""
        with suppress(BusError):
            bus.broadcast("torque_enable", 0, times=3)
