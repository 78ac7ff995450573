"""`view`, `record`: an environment at work, in a window or a video."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

from hand_envs.datasets import Demonstrations, load
from hand_envs.datasets.replay import play, start
from hand_envs.env import HandEnv
from hand_envs.errors import OptionError, choices
from hand_envs.rendering import Look, Video, Window

Policy = Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Acting:
    """Who acts."""

    policy: str = "random"
    """`random`, `zero`, or your own: `file.py` or `package.module:function` with `act(observation) -> action`."""
    demos: str | None = None
    """Play these demonstrations instead: a DAPG pickle, or a Minari folder or id."""
    episodes: int = 1
    """How many episodes to show; with demonstrations, the first ones."""
    reward: str = "dense"
    """Reward and success: dense, sparse or paper."""
    seed: int = 0
    """Seed of the first episode; the others follow."""


def view(env_id: tyro.conf.Positional[str], acting: tyro.conf.OmitArgPrefixes[Acting] = Acting()) -> None:
    """Watch an environment in MuJoCo's viewer.

    Args:
        env_id: such as HandDoor-v0.
        acting: who acts.
    """
    env = _make(env_id, acting)
    window = Window(env.episode.sim)
    pause = 1 / env.metadata["render_fps"]
    try:
        for _ in _steps(env, env_id, acting):
            window.show(0)
            time.sleep(pause)  # the pace of reality
            if not window.is_open:
                return
    finally:
        window.close()


def record(
    env_id: tyro.conf.Positional[str],
    to: tyro.conf.Positional[Path],
    acting: tyro.conf.OmitArgPrefixes[Acting] = Acting(),
    look: tyro.conf.OmitArgPrefixes[Look] = Look(),  # noqa: B008
    every: int = 4,
) -> None:
    """Record an environment to a video (.mp4 or .gif).

    Args:
        env_id: such as HandDoor-v0.
        to: the file to write.
        acting: who acts.
        look: the picture.
        every: draw one of that many steps; the video runs at the speed of reality whatever it is.
    """
    from rich.progress import track

    if every < 1:
        raise OptionError(f"--every must be at least 1, got {every}.")
    env = _make(env_id, acting, look)
    env.render_mode = "rgb_array"
    reward, success, frames = 0.0, False, 0
    with Video(to, fps=env.metadata["render_fps"] / every) as video:
        for number, (earned, told) in enumerate(track(_steps(env, env_id, acting), f"recording {to}", transient=True)):
            reward += earned
            success = told["success_at_end"]
            if number % every == 0:
                video.add(env.render())
                frames += 1
    print(f"{to}: {frames} frames, return {reward:.1f}, success at the end: {'yes' if success else 'no'}")


def _make(env_id: str, acting: Acting, look: Look | None = None) -> HandEnv:
    shown = {} if look is None else {name: getattr(look, name) for name in ("camera", "width", "height", "pretty")}
    try:
        spec = gym.spec(env_id)
    except gym.error.Error as error:
        raise OptionError(str(error)) from error
    env = gym.make(spec, reward=acting.reward, disable_env_checker=True, **shown).unwrapped
    if not isinstance(env, HandEnv):
        raise OptionError(f"{env_id} is not an environment of hand_envs.")
    return env


def _steps(env: HandEnv, env_id: str, acting: Acting) -> Iterator[tuple[float, dict[str, Any]]]:
    """Reward and info of every step of the episodes asked for."""
    if acting.demos is not None:
        demonstrations: Demonstrations = load(acting.demos, env_id)
        for episode in demonstrations.episodes[: acting.episodes]:
            start(env, episode)
            yield from ((reward, info) for _, reward, info in play(env, episode))
        return
    policy = load_policy(acting.policy, env)
    for seed in range(acting.seed, acting.seed + acting.episodes):
        observation, _ = env.reset(seed=seed)
        for _ in range(env.task.horizon):
            observation, reward, terminated, _, info = env.step(policy(observation))
            yield reward, info
            if terminated:
                break


def load_policy(policy: str, env: HandEnv) -> Policy:
    """The function that acts, by name, file or address. Code in a file is run: give only your own."""
    if policy == "zero":
        return lambda observation: np.zeros(env.episode.sim.model.nu)
    if policy == "random":
        env.action_space.seed(0)
        return lambda observation: env.action_space.sample()
    address, _, name = policy.partition(":")
    try:
        module = _module_from(Path(address)) if address.endswith(".py") else importlib.import_module(address)
        function: Policy = getattr(module, name or "act")
    except (ImportError, AttributeError, OSError) as error:
        raise OptionError(
            f"No policy: {choices(policy, ('random', 'zero', 'file.py', 'package.module:function'))} ({error})"
        ) from error
    return function


def _module_from(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
