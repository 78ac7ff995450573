"""Environments by their ids, whosever they are; and who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
from gymnasium.vector import AutoresetMode

from hand_envs.core.task import Task
from hand_envs.errors import HandEnvsError, OptionError
from hand_envs.registry import spec_of

OURS = "hand_envs.env:HandVectorEnv"


def make_vector(env_id: str, num_envs: int, same_step: bool = False, **options: Any) -> gym.vector.VectorEnv:
    """Environments in one; `same_step`: those that end begin anew within the step."""
    ours = spec_of(env_id).vector_entry_point == OURS
    if not same_step:
        return _made(env_id, num_envs, None, options)
    if ours:
        return _made(env_id, num_envs, None, {"autoreset_mode": "SameStep", **options})
    mode = {"vector_kwargs": {"autoreset_mode": AutoresetMode.SAME_STEP}}  # others' vector environments have no choice
    return _made(env_id, num_envs, "sync", {**mode, **options})


def _made(env_id: str, num_envs: int, kind: str | None, options: Mapping[str, Any]) -> gym.vector.VectorEnv:
    try:
        return gym.make_vec(env_id, num_envs, kind, **options)
    except HandEnvsError:
        raise
    except (gym.error.Error, TypeError) as error:  # of somebody else's environment
        raise OptionError(f"{env_id} could not be made with these options: {error}") from error


def threads(env_id: str, nthread: int) -> dict[str, Any]:
    """The option that says how many threads to step on, where an environment has it."""
    return {"nthread": nthread} if spec_of(env_id).vector_entry_point == OURS else {}


def task_in(env: gym.vector.VectorEnv | gym.Env) -> Task | None:
    """The task of an environment of this suite's kind, or of the first of several in Gymnasium's `SyncVectorEnv`."""
    inside = getattr(env.unwrapped, "envs", None) or [env]
    task: Task | None = getattr(inside[0].unwrapped, "task", None)
    return task


def user_in(env: gym.vector.VectorEnv | gym.Env) -> Any:
    """The user in an environment, or None."""
    task = task_in(env)
    return None if task is None else task.user
