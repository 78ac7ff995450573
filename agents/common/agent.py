"""A trained agent: what it takes to act, and nothing of how it was trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np
import torch

from agents.common import checkpoints
from agents.common.decisions import chosen, spread
from agents.common.imports import need

_policies: Any = need("stable_baselines3.common.policies")

Array = np.ndarray
_LARGEST = 10.0  # normalised observations are clipped there, as Stable-Baselines3 does in training
_TINY = 1e-8


@dataclass(frozen=True)
class Agent:
    """Acts without chance: the mean of its policy at normalised observations.

    Each kind of agent has its own `config_type`, of which `actuators` and `network` are needed here.
    """

    config_type: ClassVar[Any]

    config: Any
    policy: Any
    width: int
    """Of the action."""
    mean: Array
    variance: Array

    def __call__(self, observation: Array) -> Array:
        """The action for an observation, or the actions for many, a row each."""
        flat = (np.asarray(observation, np.float64) - self.mean) / np.sqrt(self.variance + _TINY)
        flat = np.clip(flat, -_LARGEST, _LARGEST).astype(np.float32)
        decided: Array = self.policy.predict(flat, deterministic=True)[0]
        return spread(decided, chosen(self.config.actuators, self.width), self.width)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The agent in a folder that a training wrote; nothing in it is run, so it may be anybody's."""
        config = cls.config_type.from_data(checkpoints.read(folder, "config.json"))
        spaces, normaliser = checkpoints.read(folder, "spaces.json"), checkpoints.read(folder, "normaliser.npz")
        low, high = np.array(spaces["action"], np.float32)
        actuators = chosen(config.actuators, len(low))
        policy = policy_for(
            gym.spaces.Box(-np.inf, np.inf, (spaces["observation"],), np.float32),
            gym.spaces.Box(low[actuators], high[actuators]),
            config.network,
        )
        policy.load_state_dict(checkpoints.read(folder, "policy.pt"))
        policy.set_training_mode(False)
        return cls(config, policy, len(low), normaliser["mean"], normaliser["variance"])


def network_options(network: Sequence[int], std: float = 1.0) -> dict[str, Any]:
    """What Stable-Baselines3 is told of the networks."""
    return {
        "net_arch": {"pi": list(network), "vf": list(network)},
        "activation_fn": torch.nn.Tanh,
        "log_std_init": float(np.log(std)),
        "optimizer_kwargs": {"eps": 1e-5},
    }


def policy_for(observations: gym.spaces.Box, actions: gym.spaces.Box, network: Sequence[int]) -> Any:
    """A policy with its value function, untrained."""
    return _policies.ActorCriticPolicy(observations, actions, lambda _: 0.0, **network_options(network))


def agent_parts(config: Any, actions: gym.spaces.Box, policy: Any, normaliser: Any) -> dict[str, Any]:
    """The files of an agent, for `checkpoints.write`."""
    bounds = [actions.low.tolist(), actions.high.tolist()]
    return {
        "config.json": config.as_data(),
        "spaces.json": {"observation": policy.observation_space.shape[0], "action": bounds},
        "policy.pt": policy.state_dict(),
        "normaliser.npz": {"mean": normaliser.mean, "variance": normaliser.var, "count": np.array(normaliser.count)},
    }
