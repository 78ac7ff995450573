"""Decide less often than the environment steps, and on fewer things than it has actuators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from agents.common.imports import need
from hand_envs.errors import OptionError

VecEnvWrapper: Any = need("stable_baselines3.common.vec_env").VecEnvWrapper

Array = np.ndarray


class Decisions(VecEnvWrapper):  # type: ignore[misc]
    """Each action is held for some steps, and moves some of the actuators; the others get 0.

    What an agent tries out lasts longer, and is about less: it takes fewer episodes to see what comes of it. The reward
    of a decision is the sum over its steps. An episode that ends within them ends the decision; the next episode waits
    with zero actions for its first one.

    Args:
        venv: the environments.
        hold: steps of a decision.
        actuators: those that are decided on; none means all.
    """

    def __init__(self, venv: Any, hold: int = 1, actuators: Sequence[int] = ()) -> None:
        self.hold, self.width = hold, venv.action_space.shape[0]
        self.actuators = chosen(actuators, self.width)
        space = venv.action_space
        super().__init__(
            venv, action_space=gym.spaces.Box(space.low[self.actuators], space.high[self.actuators], dtype=space.dtype)
        )

    def reset(self) -> Any:
        return self.venv.reset()

    def step_async(self, actions: Array) -> None:
        self.decided = spread(actions, self.actuators, self.width)

    def step_wait(self) -> Any:
        observation, reward, done, infos = self.venv.step(self.decided)
        for _ in range(self.hold - 1):
            observation, more, ended, later = self.venv.step(np.where(done[:, None], 0.0, self.decided))
            reward = reward + np.where(done, 0.0, more)
            for index in np.flatnonzero(~done):
                infos[index] = later[index]
            done = done | ended
        return observation, reward, done, infos


def chosen(actuators: Sequence[int], width: int) -> Array:
    """Indices of the actuators that are decided on, of so many; none means all."""
    indices = np.array(actuators or range(width), int)
    if indices.min() < 0 or indices.max() >= width or len(set(indices)) < len(indices):
        raise OptionError(f"actuators must be different numbers from 0 to {width - 1}, got {tuple(actuators)}.")
    return indices


def spread(actions: Array, actuators: Array, width: int) -> Array:
    """Actions of all actuators, from those of the ones that are decided on."""
    full = np.zeros((*actions.shape[:-1], width), actions.dtype)
    full[..., actuators] = actions
    return full
