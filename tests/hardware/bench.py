"""A hand on an emulated bus, and a driver of it, in time that does not wait."""

from __future__ import annotations

import itertools

import numpy as np

from hand_envs.hands.limiter import ARM
from hand_envs.hands.profile import profile
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.ports import EMULATED, EmulatedTimer, emulated_bus, opener
from hand_envs.hardware.tables import TICK

HAND = profile("dash")
HOME = np.array([0.0, 0.0, 0.2, 0.0, 0.0, 0.0, *HAND.home])


class Bench:
    """A driver, its emulated bus, and what of them tests ask."""

    def __init__(self, hand=HAND, calibration=None, **options):
        self.hand = hand
        self.bus = emulated_bus(hand)
        calibration = calibration or Calibration.nominal(hand, "bench")
        self.driver = HandDriver(
            hand, opener(hand, EMULATED, self.bus), calibration, timer=EmulatedTimer(self.bus), **options
        )

    @property
    def servos(self):
        return list(self.bus.servos.values())

    def torque(self) -> int:
        """How many motors push."""
        return sum(servo.torque for servo in self.servos)

    def wait(self, seconds: float) -> None:
        """Let time pass without anybody doing anything."""
        self.driver.timer.wait(self.driver.timer.now() + seconds)

    def written(self, name: str) -> list:
        """What reached the servos' registers of that name, and was taken."""
        return [each for each in self.bus.written if each.name == name and not each.error]

    def expect_safe_goals(self, slack: float = 0.51 * TICK) -> int:
        """No goal was ever beyond its range, or farther from the last than the speed allows; how many there were.

        A bring-up begins where the hand is: its first goal is that, and torque is off or the servo stands by itself.
        """
        limits, driver = self.driver.limits, self.driver
        seen = 0
        for number, motor in enumerate(self.hand.motors):
            column = len(ARM) + number
            mounting = driver.calibration.motors[motor.name]
            reach = limits.speed[column] * driver.settings.period + 1e-9
            last, begun = None, True
            for each in self.bus.written:
                if each.id != motor.id or each.error:
                    continue
                if each.name == "bus_watchdog" and each.value == 0:
                    begun = True
                if each.name != "goal_position":
                    continue
                angle = mounting.angle(each.value / TICK)
                assert limits.low[column] - slack <= angle <= limits.high[column] + slack, (motor.name, angle)
                assert begun or abs(angle - last) <= reach, (motor.name, each.time, angle, last)
                last, begun, seen = angle, False, seen + 1
        return seen


def wave(number: int, size: float = 0.5) -> np.ndarray:
    """Targets that go to and fro, as actions in [-1, 1]."""
    return size * np.sin(number / 10 + np.arange(len(HOME)))


def run(bench: Bench, steps: int, first: int = 0) -> list:
    """Steps until a fault; what each sent."""
    done = []
    for number in itertools.count(first):
        if len(done) == steps or bench.driver.fault:
            return done
        done.append(bench.driver.step(bench.driver.limits.targets(wave(number))))
    return None
