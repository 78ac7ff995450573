"""A first policy by supervised learning, with the behavioural cloning of `imitation`."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.common.imports import need
from agents.common.sb3 import SB3VecEnv
from agents.ppo_gail.config import Config
from agents.ppo_gail.experts import Pairs, expert_pairs
from hand_envs.assisted import Assisted
from hand_envs.env import HandVectorEnv
from hand_envs.users import DemonstrationUser

_bc: Any = need("imitation.algorithms.bc")
_imitation_logger: Any = need("imitation.util.logger")
_logger: Any = need("stable_baselines3.common.logger")
_types: Any = need("imitation.data.types")

Array = np.ndarray


def clone(config: Config, env: SB3VecEnv, model: Any, normaliser: Any) -> None:
    """Teach the policy of `model` what a teacher does, for `config.bc_epochs` passes; the environments are reset.

    With a user, the teacher undoes the user's noise: it knows what was demonstrated. Elsewhere it is the expert.
    """
    task = getattr(env.env.unwrapped, "task", None)
    taught = isinstance(task, Assisted) and isinstance(task.user, DemonstrationUser)
    states, actions = _of_teacher(config, env) if taught else expert_pairs(config, env)
    normaliser.obs_rms.update(states)
    seen = normaliser.normalize_obs(states).astype(np.float32)
    actions, count = actions[:, normaliser.venv.actuators], len(seen)
    pairs = _types.Transitions(
        obs=seen,
        acts=actions.astype(np.float32),
        infos=np.array([{}] * count),
        next_obs=seen,  # of these two, cloning makes no use
        dones=np.zeros(count, bool),
    )
    trainer = _bc.BC(
        observation_space=model.observation_space,
        action_space=model.action_space,
        rng=np.random.default_rng(config.seed),
        policy=model.policy,
        demonstrations=pairs,
        batch_size=min(config.minibatch, count),
        optimizer_kwargs={"lr": 1e-3},
        ent_weight=0.0,
        device="cpu",
        custom_logger=_imitation_logger.HierarchicalLogger(_logger.Logger(None, [])),  # quiet
    )
    spread = model.policy.log_std.detach().clone()
    trainer.train(n_epochs=config.bc_epochs, progress_bar=False, log_interval=10**9)
    model.policy.log_std.data.copy_(spread)  # cloning would take away what there is to explore with


def _of_teacher(config: Config, env: SB3VecEnv) -> Pairs:
    """Observations of whole episodes, and the actions that have the user do what was demonstrated."""
    envs = env.env.unwrapped
    assert isinstance(envs, HandVectorEnv)
    task: Any = envs.task
    sim, user = envs.episode.sim, task.user
    observation, _ = env.env.reset(seed=config.seed)
    states, actions = [], []
    for _ in range(user.longest):
        meant, intended = (np.clip(each, -1.0, 1.0) for each in (user.meant(sim, task.step(sim)), task.intended(sim)))
        action = np.clip((intended - meant) / task.limit, -1.0, 1.0) if task.residual else meant
        states.append(observation)
        actions.append(action)
        observation, *_ = env.env.step(action)
    return np.concatenate(states), np.concatenate(actions)
