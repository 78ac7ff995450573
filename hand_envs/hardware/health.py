"""How the servos are, as far as it changes slowly: warmth, work done, torque that has gone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from hand_envs.hardware.bringup import errors_in
from hand_envs.hardware.servos import Servos

WARM = 55.0
"""deg C from which a motor is given less current."""
SPARED = 0.6
"""The share of its cap that it is given then."""
OVER = 20.0
"""s over which the current is averaged."""
STEADY = 0.8
"""The share of its cap that a motor may draw for long, as the root of the mean of squares."""

BRIEFLY = 0.01
"""s for which to wait for one servo, of a step."""


@dataclass
class Health:
    """Looks at one servo a step, in turn.

    Args:
        servos: of the hand.
        hottest: temperature at which to stop (deg C).
    """

    servos: Servos
    hottest: float
    _next: int = 0
    _squares: np.ndarray | None = None
    _warm: set[int] = field(default_factory=set)
    _share: float = 1.0

    def work(self, currents: np.ndarray, seconds: float) -> None:
        """Note what was drawn (mA), and spare motors that have drawn much for long, or are warm.

        The mean square follows dm/dt = ((I / I_max)^2 - m) / OVER.
        """
        load = (currents / self.servos.caps) ** 2
        before = np.zeros_like(load) if self._squares is None else self._squares
        self._squares = before + (load - before) * -math.expm1(-seconds / OVER)
        tired = math.sqrt(float(self._squares.max())) > STEADY
        share = SPARED if tired or self._warm else 1.0
        if share != self._share:
            self.servos.limit_current(share)
            self._share = share

    def look(self) -> tuple[str, str] | None:
        """Look at the next servo, briefly; the kind and detail of a fault, None for all well."""
        number, name = self._next, self.servos.names[self._next]
        self._next = (number + 1) % len(self.servos.ids)
        found = self.servos.condition(number, self.servos.bus.clock() + BRIEFLY)
        if found["error"]:
            return "alert", f"{name}: {errors_in(found['error'])}"
        if found["temperature"] >= self.hottest:
            return "hot", f"{name}: {found['temperature']:.0f} deg C"
        if not found["torque"]:
            return "restarted", name
        if abs(found["current"] - round(self.servos.caps[number] * self._share)) > 1:  # nobody answers to a cap
            self.servos.limit_current(self._share)
        if found["temperature"] >= WARM:
            self._warm.add(number)
        else:
            self._warm.discard(number)
        return None
