"""What emulated servos move."""

from __future__ import annotations

from typing import Protocol

import numpy as np

Array = np.ndarray


class Plant(Protocol):
    """Motors and their load, one entry a servo in the order of ids; angles are the servos', whole turns included."""

    start: Array
    """Where they stand when power comes on (rad)."""

    def step(self, goals: Array, torque: Array, currents: Array, dt: float) -> tuple[Array, Array, Array]:
        """Let `dt` seconds pass.

        Args:
            goals: where each is to go now (rad).
            torque: which of them push at all.
            currents: the most each may draw (mA).
            dt: s.

        Returns:
            Positions (rad), velocities (rad/s) and currents (mA).
        """


class FirstOrder:
    """Each motor for itself, its error falling by 1 - 1/e in every `lag` seconds; without torque it stays.

    Args:
        start: where they stand (rad).
        low: mechanical stops (rad); none unless given, as with `high`.
        high: the same at the other end.
        lag: s.
        speed: the fastest they turn at full current (rad/s).
        stiffness: current drawn by so much error (mA/rad).
    """

    def __init__(
        self,
        start: Array,
        *,
        low: Array | float = -np.inf,
        high: Array | float = np.inf,
        lag: float = 0.05,
        speed: float = 6.0,
        stiffness: float = 2000.0,
    ) -> None:
        self.start = np.array(start, dtype=float)
        self.positions = self.start.copy()
        """Where they stand (rad); a person's hand may put them elsewhere."""
        self.low, self.high = low, high
        self.lag, self.speed, self.stiffness = lag, speed, stiffness

    def step(self, goals: Array, torque: Array, currents: Array, dt: float) -> tuple[Array, Array, Array]:
        pushing = torque & (currents > 0)
        error = np.where(pushing, goals - self.positions, 0.0)
        wanted = np.clip(error * -np.expm1(-dt / self.lag), -self.speed * dt, self.speed * dt)
        before = self.positions
        self.positions = np.clip(before + wanted, self.low, self.high)
        drawn = np.clip(self.stiffness * error, -currents, currents)
        return self.positions, (self.positions - before) / dt, drawn
