"""A twin that emulated servos move: MuJoCo behind the bus."""

from __future__ import annotations

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.hands.limiter import ARM
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.tables import TICK

Array = np.ndarray


class TwinPlant:
    """Shafts that are the motors of a built hand. See `plants.Plant`.

    Args:
        sim: one simulation of a scene with the hand; it is stepped here and nowhere else.
        profile: of the hand.
    """

    def __init__(self, sim: Simulation, profile: HandProfile) -> None:
        self.sim = sim
        mountings = Calibration.nominal(profile, "twin").motors
        self._sign = np.array([mountings[motor.name].sign for motor in profile.motors], np.float64)
        self._zero = np.array([mountings[motor.name].homing_offset for motor in profile.motors]) * TICK
        self._caps = np.array([motor.current for motor in profile.motors], np.float64)
        self._torque, self._gain = profile.servos.torque, profile.servos.gain
        self._low, self._high = sim.model.actuator_ctrlrange[len(ARM) :].T
        self.start = self.shafts()

    def shafts(self) -> Array:
        """Where they stand (rad)."""
        return self._zero + self._sign * self.sim.actuator_length[0, len(ARM) :]

    def step(self, goals: Array, torque: Array, currents: Array, dt: float) -> tuple[Array, Array, Array]:
        sim, arm = self.sim, len(ARM)
        here = sim.actuator_length[0, arm:]
        wanted = np.clip(self._sign * (goals - self._zero), self._low, self._high)
        # A servo of the twin pulls by gain * error: less current is a smaller error. At its cap it is limited anyway.
        most = np.where(currents < self._caps, self._torque * currents / 1000 / self._gain, np.inf)
        most = np.where(torque, most, 0.0)
        sim.ctrl[0, arm:] = np.clip(wanted, here - most, here + most)
        sim.step(round(dt / sim.timestep))
        drawn = 1000 * sim.actuator_force[0, arm:] / self._torque
        return self.shafts(), self._sign * sim.actuator_velocity[0, arm:], self._sign * drawn
