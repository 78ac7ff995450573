"""What tests of every registered environment share."""

from __future__ import annotations

import inspect

import gymnasium as gym
import numpy as np
import pytest
from conftest import STATE_IDS, ids, slow_but_first
from gymnasium.utils.env_checker import data_equivalence

import hand_envs
from hand_envs.core.task import Task
from hand_envs.registry import entry

every_id = pytest.mark.parametrize("env_id", ids())
every_state_id = pytest.mark.parametrize("env_id", STATE_IDS)
# For what takes long or hardly depends on the task: `make test` runs it on one id of each kind, `make test-all` on all.
every_id_in_time = pytest.mark.parametrize("env_id", slow_but_first(ids()))
every_state_id_in_time = pytest.mark.parametrize("env_id", slow_but_first(STATE_IDS))


def make(env_id: str, **options) -> hand_envs.HandEnv:
    return gym.make(env_id, disable_env_checker=True, **options).unwrapped


def actions_for(env, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, *env.action_space.shape)).astype(np.float32)


def roll(env, actions) -> list:
    """What each step returned. `reset` must have been called."""
    return [env.step(action) for action in actions]


def same(a, b) -> bool:
    return data_equivalence(a, b, exact=True)


def reward_types(env_id: str) -> list[str]:
    return list(bare_task(env_id).rewards) or ["default"]


def bare_task(env_id: str) -> Task:
    """The task, or the one that a user acts in."""
    task = entry(env_id).make_task()
    return task.task if entry(env_id).has_user else task


def task_options(env_id: str):
    return inspect.signature(type(bare_task(env_id)).__init__).parameters


def never_lost(env_id: str) -> dict:
    """Options under which an episode only ends by its time limit."""
    options = task_options(env_id)
    return {name: False for name in ("terminate_on_drop", "ends_early") if name in options}
