"""How good attempts are: from starts that are always the same, each counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from agents.cem.attempts import Attempt, bounds, execute
from agents.cem.priors import Prior
from hand_envs.errors import OptionError

if TYPE_CHECKING:
    from agents.cem.agent import Agent

Array = np.ndarray
Propose = Callable[[Any, np.random.Generator], Array]
"""xi, from an observation; whatever it draws it draws from the generator."""
_DRAWS = 1  # beside the seed of an attempt: what is drawn for it


@dataclass(frozen=True)
class Trials:
    """How attempts came out, one each."""

    scores: Array
    success: Array

    @property
    def successes(self) -> int:
        """How many succeeded."""
        return int(self.success.sum())


def trials(env: gym.Env, propose: Propose, episodes: int, seed: int = 10_000) -> Trials:
    """Count attempts of whoever proposes, the first of which is seeded `seed`."""
    done = list(attempts(env, propose, episodes, seed))
    if any(each.success is None for each in done):
        raise OptionError("This environment says of no attempt whether it succeeded: its info has no 'success'.")
    return Trials(np.array([each.score for each in done]), np.array([each.success for each in done], bool))


def attempts(env: gym.Env, propose: Propose, episodes: int, seed: int = 10_000) -> Iterator[Attempt]:
    """Make attempts, one after the other."""
    low, high = bounds(env)
    for number in range(episodes):
        before, _ = env.reset(seed=seed + number)
        xi = propose(before, np.random.default_rng([seed + number, _DRAWS]))
        yield execute(env, number, before, np.clip(xi, low, high))


def alone(prior: Prior, text: str) -> Propose:
    """The prior, with nothing added."""
    return lambda observation, rng: prior(observation, text)


def learned(agent: Agent, prior: Prior) -> Propose:
    """The prior, with what the agent adds."""
    return lambda observation, rng: agent(observation, prior(observation, agent.config.text), rng)
