"""What an attempt needs of the environment it is made in."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from hand_envs.attempts.trajectory import Trajectory
from hand_envs.attempts.view import View
from hand_envs.core.arrays import real_numbers
from hand_envs.core.simulation import Simulation
from hand_envs.errors import ActionError, OptionError
from hand_envs.files.shipped import shipped
from hand_envs.rendering import Eyes, Look
from hand_envs.tasks.household.base import HouseholdTask

Array = np.ndarray

REACH = ((-0.25, -0.30, 0.0), (0.30, 0.30, 0.30))
"""Where contacts may be (m)."""


class Setting:
    """A household task, the camera above it, and tau: what one attempt and many have in common.

    Args:
        task: what is attempted.
        sim: where.
        tau: the motion after the grasp; the task's own by default.
        width: of pictures, in pixels.
        height: the same.
    """

    def __init__(
        self, task: Any, sim: Simulation, tau: Trajectory | None = None, width: int = 128, height: int = 128
    ) -> None:
        if not isinstance(task.unwrapped, HouseholdTask):
            raise OptionError(f"Attempts are made at household tasks (HandReal...), not at {type(task).__name__}.")
        self.task: HouseholdTask = task.unwrapped
        self.tau = tau or tau_of(self.task)
        camera = self.task.pixel_camera
        self.look = Look(camera, width, height, pretty=False)
        self.view = View.of(sim.model, camera, width, height)
        self.eyes = Eyes(sim, self.look)
        motors = self.task.profile
        low, high = (np.array((*at, *[turn] * 3)) for at, turn in zip(REACH, (-np.pi, np.pi), strict=True))
        self.action_space = spaces.Box(np.append(low, motors.low), np.append(high, motors.high), dtype=np.float64)
        self.observation_space = spaces.Dict(
            {
                "rgb": spaces.Box(0, 255, (height, width, 3), np.uint8),
                "depth": spaces.Box(0.0, np.inf, (height, width), np.float32),
            }
        )

    def admit(self, xi: Any, count: int) -> Array:
        """Attempts as (count, numbers), within what the arm reaches and the hand can do."""
        try:
            given = real_numbers(xi).astype(np.float64, copy=False)
        except ValueError as error:
            raise ActionError(f"An attempt is finite numbers, got {error}.") from None
        if given.shape != (count, *self.action_space.shape):
            raise ActionError(
                f"Expected {count} attempts of {self.action_space.shape[0]} numbers (contact, wrist, motors), got "
                f"shape {given.shape}."
            )
        if not np.isfinite(given).all():
            raise ActionError("An attempt is finite numbers (contact, wrist, motors), got some that are not.")
        return np.clip(given, self.action_space.low, self.action_space.high)

    def picture(self, index: int) -> dict[str, Array]:
        """What the camera above sees now."""
        camera = self.eyes.camera(self.look)
        return {"rgb": camera.picture(index), "depth": camera.depth(index)}


def tau_of(task: HouseholdTask) -> Trajectory:
    """The motion after the grasp that comes with a task, from one scripted demonstration."""
    return Trajectory.load(shipped(f"household/{task.name}.json", "trajectory for this task"))
