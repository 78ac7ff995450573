"""`view`, `record`: an environment at work, in a window or a video."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

from hand_envs.datasets import Demonstration, load
from hand_envs.errors import OptionError
from hand_envs.faces.env import HandEnv
from hand_envs.rendering import Look, Video, Window
from hand_envs.replay import play, start

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
    reward: str | None = None
    """Reward and success, such as dense, sparse or paper; by default the demonstrations' or the task's own."""
    seed: int = 0
    """Seed of the first episode and of random actions; later episodes have the following ones."""

    def __post_init__(self) -> None:
        if self.episodes < 1 or self.seed < 0:
            raise OptionError(f"--episodes must be at least 1 and --seed at least 0, got {self.episodes}, {self.seed}.")
        if self.demos is not None and self.policy != "random":
            raise OptionError("Either --demos or --policy acts, not both.")


class Show:
    """An environment and who acts in it, step by step."""

    def __init__(self, env_id: str, acting: Acting, **face: Any) -> None:
        self.acting = acting
        self.demonstrations = None if acting.demos is None else load(acting.demos, env_id)
        options = {} if self.demonstrations is None else dict(self.demonstrations.options)
        if acting.reward is not None:
            options["reward"] = acting.reward
        try:
            made = gym.make(gym.spec(env_id), disable_env_checker=True, **options, **face).unwrapped
        except gym.error.Error as error:
            raise OptionError(str(error)) from error
        if not isinstance(made, HandEnv):
            raise OptionError(f"{env_id} is not an environment of hand_envs.")
        self.env = made

    def episodes(self) -> Iterator[Iterator[tuple[float, dict[str, Any]]]]:
        """The episodes asked for, each as the reward and info of its steps."""
        if self.demonstrations is not None:
            yield from map(self._demonstrated, self.demonstrations.episodes[: self.acting.episodes])
            return
        policy = load_policy(self.acting.policy, self.env, self.acting.seed)
        for seed in range(self.acting.seed, self.acting.seed + self.acting.episodes):
            yield self._acted(policy, seed)

    def _demonstrated(self, episode: Demonstration) -> Iterator[tuple[float, dict[str, Any]]]:
        start(self.env, episode)
        for _, reward, _, info in play(self.env, episode):
            yield reward, info

    def _acted(self, policy: Policy, seed: int) -> Iterator[tuple[float, dict[str, Any]]]:
        observation, _ = self.env.reset(seed=seed)
        for _ in range(self.env.task.horizon):
            observation, reward, terminated, _, info = self.env.step(policy(observation))
            yield reward, info
            if terminated:
                return


def view(env_id: tyro.conf.Positional[str], acting: tyro.conf.OmitArgPrefixes[Acting] = Acting()) -> None:
    """Watch an environment in MuJoCo's viewer.

    Args:
        env_id: such as HandDoor-v0.
        acting: who acts.
    """
    show = Show(env_id, acting)
    window = Window(show.env.episode.sim)
    pause = 1 / show.env.metadata["render_fps"]
    try:
        for episode in show.episodes():
            for _ in episode:
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
    from rich.markup import escape
    from rich.progress import track

    if every < 1:
        raise OptionError(f"--every must be at least 1, got {every}.")
    show = Show(env_id, acting, render_mode="rgb_array", **asdict(look))
    outcomes = []
    with Video(to, fps=show.env.metadata["render_fps"] / every) as video:
        for episode in track(show.episodes(), f"recording {escape(str(to))}", total=acting.episodes, transient=True):
            earned, success = 0.0, False
            for number, (reward, info) in enumerate(episode):
                earned, success = earned + reward, info["success_at_end"]
                if number % every == 0:
                    video.add(show.env.render())
            outcomes.append(f"return {earned:.1f}, success at the end: {'yes' if success else 'no'}")
    print("\n".join([*outcomes, str(to)]))


def load_policy(policy: str, env: HandEnv, seed: int = 0) -> Policy:
    """The function that acts, by name, file or address. Code in a file is run: give only your own."""
    if policy == "zero":
        return lambda observation: np.zeros(env.episode.sim.model.nu)
    if policy == "random":
        env.action_space.seed(seed)
        return lambda observation: env.action_space.sample()
    address, _, name = policy.partition(":")
    try:
        if address.endswith(".py"):
            module = _module_from(Path(address))
        else:
            sys.path.insert(0, "")  # modules that stand here, as with `python -m`
            module = importlib.import_module(address)
        function: Policy = getattr(module, name or "act")
    except (ImportError, AttributeError, OSError) as error:
        known = "random, zero, file.py or package.module:function, with a function act(observation)"
        raise OptionError(f"No policy {policy!r}: {error}. Expected {known}.") from error
    return function


def _module_from(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
