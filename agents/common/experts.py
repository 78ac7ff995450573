"""What the expert did: for discriminators, for cloning, and for gradients that learn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from agents.common.augmentation import unsteady_tries
from agents.common.config import ImitationConfig
from agents.common.environments import user_in
from agents.common.sb3 import SB3VecEnv
from hand_envs import datasets, replay
from hand_envs.core.simulation import State
from hand_envs.datasets import Demonstrations
from hand_envs.datasets.formats.minari import read_pairs
from hand_envs.errors import OptionError
from hand_envs.registry import IDS
from hand_envs.replay import play, start

Array = np.ndarray
Pairs = tuple[Array, Array]
"""States (m, k) and actions (m, j)."""


def expert_pairs(config: ImitationConfig, env: SB3VecEnv) -> Pairs:
    """States and actions of the expert, as wide as the environment's.

    With a user in the environment they are the demonstrations the user has in mind while training, done without noise;
    states are then those of the task alone, without what the user intends. Elsewhere they are `config.demonstrations`.
    `config.from_scratch` says how to do without.
    """
    user = user_in(env.env)
    if user is not None:
        meant: Demonstrations | None = demonstrations_of(user)
        if meant is None:
            kind = type(user).__name__
            raise OptionError(f"{kind} has no demonstrations to imitate: train without ({config.from_scratch}).")
        return _done(meant, meant.options)
    if config.demonstrations is None:
        raise OptionError(
            f"{config.env} has no user whose demonstrations to imitate: name some (--demonstrations), or train without "
            f"({config.from_scratch})."
        )
    if config.env not in IDS:
        pairs = _of_minari(config.demonstrations)
    else:
        pairs = _done(datasets.load(config.demonstrations, config.env), config.options)
    for kind, part, space in zip(("states", "actions"), pairs, (env.observation_space, env.action_space), strict=True):
        if part.shape[1:] != space.shape:
            raise OptionError(
                f"{config.demonstrations} has {kind} {part.shape[1:]}, {config.env} has {space.shape}: is it of "
                "another task?"
            )
    return pairs


def demonstrations_of(user: Any) -> Demonstrations | None:
    """What a user has in mind, where it is demonstrations."""
    found: Demonstrations | None = getattr(user, "demonstrations", None)
    return found


def tried_pairs(
    config: ImitationConfig, env: SB3VecEnv, times: int, unsteadiness: float, nthread: int = 0
) -> tuple[Pairs, int]:
    """States and actions of the expert, and of those of `times` tries with an unsteady hand that succeed.

    Also the steps that this took. Demonstrations that cannot be done again give what `expert_pairs` does.
    """
    if user_in(env.env) is not None:
        raise OptionError(
            f"{config.env} has a user, whose demonstrations are without what the user intends: they cannot be cloned. "
            f"Train with `python -m agents.ppo_gail`, or without demonstrations ({config.from_scratch})."
        )
    pairs = expert_pairs(config, env)
    if not times or config.env not in IDS or config.demonstrations is None:
        return pairs, 0
    demonstrations = datasets.load(config.demonstrations, config.env)
    if not demonstrations.replayable:
        return pairs, 0
    cost = times * sum(map(len, demonstrations))
    if 0 < config.steps <= cost:
        raise OptionError(
            f"Trying the demonstrations again {times} times takes {cost:,} steps, and there are {config.steps:,} in "
            "all: more --steps, or fewer tries (--augmentation)."
        )
    tries = unsteady_tries(demonstrations, config.options, times, unsteadiness, config.seed, nthread)
    states, actions = zip(pairs, *tries, strict=True)
    return (np.concatenate(states), np.concatenate(actions)), cost


def passed_through(config: ImitationConfig, every: int = 5) -> list[State]:
    """States of the environment that demonstrations pass through: their starts, and each `every` steps from there."""
    if config.env not in IDS:
        raise OptionError(f"Episodes of {config.env} cannot start midway: it is not one of this suite's environments.")
    assert config.demonstrations is not None
    demonstrations = datasets.load(config.demonstrations, config.env)
    if not demonstrations.replayable:
        raise OptionError(f"{config.demonstrations} cannot be played again, so no episode can start midway.")
    env, states = replay.make_env(config.env, config.options), []
    for each in demonstrations:
        start(env, each)
        states.append(env.get_state())
        steps = enumerate(play(env, each), 1)
        states += [env.get_state() for step, (*_, ended, _) in steps if step % every == 0 and not ended]
    return states


def spaces_of(pairs: Pairs) -> tuple[gym.spaces.Box, gym.spaces.Box]:
    """Unbounded spaces of such states and actions."""
    state, action = (gym.spaces.Box(-np.inf, np.inf, part.shape[1:], np.float32) for part in pairs)
    return state, action


def _done(demonstrations: Demonstrations, options: Mapping[str, Any]) -> Pairs:
    """Played again in the environment, since stored observations may come from another simulator's version.

    Those that do not replay are taken as they are.
    """
    episodes = list(demonstrations)
    if demonstrations.replayable:
        env = replay.make_env(demonstrations.env_id, options)
        episodes = [replay.replay(env, each)[0] for each in episodes]
    states = np.concatenate([each.observations[: len(each)] for each in episodes])
    return states, np.clip(np.concatenate([each.actions for each in episodes]), -1.0, 1.0)


def _of_minari(source: str) -> Pairs:
    """Of any environment's Minari dataset."""
    states, actions = zip(*read_pairs(source), strict=True)
    return np.concatenate(states), np.concatenate(actions)
