"""The pen in a hand that follows slowly, in which the planner's expert was trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts
from hand_envs.core.wrapper import TaskWrapper
from hand_envs.tasks.adroit import Pen

ENV_ID = "HandPenSteady-v0"
STEPS = 150
_COMMAND = "steady.command"
_FOLLOWS = 0.15  # share of the way to the action that the command goes in a step


class SteadyPen(TaskWrapper):
    """The pen, with commands that follow the actions as a slow hand would: what is applied is smooth.

    The hand starts with the command that keeps it as it is.

    Args:
        **options: of the pen.
    """

    horizon = STEPS  # type: ignore[assignment]

    def __init__(self, **options: Any) -> None:
        super().__init__(Pen(**options))

    def prepare(self, sim: Simulation) -> None:
        self.task.prepare(sim)
        sim.remember(_COMMAND, sim.model.nu)
        joints = sim.model.actuator_trnid[:, 0]
        sim.attached[self] = sim.model.jnt_qposadr[joints]

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        self.task.reset(sim, ids, rng)
        self._keep_still(sim, ids)

    def place(self, sim: Simulation, index: int, state: Mapping[str, Array]) -> None:
        self.task.place(sim, index, state)
        if "integration" not in state:  # a start
            self._keep_still(sim, np.array([index]))

    def _keep_still(self, sim: Simulation, ids: Array) -> None:
        still = (sim.qpos[ids][:, sim.attached[self]] - sim.control_center) / sim.control_reach
        sim.memory[_COMMAND][ids] = np.clip(still, -1.0, 1.0)

    def control(self, sim: Simulation, action: Array) -> None:
        command = sim.memory[_COMMAND]
        command += _FOLLOWS * (action - command)
        self.task.control(sim, command)

    def observe(self, sim: Simulation) -> Parts:
        return {**self.task.observe(sim), "command": sim.memory[_COMMAND]}

    def info(self, sim: Simulation) -> Parts:
        return {**self.task.info(sim), "applied_action": sim.memory[_COMMAND]}


if ENV_ID not in gym.registry:
    gym.register(
        ENV_ID,
        entry_point="hand_envs.env:HandEnv",
        vector_entry_point="hand_envs.env:HandVectorEnv",
        max_episode_steps=STEPS,
        kwargs={"task": "agents.planner.steady:SteadyPen"},
    )
