"""Recording demonstrations, playing them back, and checking that they come out the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.env import HandEnv
from hand_envs.errors import DatasetError

Array = np.ndarray
Policy = Callable[[Array], Array]


@dataclass(frozen=True)
class Check:
    """How a demonstration came out when played back."""

    source: str
    steps: int
    deviation: float
    """Largest difference between a stored and a replayed observation value."""
    stored_return: float
    replayed_return: float
    success_once: bool
    success_at_end: bool

    def reproduced(self, tolerance: float = 0.0) -> bool:
        """Whether observations and return are those stored, to within `tolerance`."""
        return self.deviation <= tolerance and abs(self.stored_return - self.replayed_return) <= tolerance * self.steps


def make_env(env_id: str, options: Mapping[str, Any] | None = None) -> HandEnv:
    """The bare environment, without a time limit: demonstrations end when they end."""
    env = gym.make(env_id, **{**(options or {}), "max_episode_steps": -1, "disable_env_checker": True}).unwrapped
    if not isinstance(env, HandEnv):
        raise DatasetError(f"{env_id} is not an environment of hand_envs.")
    if env.pixels is not None:
        raise DatasetError(f"Demonstrations hold states, not pixels: use {env_id.replace('Visual', '')}.")
    return env


def start(env: HandEnv, episode: Demonstration) -> Array:
    """Put the environment where a demonstration starts; returns the observation there."""
    if episode.actions.shape[1:] != env.action_space.shape:
        raise DatasetError(
            f"{episode.source or 'The demonstration'} has actions of shape {episode.actions.shape[1:]}, the "
            f"environment takes {env.action_space.shape}."
        )
    observation: Array = env.reset(options={"state": episode.state})[0]
    return observation


def play(env: HandEnv, episode: Demonstration) -> Iterator[tuple[Array, float, bool, dict[str, Any]]]:
    """Act as a demonstration does from where `start` has put the environment: what each step told."""
    for action in episode.actions:
        observation, reward, terminated, _, info = env.step(action)
        yield observation, reward, terminated, info
        if terminated:
            return


def replay(env: HandEnv, episode: Demonstration) -> tuple[Demonstration, dict[str, Any]]:
    """Play a demonstration open loop; returns it as it went this time, and the last info."""
    observations = [start(env, episode)]
    rewards: list[float] = []
    terminated, info = False, {"success_once": False, "success_at_end": False}
    for observation, reward, terminated, info in play(env, episode):  # noqa: B007  the last ones count
        observations.append(observation)
        rewards.append(reward)
    again = replace(
        episode,
        actions=episode.actions[: len(rewards)],
        observations=np.stack(observations),
        rewards=np.array(rewards),
        terminated=terminated,
    )
    return again, info


def check(demonstrations: Demonstrations, options: Mapping[str, Any] | None = None) -> Iterator[Check]:
    """Play each demonstration back and compare.

    Args:
        demonstrations: what to check.
        options: make the environment with these instead of the demonstrations' own.
    """
    env = make_env(demonstrations.env_id, demonstrations.options if options is None else options)
    for episode in demonstrations:
        again, info = replay(env, episode)
        width = env.observation_space.shape
        if episode.observations.shape[1:] != width:
            raise DatasetError(
                f"{episode.source or 'The demonstration'} has observations of shape {episode.observations.shape[1:]}, "
                f"the environment gives {width}: they cannot be compared."
            )
        seen = min(len(episode.observations), len(again.observations))
        deviation = np.abs(episode.observations[:seen] - again.observations[:seen]).max()
        yield Check(
            source=episode.source,
            steps=len(again),
            deviation=float(deviation) if len(again) == len(episode) else np.inf,
            stored_return=episode.total_reward,
            replayed_return=again.total_reward,
            success_once=info["success_once"],
            success_at_end=info["success_at_end"],
        )


def record(
    env_id: str,
    policy: Policy,
    seeds: Iterable[int],
    options: Mapping[str, Any] | None = None,
    source: str = "recorded",
) -> Demonstrations:
    """Record one episode a seed, to the task's horizon or its end."""
    env = make_env(env_id, options)
    episodes = tuple(_record_one(env, policy, seed, source) for seed in seeds)
    return Demonstrations(env_id, episodes, dict(options or {}))


def _record_one(env: HandEnv, policy: Policy, seed: int, source: str) -> Demonstration:
    observation, _ = env.reset(seed=seed)
    state = env.get_state()
    observations, actions, rewards, terminated = [observation], [], [], False
    for _ in range(env.task.horizon):
        action = np.asarray(policy(observation), dtype=np.float64)
        observation, reward, terminated, _, _ = env.step(action)
        observations.append(observation)
        actions.append(action)
        rewards.append(reward)
        if terminated:
            break
    return Demonstration(
        state=state,
        actions=np.stack(actions),
        observations=np.stack(observations),
        rewards=np.array(rewards),
        seed=seed,
        source=f"{source} seed {seed}",
        terminated=terminated,
    )
