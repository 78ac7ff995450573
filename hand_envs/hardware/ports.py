"""Where a driver finds its hand: at a serial port, or on an emulated bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.clocks import ManualClock
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.plants import FirstOrder, Plant
from hand_envs.hardware.tables import TICK
from hand_envs.hardware.transports import MemoryTransport, open_serial

STOP = 0.05
"""rad beyond the range of a finger, where an emulated one meets its mechanical stop."""
EMULATED = "emulated"
"""The port of a bus that is emulated, in time that does not wait."""


class EmulatedTimer:
    """The time of an emulated bus, which passes by being waited for.

    Args:
        emulated: the bus, on a `ManualClock`.
    """

    def __init__(self, emulated: EmulatedBus) -> None:
        self._emulated = emulated
        self._clock: Any = emulated.clock

    def now(self) -> float:
        return self._clock()

    def wait(self, until: float) -> None:
        self._clock.advance(until - self._clock())
        self._emulated.advance()


def emulated_bus(
    profile: HandProfile, plant: Plant | None = None, clock: Callable[[], float] | None = None
) -> EmulatedBus:
    """A bus with the servos of this hand, open.

    Args:
        profile: of the hand.
        plant: what the servos move; each a motor of its own if None.
        clock: gives the time (s); None for time that waits for nobody.
    """
    calibration = Calibration.nominal(profile, "emulated")
    mountings = [calibration.motors[motor.name] for motor in profile.motors]
    start = [each.ticks(motor.open) for each, motor in zip(mountings, profile.motors, strict=True)]
    ends = [
        sorted((each.ticks(motor.low), each.ticks(motor.high)))
        for each, motor in zip(mountings, profile.motors, strict=True)
    ]
    low, high = np.array(ends).T * TICK
    plant = plant or FirstOrder(np.array(start) * TICK, low=low - STOP, high=high + STOP)
    servos = profile.servos
    return EmulatedBus(
        [motor.id for motor in profile.motors],
        plant=plant,
        clock=clock or ManualClock(),
        model=servos.number,
        baud=servos.baud,
    )


def opener(profile: HandProfile, port: str, emulated: EmulatedBus | None = None) -> Callable[[], Bus]:
    """What opens the bus of a hand at a port; `emulated` is the bus behind the port of that name."""
    if port == EMULATED:
        behind = emulated or emulated_bus(profile)
        return lambda: Bus(MemoryTransport(behind))
    return lambda: Bus(open_serial(port, profile.servos.baud))
