"""What a search has found: a policy, and the config of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import gymnasium as gym
import numpy as np

from agents.cem.attempts import first_deviation
from agents.cem.config import CemConfig
from agents.cem.encoders import Encoder, encoder_of
from agents.cem.episodes import Episode, read_episodes
from agents.cem.policy import Policy
from agents.common import checkpoints
from hand_envs.errors import OptionError
from hand_envs.files import atomic
from hand_envs.files.reading import reading

Array = np.ndarray


@dataclass(frozen=True)
class Agent:
    """Says what to attempt, from a picture and what the prior makes of it."""

    config: CemConfig
    policy: Policy
    encoder: Encoder

    def __call__(self, observation: Any, prior: Array, rng: np.random.Generator) -> Array:
        """xi; `rng` draws the vae's z."""
        return self.policy(self.encoder(observation), prior, rng)

    @classmethod
    def load(cls, folder: str | Path, encoder: Encoder | None = None) -> Self:
        """The agent in a folder that a search wrote.

        Args:
            folder: of the agent. Nothing in it is run, but for the encoder it names as package.module:name.
            encoder: instead of that one.
        """
        folder = atomic.standing(folder)
        stored = checkpoints.read(folder, "config.json")
        try:
            config = CemConfig.from_data(stored)
        except OptionError as error:
            raise OptionError(f"{folder / 'config.json'}: {error}") from error
        arrays = checkpoints.read(folder, "policy.npz")
        weights = checkpoints.read(folder, "policy.pt")
        with reading(folder / "policy.pt"):
            policy = Policy.of_parts(config, weights, arrays)
        return cls(config, policy, encoder or encoder_of(config.encoder))

    @classmethod
    def of_search(cls, config: CemConfig, env: gym.Env, folder: str | Path, episodes: int | None = None) -> Self:
        """An agent fitted to a search's first episodes, by a config that may name another policy than the search's.

        Args:
            config: how to fit it.
            env: of the search.
            folder: of the search.
            episodes: so many; None for all.
        """
        done = read_episodes(Path(folder) / "episodes.jsonl")[:episodes]
        policy = fitted_policy(config, done, first_deviation(config, env))
        return cls(config, policy, encoder_of(config.encoder))


def fitted_policy(config: CemConfig, episodes: Sequence[Episode], deviation: Array) -> Policy:
    """The policy of a whole search, or of its beginning."""
    return Policy.fit(config, episodes, deviation, [config.seed])


def agent_parts(config: CemConfig, policy: Policy) -> Mapping[str, Any]:
    """The files of an agent, for `checkpoints.write`."""
    return {"config.json": config.as_data(), **policy.parts()}
