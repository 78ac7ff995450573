"""A first policy from what a teacher does."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.common.cloning import clone_pairs
from agents.common.environments import user_in
from agents.common.experts import Pairs, demonstrations_of, expert_pairs
from agents.common.sb3 import SB3VecEnv
from agents.ppo_gail.config import Config
from hand_envs.faces.env import HandVectorEnv

Array = np.ndarray


def clone(config: Config, env: SB3VecEnv, model: Any, normaliser: Any) -> None:
    """Teach the policy of `model` what a teacher does, for `config.bc_epochs` passes; the environments are reset.

    With a user, the teacher undoes the user's noise: it knows what was demonstrated. Elsewhere it is the expert.
    """
    taught = demonstrations_of(user_in(env.env)) is not None
    states, actions = _of_teacher(config, env) if taught else expert_pairs(config, env)
    normaliser.obs_rms.update(states)
    pairs = normaliser.normalize_obs(states), actions[:, normaliser.venv.actuators]
    clone_pairs(model, pairs, config.bc_epochs, config.minibatch, config.seed)


def _of_teacher(config: Config, env: SB3VecEnv) -> Pairs:
    """Observations of whole episodes, and the actions that have the user do what was demonstrated."""
    envs = env.env.unwrapped
    assert isinstance(envs, HandVectorEnv)
    task: Any = envs.task
    sim, user = envs.episode.sim, task.user
    observation, _ = env.env.reset(seed=config.seed)
    states, actions = [], []
    for _ in range(user.longest):
        meant, intended = (
            np.clip(each, -1.0, 1.0) for each in (user.meant(sim, task.steps_taken(sim)), task.intended(sim))
        )
        action = np.clip((intended - meant) / task.limit, -1.0, 1.0) if task.residual else meant
        states.append(observation)
        actions.append(action)
        observation, *_ = env.env.step(action)
    return np.concatenate(states), np.concatenate(actions)
