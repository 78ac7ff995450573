"""What learns: an algorithm of Stable-Baselines3 and its environments, and what of them a checkpoint keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import gymnasium as gym
import numpy as np

from agents.common import checkpoints
from agents.common.agent import Agent, SavedPolicy, agent_parts, network_options
from agents.common.config import TrainingConfig
from agents.common.decisions import Decisions
from agents.common.environments import task_in, threads
from agents.common.imports import need
from agents.common.sb3 import SB3VecEnv, make_sb3
from hand_envs.errors import OptionError
from hand_envs.files.reading import reading

torch: Any = need("torch")
VecNormalize: Any = need("stable_baselines3.common.vec_env").VecNormalize

_FORMER = {"curriculum.npz": "practice.npz"}  # what older runs call a part


class Kept(Protocol):
    """Something that changes in training and is no part of the algorithm: a discriminator, a curriculum."""

    def get_state(self) -> dict[str, Any]:
        """All that changes: tensors for a `.pt` file, arrays for an `.npz`."""

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there; raises a ValueError if it does not fit."""


@dataclass
class Learner:
    """An algorithm and its environments.

    Args:
        config: of the training.
        bridge: the environments.
        venv: the same as the algorithm sees them, a `VecNormalize`.
        model: the algorithm.
        callbacks: of the algorithm, where an agent has something to do within a batch.
        kept: by file name, what else changes in training.
    """

    config: TrainingConfig
    bridge: SB3VecEnv
    venv: Any
    model: Any
    callbacks: list[Any] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Environment steps taken."""
        return int(self.model.num_timesteps) * self.config.hold

    def agent(self) -> Agent:
        """The agent as it is now."""
        rms, width = self.venv.obs_rms, self.bridge.action_space.shape[0]
        act = SavedPolicy(self.model.policy, width, rms.mean, rms.var, self.venv.venv.actuators)
        return Agent(self.config, act)

    def agent_parts(self) -> dict[str, Any]:
        """Its files."""
        return self.policy_parts()

    def policy_parts(self) -> dict[str, Any]:
        """The files of its policy, which change from batch to batch."""
        return agent_parts(self.config, self.bridge.action_space, self.model.policy, self.venv.obs_rms)

    def freeze(self, seconds: float) -> dict[str, Any]:
        """The files of a checkpoint: all it takes to go on bit for bit."""
        model, venv = self.model, self.venv
        run = {
            "returns": venv.returns,
            "return_mean": venv.ret_rms.mean,
            "return_variance": venv.ret_rms.var,
            "return_count": venv.ret_rms.count,
        }
        parts = {
            **self.policy_parts(),
            **{name: each.get_state() for name, each in self.kept.items()},
            "optimizer.pt": model.policy.optimizer.state_dict(),
            "torch.pt": {"generator": torch.get_rng_state()},
            "progress.json": {
                "steps": self.steps,
                "seconds": seconds,
                "updates": model._n_updates,
                "generator": _numpy_generator(),
            },
        }
        if model._last_obs is not None:  # else no batch has begun, and the environments are as they were made
            run |= {"observation": model._last_obs, "starts": model._last_episode_starts}
            frozen = self.bridge.freeze()
            if frozen is not None:
                parts["envs.npz"] = frozen
        return {**parts, "run.npz": run}

    def thaw(self, folder: Path) -> float:
        """Go on from a checkpoint; returns the seconds that were spent until then."""
        progress = checkpoints.read(folder, "progress.json")
        with reading(folder / "progress.json"):
            steps, seconds, updates = int(progress["steps"]), float(progress["seconds"]), int(progress["updates"])
            if min(steps, seconds, updates) < 0 or not math.isfinite(seconds) or steps != int(folder.name):
                raise ValueError(f"{steps} steps in {seconds} s are not those of the checkpoint {folder.name}")
        self._thaw_networks(folder)
        self._thaw_statistics(folder)
        self._thaw_environments(folder)
        self.model.num_timesteps, self.model._n_updates = steps // self.config.hold, updates
        # Last, since building and resetting draws too.
        generator = checkpoints.read(folder, "torch.pt")
        with reading(folder / "torch.pt"):
            torch.set_rng_state(generator["generator"])
        with reading(folder / "progress.json"):
            _set_numpy_generator(progress["generator"])
        return seconds

    def _thaw_networks(self, folder: Path) -> None:
        policy = self.model.policy
        weights, optimizer = checkpoints.read(folder, "policy.pt"), checkpoints.read(folder, "optimizer.pt")
        with reading(folder / "policy.pt"):
            checkpoints.load_weights(policy, weights)
        with reading(folder / "optimizer.pt"):
            checkpoints.load_optimizer(policy.optimizer, optimizer)
        for name, each in self.kept.items():
            former = _FORMER.get(name, name)
            stored = former if (folder / former).exists() else name
            state = checkpoints.read(folder, stored)
            with reading(folder / stored):
                each.set_state(state)

    def _thaw_statistics(self, folder: Path) -> None:
        rms, shape = self.venv.obs_rms, self.venv.observation_space.shape
        stored = checkpoints.read(folder, "normaliser.npz")
        with reading(folder / "normaliser.npz"):
            rms.mean, rms.var, rms.count = _moments(stored["mean"], stored["variance"], stored["count"], shape)
        rms, run = self.venv.ret_rms, checkpoints.read(folder, "run.npz")
        with reading(folder / "run.npz"):
            moments = run["return_mean"], run["return_variance"], run["return_count"]
            rms.mean, rms.var, rms.count = _moments(*moments, ())
            returns = checkpoints.finite("returns", run["returns"], (self.bridge.num_envs,))
            if (folder / "envs.npz").exists():
                seen = self.bridge.num_envs, *shape
                last = checkpoints.finite("observation", run["observation"], seen)
                starts = checkpoints.finite("starts", run["starts"], (self.bridge.num_envs,))
                self.model._last_obs, self.model._last_episode_starts, self.venv.returns = last, starts, returns

    def _thaw_environments(self, folder: Path) -> None:
        if (folder / "envs.npz").exists():
            frozen = checkpoints.read(folder, "envs.npz")
            with reading(folder / "envs.npz"):
                self.bridge.thaw(frozen)


def environments(config: TrainingConfig, nthread: int = 0) -> SB3VecEnv:
    """The environments to train in, which must see and act in flat numbers."""
    bridge = make_sb3(config.env, config.num_envs, **config.training_options(), **threads(config.env, nthread))
    config.check_task(task_in(bridge.env))
    for kind, space in {"observation": bridge.observation_space, "action": bridge.action_space}.items():
        if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
            raise OptionError(f"The {kind}s of {config.env} must be a flat Box for this agent, they are {space}.")
    return bridge


def learner_with(
    algorithm: Any, config: TrainingConfig, bridge: SB3VecEnv, venv: Any = None, **settings: Any
) -> Learner:
    """An algorithm on environments whose observations and rewards are normalised.

    Args:
        algorithm: a class of Stable-Baselines3's, such as `PPO`.
        config: of the training.
        bridge: the environments.
        venv: the same with what an agent puts around them.
        **settings: of the algorithm, besides what every config has.
    """
    gamma = config.gamma**config.hold
    decided = Decisions(bridge if venv is None else venv, config.hold, config.actuators)
    normal = VecNormalize(decided, gamma=gamma)
    model = algorithm(
        "MlpPolicy",
        normal,
        n_steps=config.num_steps,
        gamma=gamma,
        gae_lambda=config.gae_lambda,
        policy_kwargs=network_options(config.network, config.std),
        seed=config.seed,
        device="cpu",
        **settings,
    )
    return Learner(config, bridge, normal, model)


def _moments(mean: Any, variance: Any, count: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, float]:
    mean, variance = checkpoints.finite("mean", mean, shape), checkpoints.finite("variance", variance, shape)
    number = float(checkpoints.finite("count", count, ()))
    if (variance < 0).any() or number < 0:
        raise ValueError("a variance or a count is negative")
    return mean, variance, number


def _numpy_generator() -> list[Any]:
    """Stable-Baselines3 shuffles with NumPy's global generator."""
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    return [name, np.asarray(keys).tolist(), position, has_gauss, cached]


def _set_numpy_generator(state: Any) -> None:
    name, keys, *rest = state
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # noqa: NPY002
