"""The arm that carries the palm: six numbers to be at, and where it is."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from hand_envs.hands.limiter import ARM

Array = np.ndarray


class Arm(Protocol):
    """x, y, z (m) and yaw, pitch, roll (rad) of the palm over the table."""

    def connect(self) -> None:
        """Be ready to move, without moving."""

    def read(self) -> tuple[Array, Array, Array]:
        """Pose (m, rad), speed (m/s, rad/s) and force (N, N m; zeros if it feels none), (6,) each."""

    def send(self, pose: Array) -> None:
        """Go there; returns at once."""

    def hold(self) -> None:
        """Stand where you are."""

    def collided(self) -> str:
        """What it ran into, in words; empty if nothing."""

    def recover(self) -> None:
        """Forget a collision."""

    def close(self) -> None:
        """Stand, and let go of the connection; more than once does no harm."""


class StillArm:
    """None: a hand on the desk, whose palm is where it is.

    Args:
        pose: said to be where the palm is.
    """

    def __init__(self, pose: Any = (0.0, 0.0, 0.2, 0.0, 0.0, 0.0)) -> None:
        self.pose = np.asarray(pose, np.float64)

    def connect(self) -> None: ...

    def read(self) -> tuple[Array, Array, Array]:
        return self.pose.copy(), np.zeros(6), np.zeros(6)

    def send(self, pose: Array) -> None: ...

    def hold(self) -> None: ...

    def collided(self) -> str:
        return ""

    def recover(self) -> None: ...

    def close(self) -> None: ...


class TwinArm:
    """The carrier of a twin; time passes there by whoever steps the simulation.

    Args:
        sim: one simulation of a scene with the carrier in it.
    """

    def __init__(self, sim: Any) -> None:
        self.sim = sim
        self._number = [sim.actuators.index(name) for name in ARM]

    def connect(self) -> None:
        self.hold()

    def read(self) -> tuple[Array, Array, Array]:
        fields = (self.sim.actuator_length, self.sim.actuator_velocity, self.sim.actuator_force)
        pose, speed, force = (field[0, self._number].copy() for field in fields)
        return pose, speed, force

    def send(self, pose: Array) -> None:
        self.sim.ctrl[0, self._number] = pose

    def hold(self) -> None:
        self.send(self.sim.actuator_length[0, self._number])

    def collided(self) -> str:
        return ""

    def recover(self) -> None: ...

    def close(self) -> None: ...
