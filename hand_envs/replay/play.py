"""Acting as a demonstration does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.datasets.demonstrations import Demonstration
from hand_envs.errors import DatasetError, StateError
from hand_envs.faces.env import HandEnv
from hand_envs.rendering import Pixels

Array = np.ndarray


def make_env(
    env_id: str, options: Mapping[str, Any] | None = None, pixels: Pixels | Mapping[str, Any] | None = None
) -> HandEnv:
    """The bare environment, without a time limit: demonstrations end when they end.

    They hold states, so it is observed by its state, a `Visual` id's too, unless it is asked for `pixels`.
    """
    bare = {"max_episode_steps": -1, "disable_env_checker": True, "pixels": pixels}
    env = gym.make(env_id, **{**(options or {}), **bare}).unwrapped
    if not isinstance(env, HandEnv):
        raise DatasetError(f"{env_id} is not an environment of hand_envs.")
    return env


def start(env: HandEnv, episode: Demonstration) -> Array:
    """Put the environment where a demonstration starts; returns the observation there."""
    if episode.actions.shape[1:] != env.action_space.shape:
        raise DatasetError(
            f"{episode.source or 'The demonstration'} has actions of shape {episode.actions.shape[1:]}, the "
            f"environment takes {env.action_space.shape}."
        )
    try:
        observation: Array = env.reset(options={"state": episode.state})[0]
    except StateError as error:
        raise DatasetError(f"{episode.source or 'The demonstration'} cannot be started: {error}") from error
    return observation


def play(env: HandEnv, episode: Demonstration) -> Iterator[tuple[Array, float, bool, dict[str, Any]]]:
    """Act as a demonstration does from where `start` has put the environment; yields what each step gives."""
    for action in episode.actions:
        observation, reward, terminated, _, info = env.step(action)
        yield observation, reward, terminated, info
        if terminated:
            return
