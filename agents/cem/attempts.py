"""An environment as attempts: a picture, an action, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.config import CemConfig
from agents.cem.search import deviations
from agents.common.environments import task_in
from hand_envs.attempts import GraspEpisode
from hand_envs.errors import HandEnvsError, OptionError
from hand_envs.tasks.household.base import HouseholdTask

Array = np.ndarray
Observation = Any
"""What an environment shows: an array, or a table of arrays such as depth and rgb."""

GRASP_BLOCKS, GRASP_SIGMA = (3, 3), (0.02, 0.2, 0.15)
"""Place (m), turn (rad) and fingers (rad) of a grasp."""
_QUARTER = 0.25  # of half the action's range, where a config says nothing of deviations


@dataclass(frozen=True)
class Attempt:
    """One attempt as whoever scores it sees it."""

    number: int
    """From 0."""
    before: Observation
    xi: Array
    after: Observation
    score: float
    """The environment's reward."""
    info: Mapping[str, Any]

    @property
    def success(self) -> bool | None:
        """Whether it succeeded, if the environment says so."""
        said = self.info.get("success", self.info.get("is_success"))
        return None if said is None else bool(said)


def make(env_id: str, options: Mapping[str, Any]) -> gym.Env:
    """An environment whose episodes are attempts: a household task, or any id of one step."""
    return as_attempts(bare(env_id, options))


def bare(env_id: str, options: Mapping[str, Any]) -> gym.Env:
    """The environment itself."""
    try:
        return gym.make(env_id, disable_env_checker=True, **options)
    except HandEnvsError:
        raise
    except (gym.error.Error, TypeError, ImportError) as error:
        raise OptionError(f"{env_id} could not be made with these options: {error}") from error


def as_attempts(env: gym.Env) -> gym.Env:
    """The environment with one step an episode, the action being all there is to decide."""
    space = env.action_space
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
        raise OptionError(f"Attempts are vectors of numbers, a Box of one axis; the actions of {env} are {space}.")
    if _is_household(env):
        return GraspEpisode(env)
    return env


def grasp_in(env: gym.Env) -> GraspEpisode | None:
    """The grasp that an attempt is, or None of another environment's."""
    while isinstance(env, gym.Wrapper):
        if isinstance(env, GraspEpisode):
            return env
        env = env.env
    return None


def _is_household(env: gym.Env) -> bool:
    task = task_in(env)
    return task is not None and isinstance(task.unwrapped, HouseholdTask)


def bounds(env: gym.Env) -> tuple[Array, Array]:
    """Least and most of each number of an action."""
    space = env.action_space
    assert isinstance(space, gym.spaces.Box)
    return space.low.astype(np.float64), space.high.astype(np.float64)


def first_deviation(config: CemConfig, env: gym.Env) -> Array:
    """Of N(0, sigma^2), for each number of an action."""
    low, high = bounds(env)
    if config.sigma:
        return deviations(len(low), config.blocks, config.sigma)
    if grasp_in(env) is not None:
        return deviations(len(low), GRASP_BLOCKS, GRASP_SIGMA)
    half = 0.5 * (high - low)
    return _QUARTER * np.where(np.isfinite(half), half, 1.0)


def execute(env: gym.Env, number: int, before: Observation, xi: Array) -> Attempt:
    """Make an attempt. An environment that goes on after it is refused."""
    after, score, terminated, truncated, info = env.step(xi.astype(env.action_space.dtype))
    if not (terminated or truncated):
        raise OptionError(
            "An attempt is a whole episode, and this environment goes on after its first step: make it with "
            "max_episode_steps=1, or wrap it so that a step is all there is to decide."
        )
    return Attempt(number, before, xi, after, float(score), info)
