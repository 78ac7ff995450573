"""What the four Adroit tasks share: three rewards by option, and demonstrations in DAPG's format."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from hand_envs.core.options import one_of
from hand_envs.core.simulation import Simulation, State
from hand_envs.core.task import Array, Parts, Task
from hand_envs.hands.adroit import ADROIT


class AdroitTask(Task):
    """An Adroit task with DAPG's dense and sparse rewards and the reward of the residual-RL paper.

    Args:
        reward: `dense` is the DAPG original (gymnasium-robotics 1.4 has the sign of its first term wrong in three of
            the tasks), `sparse` is 10 at the goal and -0.1 elsewhere, `paper` is the task reward of Garcia-Hernando
            et al., with that paper's success.
    """

    rewards: ClassVar[tuple[str, ...]] = ("dense", "sparse", "paper")
    """What the option `reward` can be: each a method that gives the terms."""

    hand = ADROIT
    pixel_camera = "vil_camera"
    handled = ("Object",)
    goal_steps = 26
    formats = ("dapg",)

    def __init__(self, reward: str = "dense") -> None:
        self.reward_type = one_of("reward", reward, self.rewards)

    def reward(self, sim: Simulation) -> Parts:
        terms: Parts = getattr(self, self.reward_type)(sim)
        return terms

    def success(self, sim: Simulation) -> Array:
        as_in_dapg = self.reward_type in ("dense", "sparse")
        return self.goal_reached(sim) if as_in_dapg else self.success_in_paper(sim)

    @abc.abstractmethod
    def dense(self, sim: Simulation) -> Parts:
        """The dense reward of DAPG."""

    def sparse(self, sim: Simulation) -> Parts:
        """The sparse reward: 10 at the goal, -0.1 elsewhere."""
        return {"goal": np.where(self.goal_reached(sim), 10.0, -0.1)}

    @abc.abstractmethod
    def paper(self, sim: Simulation) -> Parts:
        """The task reward of the residual-RL paper (its appendix 5)."""

    @abc.abstractmethod
    def goal_reached(self, sim: Simulation) -> Array:
        """Whether the goal is reached now, as DAPG defines it."""

    @abc.abstractmethod
    def success_in_paper(self, sim: Simulation) -> Array:
        """Whether the goal is reached now, as the residual-RL paper defines it."""

    def start_from(self, format_name: str, record: Mapping[str, Any]) -> State:
        return self.start_from_dapg(record) if format_name == "dapg" else super().start_from(format_name, record)

    def start_from_dapg(self, state: Mapping[str, Array]) -> dict[str, Array]:
        """The start (for `reset(options={"state": ...})`) that a DAPG file's `init_state_dict` describes."""
        names = ("qpos", "qvel", *self.variations)
        return {name: np.array(state[name], dtype=np.float64) for name in names}
