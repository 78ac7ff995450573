"""Every target that leaves here, for arm and motors, has gone through the limiter."""

from __future__ import annotations

from typing import Any

import numpy as np

from hand_envs.hands.limiter import ARM, Limited, Limits, limit
from hand_envs.hardware.arm import Arm
from hand_envs.hardware.servos import Servos
from hand_envs.hardware.settings import Sensed

Array = np.ndarray

_ARM = len(ARM)


class Motion:
    """Targets of arm and motors as one row, and the last ones sent.

    Args:
        servos: of the hand.
        arm: what carries it.
        limits: what no target exceeds.
        period: between two targets (s).
    """

    def __init__(self, servos: Servos, arm: Arm, limits: Limits, period: float) -> None:
        self.servos, self.arm, self.limits, self.period = servos, arm, limits, period
        pose, _, _ = arm.read()
        self._arm_sent = np.clip(pose, limits.low[:_ARM], limits.high[:_ARM])
        self._reach = limits.speed[_ARM:] * period

    @property
    def sent(self) -> Array:
        """The last targets, (6 + motors,)."""
        return np.concatenate([self._arm_sent, self.servos.sent])

    def arm_placed(self, pose: Array) -> None:
        """The arm was put there by other means."""
        self._arm_sent = np.clip(pose, self.limits.low[:_ARM], self.limits.high[:_ARM])

    def send(self, wanted: Any, sensed: Sensed) -> Limited:
        """Go to targets as far as is safe; while it is not known where the hand is, to the last ones again."""
        loads = np.concatenate([np.zeros(_ARM), sensed.currents[_ARM:]])
        done = limit(self.limits, wanted, self.sent, sensed.positions, self.period, loads)
        if sensed.stale:
            self.servos.repeat()
        else:
            self.servos.send(done.sent[_ARM:], self._reach)
            self._arm_sent = done.sent[:_ARM]
            self.arm.send(self._arm_sent)
        return self.compared(wanted)

    def compared(self, wanted: Any) -> Limited:
        """What was sent last, beside what is wanted."""
        return Limited(self.sent, self.sent != np.asarray(wanted))

    def yield_to(self, angles: Array) -> None:
        """Bring the motors' targets to where they are."""
        here = np.concatenate([self._arm_sent, angles])
        done = limit(self.limits, here, self.sent, here, self.period)
        self.servos.send(done.sent[_ARM:], self._reach)
