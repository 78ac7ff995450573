"""A task with a user in it, whom an agent helps."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from hand_envs.core.measures import norm
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Task
from hand_envs.errors import OptionError
from hand_envs.users import User

_STEP, _APPLIED, _CORRECTION = "residual.step", "residual.applied", "residual.correction"


class Residual(Task):
    """A user acts in a task, and the agent corrects: a_t = kappa(x_t) - f_t (eq. 2 of Garcia-Hernando et al.).

    The observation is the task's and the action the user intends now; the agent's action in [-1, 1] is f_t in units of
    `limit`, and what is applied is clipped to [-1, 1]. The user decides where the episode starts, and its end truncates
    the episode. The reward is w_task times the task's terms, and `user_reward` times -0.1 |a_t - kappa(x_t)|.

    Args:
        task: what the user means to do.
        user: who.
        limit: largest correction, in normalised action units (0.2 is 20 % of half an actuator's range either way).
        w_task: weight of the task's reward (eq. 3; the imitation term of eq. 3 belongs to the agent).
        w_pose: weight of the hand being where the user's hand should be (eq. 6), for users who know.
        user_reward: weight of staying close to what the user intends.
        residual: False lets the agent act alone, seeing what the user intends: the baselines without correction.
    """

    choosable = ("sequence",)

    def __init__(
        self,
        task: Task,
        user: User,
        limit: float = 0.2,
        w_task: float = 1.0,
        w_pose: float = 0.0,
        user_reward: float = 0.0,
        residual: bool = True,
    ) -> None:
        if not 0 <= limit <= 2:
            raise OptionError(f"limit must be from 0 to 2, the whole of an actuator's range, got {limit}.")
        self.task, self.user, self.limit = task, user, limit
        self.w_task, self.user_reward, self.residual = w_task, user_reward, residual
        self.w_pose = w_pose
        self.horizon, self.frame_skip = user.longest, task.frame_skip  # type: ignore[misc]
        self.variations, self.constant = task.variations, task.constant  # type: ignore[misc]
        self.camera, self.pixel_camera = task.camera, task.pixel_camera  # type: ignore[misc]
        self.hand_root, self.handled = task.hand_root, task.handled  # type: ignore[misc]
        self.proprioception = (*task.proprioception, "intended")  # type: ignore[misc]

    def scene(self) -> mujoco.MjSpec:
        return self.task.scene()

    def prepare(self, sim: Simulation) -> None:
        self.task.prepare(sim)
        self.user.prepare(sim, self.task)
        sim.remember(_STEP, dtype=np.int64, low=0, high=2**53)
        sim.remember(_APPLIED, sim.model.nu)
        sim.remember(_CORRECTION, sim.model.nu)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        self.user.begin(sim, ids, rng)

    def choose(self, sim: Simulation, ids: Array, rng: Streams, chosen: Mapping[str, Array]) -> None:
        self.user.begin(sim, ids, rng, chosen["sequence"])

    def steps_taken(self, sim: Simulation) -> Array:
        """How many steps the user has taken, (n,)."""
        return sim.memory[_STEP]

    def intended(self, sim: Simulation) -> Array:
        """What the user intends now, (n, actuators)."""
        return self.user.intend(sim, self.steps_taken(sim))

    def observe(self, sim: Simulation) -> Parts:
        return {**self.task.observe(sim), "intended": self.intended(sim)}

    def control(self, sim: Simulation, action: Array) -> None:
        intended = self.intended(sim)
        applied = np.clip(intended - self.limit * action if self.residual else action, -1.0, 1.0)
        sim.memory[_APPLIED][:] = applied
        sim.memory[_CORRECTION][:] = applied - np.clip(intended, -1.0, 1.0)
        sim.memory[_STEP] += 1
        self.task.control(sim, applied)

    def reward(self, sim: Simulation) -> Parts:
        terms = {name: self.w_task * term for name, term in self.task.reward(sim).items()}
        if self.user_reward:
            terms["stay_close"] = -0.1 * self.user_reward * norm(sim.memory[_CORRECTION])
        if self.w_pose:
            away = self.task.keypoints(sim) - self.user.pose(sim, self.steps_taken(sim))
            terms["pose"] = -self.w_pose * np.sqrt(np.vecdot(away, away)).sum(axis=1)
        return terms

    def info(self, sim: Simulation) -> Parts:
        return {**self.task.info(sim), **self.user.info(sim), "applied_action": sim.memory[_APPLIED].copy()}

    def success(self, sim: Simulation) -> Array:
        return self.task.success(sim)

    def keypoints(self, sim: Simulation) -> Array:
        return self.task.keypoints(sim)

    def lost(self, sim: Simulation) -> Array | None:
        return self.task.lost(sim)

    def finished(self, sim: Simulation) -> Array:
        return self.user.finished(sim, self.steps_taken(sim))
