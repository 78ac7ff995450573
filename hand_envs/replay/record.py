"""Recording demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.faces.env import HandEnv
from hand_envs.registry import plain_id, spec_of
from hand_envs.replay.play import make_env

Array = np.ndarray
Policy = Callable[[Any], Array]


def record(
    env_id: str,
    policy: Policy,
    seeds: Iterable[int],
    options: Mapping[str, Any] | None = None,
    source: str = "recorded",
) -> Demonstrations:
    """Record one episode a seed, to the task's horizon or its end.

    In a `Visual` id the policy acts by what it sees. Demonstrations hold states, so they are of the plain twin.
    """
    kept = dict(options or {})
    pixels = kept.pop("pixels", spec_of(env_id).kwargs.get("pixels"))
    env = make_env(env_id, kept, pixels)
    episodes = tuple(_record_one(env, policy, seed, source) for seed in seeds)
    env.close()
    return Demonstrations(plain_id(env_id), episodes, kept)


def _record_one(env: HandEnv, policy: Policy, seed: int, source: str) -> Demonstration:
    observation, _ = env.reset(seed=seed)
    state = env.get_state()
    observations, actions, rewards, terminated = [_state_seen(env, observation)], [], [], False
    for _ in range(env.task.horizon):
        action = np.asarray(policy(observation), dtype=np.float64)
        observation, reward, terminated, _, _ = env.step(action)
        observations.append(_state_seen(env, observation))
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


def _state_seen(env: HandEnv, observation: Any) -> Array:
    """The observation of the state, whatever the policy is shown."""
    state: Array = observation if env.pixels is None else env.episode.observe()[0]
    return state
