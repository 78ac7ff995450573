"""What the expert did: for discriminators, for cloning, and for gradients that learn from it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from agents.common.sb3 import SB3VecEnv
from hand_envs import datasets
from hand_envs.assisted import Assisted
from hand_envs.datasets import Demonstrations
from hand_envs.errors import DatasetError, OptionError
from hand_envs.registry import IDS
from hand_envs.users import DemonstrationUser

Array = np.ndarray
Pairs = tuple[Array, Array]
"""States (m, k) and actions (m, j)."""


def expert_pairs(config: Any, env: SB3VecEnv) -> Pairs:
    """States and actions of the expert.

    With a user in the environment they are the demonstrations the user has in mind while training, done without noise;
    states are then those of the task alone, without what the user intends. Elsewhere they are `config.demonstrations`.
    """
    task = getattr(env.env.unwrapped, "task", None)
    if isinstance(task, Assisted):
        if not isinstance(task.user, DemonstrationUser):
            raise OptionError(f"{type(task.user).__name__} has no demonstrations to imitate: use method ours-rl.")
        return _replayed(task.user.demonstrations)
    if config.demonstrations is None:
        raise OptionError(
            f"{config.env} has no user whose demonstrations to imitate: name some (--demonstrations), or train by the "
            "task's reward alone (--task-share 1)."
        )
    return _replayed(datasets.load(config.demonstrations)) if config.env in IDS else _of_minari(config.demonstrations)


def spaces_of(pairs: Pairs) -> tuple[gym.spaces.Box, gym.spaces.Box]:
    """Unbounded spaces of such states and actions."""
    state, action = (gym.spaces.Box(-np.inf, np.inf, part.shape[1:], np.float32) for part in pairs)
    return state, action


def _replayed(demonstrations: Demonstrations) -> Pairs:
    """Played again: stored observations may come from another simulator's version."""
    env = datasets.make_env(demonstrations.env_id, demonstrations.options)
    played = [datasets.replay(env, each)[0] for each in demonstrations]
    states = np.concatenate([each.observations[: len(each)] for each in played])
    return states, np.clip(np.concatenate([each.actions for each in played]), -1.0, 1.0)


def _of_minari(source: str) -> Pairs:
    """Of any environment's Minari dataset."""
    import minari

    try:
        episodes = list(minari.load_dataset(source).iterate_episodes())
    except Exception as error:  # minari raises many kinds for what is one mistake: no such dataset
        raise DatasetError(f"No Minari dataset {source!r} ({error}).") from error
    states = np.concatenate([np.asarray(each.observations)[:-1] for each in episodes])
    return states, np.concatenate([np.asarray(each.actions) for each in episodes])
