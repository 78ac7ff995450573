"""A first policy from what can be found without one: the constant correction that earns most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from agents.common.cross_entropy import CrossEntropy
from agents.common.decisions import spread
from agents.common.imports import need
from agents.common.run import RunFolder
from agents.common.sb3 import SB3VecEnv
from agents.ppo_gail.config import Config

torch: Any = need("torch")

Array = np.ndarray

TRIES, EPISODES = 32, 12  # of an iteration, and of each of its tries: the same ones for all
_SMALLEST = 0.05  # share of the first deviation that is kept


def start_at_best(config: Config, env: SB3VecEnv, model: Any, records: RunFolder) -> None:
    """Begin the policy of `model` at the constant action that earns most, for `config.search` iterations.

    White noise about a user who holds something drops it long before it earns anything, so a policy finds no gradient
    where to hold tighter, all the time, would have helped. The steps count as those of the training. A search that was
    stopped goes on after its last iteration.
    """
    actuators = model.get_env().venv.actuators
    mean, deviation, taken = np.zeros(len(actuators)), np.full(len(actuators), config.search_std), 0
    elite = mean[None]
    for number in range(config.search):
        draws = CrossEntropy(mean, deviation, np.random.default_rng([config.seed, number]), 0.0)
        draws.elite = elite

        def iterate(draws: CrossEntropy = draws, number: int = number) -> dict[str, Array]:
            return _iterate(draws, config, env, actuators, number)

        kept = records.prepared(f"search-{number}", iterate)
        mean, elite, taken = kept["mean"], kept["elite"], taken + int(kept["steps"])
        deviation = np.maximum(kept["deviation"], _SMALLEST * config.search_std)
    model.policy.action_net.bias.data[:] = torch.as_tensor(mean, dtype=torch.float32)
    model.num_timesteps += taken // config.hold


def _iterate(draws: CrossEntropy, config: Config, env: SB3VecEnv, actuators: Array, number: int) -> dict[str, Array]:
    """Try, and draw closer to what was best."""
    tries = np.clip(draws.ask(TRIES), -1.0, 1.0)
    seeds = np.random.default_rng([config.seed, number, EPISODES]).integers(2**31, size=EPISODES)
    pairs = [(each, int(seed)) for each in tries for seed in seeds]
    earned, steps = zip(*_earned(env, pairs, actuators), strict=True)
    draws.update(tries, -np.concatenate(earned).reshape(TRIES, EPISODES).mean(axis=1))
    return {
        "mean": draws.mean,
        "deviation": draws.deviation,
        "elite": draws.elite,
        "steps": np.array(sum(steps)),
    }


def _earned(env: SB3VecEnv, pairs: list[tuple[Array, int]], actuators: Array) -> Iterator[tuple[Array, int]]:
    """What each constant action earns in the episode of its seed, and steps taken, as many at once as there are."""
    width = env.action_space.shape[0]
    for first in range(0, len(pairs), env.num_envs):
        now = pairs[first : first + env.num_envs]
        filled = [now[index % len(now)] for index in range(env.num_envs)]
        env.env.reset(seed=[seed for _, seed in filled])  # type: ignore[arg-type]
        actions = spread(np.stack([action for action, _ in filled]), actuators, width)
        earned, done, steps = np.zeros(env.num_envs), np.zeros(env.num_envs, bool), 0
        while not done[: len(now)].all():
            _, reward, terminated, truncated, _ = env.env.step(actions)
            earned += np.where(done, 0.0, reward)
            done |= terminated | truncated
            steps += env.num_envs
        yield earned[: len(now)], steps
