"""A trained agent: what it takes to act, and nothing of how it was trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np

from agents.common import checkpoints
from agents.common.config import TrainingConfig, check_network
from agents.common.decisions import chosen, spread
from agents.common.imports import need
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files import atomic
from hand_envs.files.reading import reading

torch: Any = need("torch")
_policies: Any = need("stable_baselines3.common.policies")

Array = np.ndarray
_LARGEST = 10.0  # normalised observations are clipped there, as Stable-Baselines3 does in training
_TINY = 1e-8
_WIDEST = 1_000_000  # numbers in an observation or an action


@dataclass(frozen=True)
class SavedPolicy:
    """Acts without chance: the mean of a policy at normalised observations.

    >>> act = SavedPolicy.load("assets/experts/pen")  # doctest: +SKIP
    """

    policy: Any
    width: int
    """Of the action."""
    mean: Array
    variance: Array
    actuators: Array
    """Those that it decides on."""

    def __call__(self, observation: Array) -> Array:
        """The action for an observation, or the actions for many, a row each."""
        flat = (np.asarray(observation, np.float64) - self.mean) / np.sqrt(self.variance + _TINY)
        flat = np.clip(flat, -_LARGEST, _LARGEST).astype(np.float32)
        decided: Array = self.policy.predict(flat, deterministic=True)[0]
        return spread(decided, self.actuators, self.width)

    @classmethod
    def load(cls, folder: str | Path) -> SavedPolicy:
        """The policy in a folder that a training wrote; nothing in it is run, so it may be anybody's."""
        folder = atomic.standing(folder)
        config = checkpoints.read(folder, "config.json")
        with reading(folder / "config.json"):
            actuators, network = tuple(config.get("actuators", ())), tuple(config["network"])
        return load_policy(folder, actuators, network)


@dataclass(frozen=True)
class Agent:
    """A saved policy, and the config of the training that made it. Each kind of agent has its own `config_type`."""

    config_type: ClassVar[type[TrainingConfig]] = TrainingConfig

    config: Any
    act: SavedPolicy

    def __call__(self, observation: Array) -> Array:
        """The action for an observation, or the actions for many, a row each."""
        return self.act(observation)

    def check_fits(self, env: gym.vector.VectorEnv, env_id: str) -> None:
        """Refuse an environment of other observations or actions."""
        spaces = env.single_observation_space.shape, env.single_action_space.shape
        if spaces != (self.act.mean.shape, (self.width,)):
            raise OptionError(
                f"This agent takes observations {self.act.mean.shape} and gives actions ({self.width},); {env_id} with "
                f"these options has {spaces[0]} and {spaces[1]}."
            )

    @property
    def width(self) -> int:
        """Of the action."""
        return self.act.width

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The agent in a folder that a training wrote; nothing in it is run, so it may be anybody's."""
        folder = atomic.standing(folder)
        config = cls.read_config(folder)
        return cls(config, load_policy(folder, config.actuators, config.network))

    @classmethod
    def read_config(cls, folder: Path) -> Any:
        """The config in its folder."""
        stored = checkpoints.read(folder, "config.json")
        try:
            return cls.config_type.from_data(stored)
        except OptionError as error:
            raise OptionError(f"{folder / 'config.json'}: {error}") from error


def load_policy(folder: str | Path, actuators: Sequence[int], network: tuple[int, ...]) -> SavedPolicy:
    """The policy in a folder, whose config says what it decides on and how large it is."""
    folder = atomic.standing(folder)
    spaces = checkpoints.read(folder, "spaces.json")
    with reading(folder / "spaces.json"):
        seen, low, high = _read_spaces(spaces)
    with reading(folder / "config.json"):
        check_network(network)
        decided = chosen(actuators, len(low))
    normaliser = checkpoints.read(folder, "normaliser.npz")
    with reading(folder / "normaliser.npz"):
        mean, variance = (checkpoints.finite(name, normaliser[name], (seen,)) for name in ("mean", "variance"))
        if (variance < 0).any():
            raise ValueError("a variance is negative")
    weights = checkpoints.read(folder, "policy.pt")
    with reading(folder / "policy.pt"):
        if 4 * seen * sum(network[:1]) > (folder / "policy.pt").stat().st_size:
            raise ValueError(f"it is too small for {seen} observations and the layers {network}")
        policy = policy_for(
            gym.spaces.Box(-np.inf, np.inf, (seen,), np.float32),
            gym.spaces.Box(low[decided], high[decided]),
            network,
        )
        checkpoints.load_weights(policy, weights)
    policy.set_training_mode(False)
    return SavedPolicy(policy, len(low), mean, variance, decided)


def _read_spaces(spaces: Any) -> tuple[int, Array, Array]:
    """Width of the observation, and bounds of the action."""
    seen = spaces["observation"]
    if type(seen) is not int or not 1 <= seen <= _WIDEST:
        raise ValueError(f"observation must be a width from 1 to {_WIDEST:,}, got {seen!r:.40}")
    low, high = (np.array(bound, np.float32) for bound in spaces["action"])
    if low.ndim != 1 or low.shape != high.shape or not 1 <= len(low) <= _WIDEST or not (low < high).all():
        raise ValueError("action must be two lists of bounds, the lower and the higher ones")
    return seen, low, high


def network_options(network: Sequence[int], std: float = 1.0) -> dict[str, Any]:
    """What Stable-Baselines3 takes to make the networks."""
    return {
        "net_arch": {"pi": list(network), "vf": list(network)},
        "activation_fn": torch.nn.Tanh,
        "log_std_init": float(np.log(std)),
        "optimizer_kwargs": {"eps": 1e-5},
    }


def policy_for(observations: gym.spaces.Box, actions: gym.spaces.Box, network: Sequence[int]) -> Any:
    """A policy with its value function, untrained."""
    return _policies.ActorCriticPolicy(observations, actions, lambda _: 0.0, **network_options(network))


def agent_parts(config: TrainingConfig, actions: gym.spaces.Box, policy: Any, normaliser: Any) -> dict[str, Any]:
    """The files of an agent, for `checkpoints.write`."""
    weights = policy.state_dict()
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise DatasetError(f"The training of {config.env} has diverged: weights are not finite. Try other settings.")
    bounds = [actions.low.tolist(), actions.high.tolist()]
    return {
        "config.json": config.as_data(),
        "spaces.json": {"observation": policy.observation_space.shape[0], "action": bounds},
        "policy.pt": weights,
        "normaliser.npz": {"mean": normaliser.mean, "variance": normaliser.var, "count": np.array(normaliser.count)},
    }
