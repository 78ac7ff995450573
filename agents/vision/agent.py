"""What a training has made: a policy, and what it sees with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import gymnasium as gym
import numpy as np

from agents.common import agent, checkpoints
from agents.vision.config import Config
from agents.vision.encoders.encoder import Encoder
from agents.vision.reference import encoder_in
from hand_envs.errors import OptionError, StateError
from hand_envs.files import atomic
from hand_envs.files.reading import reading

Array = np.ndarray


@dataclass(frozen=True)
class Agent(agent.Agent):
    """A policy on features. It acts on what a Visual id observes, or on features and proprioception in a row.

    Its statistics stay as they were when it was kept.

    >>> agent = Agent.load("runs/door/agent")  # doctest: +SKIP
    >>> action = agent(observation)  # of gym.make(agent.config.env, **agent.config.test_options())  # doctest: +SKIP
    """

    config_type = Config
    config: Config
    encoder: Encoder

    def __call__(self, observation: Array | Mapping[str, Array]) -> Array:
        """The action for an observation, or the actions for many, a row each."""
        if not isinstance(observation, Mapping):
            return self.act(observation)
        images, proprio = observation["image"], np.asarray(observation["proprio"], np.float32)
        many = images if images.ndim == 4 else images[None]
        with self.encoder.frozen():
            features = self.encoder(many)
        return self.act(np.concatenate([features.reshape(*proprio.shape[:-1], -1), proprio], axis=-1))

    def check_fits(self, env: gym.vector.VectorEnv, env_id: str) -> None:
        space: Any = env.single_observation_space
        if not isinstance(space, gym.spaces.Dict):
            raise OptionError(f"This agent sees pictures, and {env_id} has none: play it in {self.config.env}.")
        proprio: Any = space["proprio"]
        given = proprio.shape[0], env.single_action_space.shape
        own = len(self.act.mean) - self.encoder.width, (self.width,)
        if given != own:
            raise OptionError(
                f"This agent takes proprioception ({own[0]},) and gives actions {own[1]}; {env_id} with these options "
                f"has ({given[0]},) and {given[1]}."
            )

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The agent in a folder that a training wrote; nothing in it is run, so it may be anybody's."""
        folder = atomic.standing(folder)
        config = cls.read_config(folder)
        encoder = encoder_in(folder, config.size, config.precision)
        act = agent.load_policy(folder, config.actuators, config.network)
        with reading(folder / "spaces.json"):
            if len(act.mean) < encoder.width:
                raise ValueError(f"observations of {len(act.mean)} numbers cannot have {encoder.width} features")
        if config.momentum > 0:
            statistics = checkpoints.read(folder, "statistics.pt")
            with reading(folder / "statistics.pt"):
                try:
                    encoder.follow(config.momentum, config.as_published).set_state(statistics)
                except StateError as error:
                    raise ValueError(str(error)) from error
        return cls(config, act, encoder)
