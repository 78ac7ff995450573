"""Who competes in the throughput benchmark: each takes steps of one task with the same random actions."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
from mujoco.batch import Batch

from hand_envs.core.task import options_of
from hand_envs.faces.env import HandEnv
from hand_envs.registry import entry

Array = np.ndarray
ACTIONS = 200  # how many different ones; they are taken round and round


@dataclass(frozen=True)
class Contestant:
    """Something that steps: `take()` takes a few steps and returns how many, of all its simulations together."""

    name: str
    take: Callable[[], int]
    close: Callable[[], None]


def contestants(env_id: str, sizes: tuple[int, ...], threads: int, async_envs: tuple[int, ...]) -> Iterator[Contestant]:
    """All that can run here, on one task.

    Args:
        env_id: the task.
        sizes: how many simulations the batched ones hold.
        threads: on how many threads they step.
        async_envs: how many environments the process-based ones hold.
    """
    task = entry(env_id).make_task()
    valid = options_of(type(task)) or []
    options: dict[str, Any] = {"terminate_on_drop": False} if "terminate_on_drop" in valid else {}
    yield _bare_step(env_id)
    horizon = task.horizon
    made = gym.make(env_id, disable_env_checker=True, **options)
    yield _single("HandEnv", made.unwrapped, horizon)
    yield _single("gym.make", made, horizon)
    yield _single("gymnasium-robotics", _robotics(env_id), horizon)
    for size in sizes:
        yield _bare_batch(env_id, size, threads)
        envs = gym.make_vec(env_id, num_envs=size, nthread=threads, **options)
        yield _vector(f"HandVectorEnv({size})", envs, size)
    for size in async_envs:
        factories = [partial(_robotics, env_id)] * size
        yield _vector(f"SyncVectorEnv({size}) of robotics", gym.vector.SyncVectorEnv(factories), size)
        # Not forked from this process: its threads would be missing there.
        multiprocessing.set_forkserver_preload(["gymnasium_robotics"])
        processes = gym.vector.AsyncVectorEnv(factories, context="forkserver")
        yield _vector(f"AsyncVectorEnv({size}) of robotics", processes, size)
    with suppress(ImportError):
        import envpool

        name = entry(env_id).task.rsplit(":", 1)[1]
        size = 64
        pool = envpool.make_gymnasium(f"AdroitHand{name}-v1", num_envs=size, num_threads=threads, seed=0)
        yield _vector(f"EnvPool({size})", pool, size)


def _robotics(env_id: str) -> gym.Env[Any, Any]:
    """The task as gymnasium-robotics has it, without the wrappers of `make` but the time limit."""
    import gymnasium_robotics

    gym.register_envs(gymnasium_robotics)
    name = entry(env_id).task.rsplit(":", 1)[1]
    return gym.make(f"AdroitHand{name}-v1", disable_env_checker=True)


def _actions(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(0).uniform(-1, 1, (ACTIONS, *shape)).astype(np.float32)


def _started(env_id: str) -> HandEnv:
    env = gym.make(env_id, disable_env_checker=True).unwrapped
    assert isinstance(env, HandEnv)
    env.reset(seed=0)
    return env


def _bare_step(env_id: str) -> Contestant:
    """`mj_step` and nothing else, on the scene and from a start of the task."""
    env = _started(env_id)
    sim, skip = env.episode.sim, env.task.frame_skip
    model = env.task.scene().compile()
    for variation in env.task.variations.values():
        getattr(model, variation.field)[:] = getattr(sim, variation.field)[0]
    model.opt.disableflags = sim.disableflags[0]  # no sensors where the task looks at none
    data = mujoco.MjData(model)
    controls = sim.control_center + _actions((model.nu,)) * sim.control_reach

    def take() -> int:
        mujoco.mj_resetData(model, data)
        for control in controls[: env.task.horizon]:
            data.ctrl[:] = control
            mujoco.mj_step(model, data, skip)
        return env.task.horizon

    return Contestant("bare mj_step", take, lambda: None)


def _bare_batch(env_id: str, size: int, threads: int) -> Contestant:
    """A bare `mujoco.batch` step, from starts of the task."""
    envs = gym.make_vec(env_id, num_envs=size).unwrapped
    envs.reset(seed=0)
    task = envs.task  # type: ignore[attr-defined]
    sim = envs.episode.sim  # type: ignore[attr-defined]
    model = task.scene().compile()
    model.opt.disableflags = sim.disableflags[0]
    batch = Batch(model, size, threads)
    for variation in task.variations.values():
        batch.expand(variation.field)[:] = getattr(sim, variation.field)
    control = batch.bind("ctrl")
    controls = sim.control_center + _actions((size, sim.model.nu)) * sim.control_reach
    step = 0

    def take() -> int:
        nonlocal step
        for _ in range(_chunk(size)):
            if step % task.horizon == 0:
                batch.reset(stage=0)
            control[:] = controls[step % ACTIONS]
            batch.step(nstep=task.frame_skip)
            step += 1
        return size * _chunk(size)

    return Contestant(f"bare batch({size})", take, lambda: None)


def _single(name: str, env: gym.Env[Any, Any], horizon: int) -> Contestant:
    actions = _actions(env.action_space.shape or ())

    def take() -> int:
        env.reset(seed=0)
        for action in actions[:horizon]:
            env.step(action)
        return horizon

    return Contestant(name, take, env.close)


def _vector(name: str, envs: Any, size: int) -> Contestant:
    actions = _actions((size, *envs.action_space.shape[-1:]))
    envs.reset(seed=0) if "EnvPool" not in name else envs.reset()
    step = 0

    def take() -> int:
        nonlocal step
        for _ in range(_chunk(size)):
            envs.step(actions[step % ACTIONS])
            step += 1
        return size * _chunk(size)

    return Contestant(name, take, envs.close)


def _chunk(size: int) -> int:
    """Steps in one go: about as many simulated ones for any size."""
    return max(1, 1024 // size)


def memory_per_simulation(env_id: str, few: int = 4096, many: int = 16384) -> float:
    """KiB that one more simulation of a `HandVectorEnv` takes, measured in fresh processes; NaN without /proc."""
    if not Path("/proc/self/status").exists():
        return float("nan")
    used = [float(subprocess.check_output([sys.executable, "-c", _RESIDENT, env_id, str(n)])) for n in (few, many)]
    return (used[1] - used[0]) / (many - few)


_RESIDENT = """
import sys, gymnasium as gym, numpy as np, hand_envs
envs = gym.make_vec(sys.argv[1], num_envs=int(sys.argv[2]))
envs.reset(seed=0)
envs.step(np.zeros(envs.action_space.shape, np.float32))
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmRSS")).split()[1])
"""
