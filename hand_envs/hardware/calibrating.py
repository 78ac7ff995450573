"""Finding out how the servos of a hand are mounted, with a person beside it.

The person lays the hand flat, which is where its angles are 0, and bends every finger as far as it goes. Then each
motor is turned a little under small current: it must turn, and the person says whether that closed the hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hand_envs.errors import BusError, CalibrationError, HardwareError
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware import bringup
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.operators import Operator
from hand_envs.hardware.pace import Timer
from hand_envs.hardware.servos import Servos
from hand_envs.hardware.tables import TICK

FAR = 0.35
"""rad from where the profile has it, at which a zero is doubted."""
MARGIN = 0.03
"""rad by which a range ends before the stop that was felt."""
NUDGE = 0.12
"""rad"""
TURNED = 0.5
"""The share of a nudge that a motor must turn."""
GENTLE = 0.4
"""The share of its cap that it is given for that."""
SLICE = 0.02
"""s between two readings of fingers that a person bends."""


class Calibrating:
    """The steps of a calibration, on limp servos until the last.

    Args:
        bus: of the hand, open.
        profile: of the hand.
        hand: what its owner calls it.
        timer: tells the time and waits.
    """

    def __init__(self, bus: Bus, profile: HandProfile, hand: str, timer: Timer) -> None:
        self.profile, self.timer = profile, timer
        self.found = Calibration.nominal(profile, hand)
        bringup.expect_fit(bringup.inspect(bus, profile))
        self.servos = Servos(bus, profile, self.found)
        bringup.quiet(self.servos)

    def _ticks(self) -> np.ndarray:
        """Where the shafts are; a servo may have counted turns meanwhile, and forgets them without power."""
        found = self.servos.bus.sync_read(self.servos.ids, ["present_position"])["present_position"]
        return np.rint(found / TICK)

    def _remount(self, name: str, **changes: int) -> None:
        motors = dict(self.found.motors)
        motors[name] = replace(motors[name], **changes)
        self.found = replace(self.found, motors=motors)

    def zero(self, operator: Operator) -> None:
        """The hand is laid flat: here its angles are 0."""
        if not operator.ready("Lay the hand flat, fingers straight"):
            raise HardwareError("The operator has stopped.")
        for name, tick in zip(self.servos.names, self._ticks(), strict=True):
            mounting = self.found.motors[name]
            away = (tick - mounting.homing_offset) * TICK
            if abs(away) > FAR:
                raise CalibrationError(
                    f"{name} stands {away:+.2f} rad from where the profile has its zero: is the hand flat, and is "
                    f"motor {mounting.id} that one? If so, mount its horn anew."
                )
            moved = int(tick) - mounting.homing_offset
            self._remount(
                name,
                homing_offset=int(tick),
                range_min=max(mounting.range_min + moved, 0),
                range_max=min(mounting.range_max + moved, 4095),
            )

    def sweep(self, operator: Operator, done: Callable[[], bool]) -> None:
        """Fingers are bent until it is `done`: where they have been, but for a margin, is their range."""
        if not operator.ready("Bend every finger as far as it goes, to all sides"):
            raise HardwareError("The operator has stopped.")
        low = high = self._ticks()
        while not done():
            self.timer.wait(self.timer.now() + SLICE)
            try:
                now = self._ticks()
            except BusError:  # one reading of many
                continue
            low, high = np.minimum(low, now), np.maximum(high, now)
        margin = math.ceil(MARGIN / TICK)
        for name, first, last in zip(self.servos.names, low, high, strict=True):
            mounting = self.found.motors[name]
            ends = max(mounting.range_min, int(first) + margin), min(mounting.range_max, int(last) - margin)
            if ends[0] >= ends[1]:
                raise CalibrationError(f"{name} was not bent far enough to have a range. Begin again.")
            self._remount(name, range_min=ends[0], range_max=ends[1])

    def signs(self, operator: Operator, watchdog: float = 0.5) -> None:
        """Each motor is turned a little towards closing: it must turn, and the operator says that it closed."""
        self.found.check(self.profile)
        servos = self.servos = Servos(self.servos.bus, self.profile, self.found)
        bringup.configure(servos, self.profile, self.found)
        servos.limit_current(GENTLE)
        bringup.stand(servos, watchdog)
        try:
            for number, name in enumerate(servos.names):
                self._nudge(number, name, operator)
        finally:
            servos.limp()
            servos.bus.broadcast("bus_watchdog", 0, times=2)

    def _nudge(self, number: int, name: str, operator: Operator) -> None:
        start = self.servos.sent.copy()
        room = self.profile.motors[number].high - start[number] > NUDGE
        target = start.copy()
        target[number] += NUDGE if room else -NUDGE
        turned = (self._go(target) - start)[number]
        self._go(start)
        if turned / (target - start)[number] < TURNED:
            raise CalibrationError(f"{name} was to turn by {NUDGE:.2f} rad and turned by {turned:+.2f}: is it blocked?")
        if not operator.confirm(f"Did {name} {'close' if room else 'open'}?"):
            raise CalibrationError(
                f"{name} turns against its sign: set sign = {-self.profile.motors[number].sign} in the profile, or see "
                f"whether motor {self.servos.ids[number]} is that one."
            )

    def _go(self, angles: np.ndarray) -> np.ndarray:
        """Slowly there; where that is in the end."""
        for _ in range(12):
            self.servos.send(angles, np.full(len(angles), NUDGE / 6))
            self.timer.wait(self.timer.now() + 0.05)
        return self.servos.read().angles
