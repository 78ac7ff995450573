"""How a driver is set, and what it has sensed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Settings:
    """Times (s), and what is allowed to go wrong."""

    period: float = 0.05
    """Of a step."""
    watchdog: float = 0.2
    """In which servos that hear nothing stop by themselves; they count in 20 ms."""
    silent: float = 0.15
    """After which not to know where the hand is becomes a fault."""
    patience: float = 2.0
    """For which the servos are kept awake after the last step."""
    overruns: int = 5
    """Late steps in a row that become a fault."""
    hold: float = 0.25
    """For which a stopped hand holds what it has."""
    relax: float = 0.25
    """In which its grip then fades."""
    close: float = 2.0
    """In which everything has ended, whatever fails."""
    reboot: float = 1.0
    """For which to wait for a servo that begins anew."""


@dataclass(frozen=True)
class Sensed:
    """Where the hand is, (6 + motors,) each."""

    positions: Array
    """m and rad of the arm, rad of the motors."""
    speeds: Array
    currents: Array
    """mA of the motors; N and N m of the arm."""
    time: float
    """s, of the driver's timer."""
    stale: bool = False
    """It could not be heard this time, and this is what was heard last."""
