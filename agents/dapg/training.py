"""Training: TRPO of sb3-contrib on the gradient that demonstrations are part of."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from agents.common.agent import network_options
from agents.common.cloning import clone_pairs
from agents.common.decisions import Decisions
from agents.common.evaluation import threads
from agents.common.experts import Pairs, passed_through, practised_pairs
from agents.common.imports import need
from agents.common.sb3 import make_sb3
from agents.common.training import OnPolicyTraining
from agents.dapg.config import Config
from agents.dapg.gradient import AugmentedBuffer, NaturalGradient, augmented
from hand_envs.core.simulation import State
from hand_envs.datasets.shipped import planned
from hand_envs.registry import IDS

VecEnvWrapper: Any = need("stable_baselines3.common.vec_env").VecEnvWrapper
VecNormalize: Any = need("stable_baselines3.common.vec_env").VecNormalize

_MINIBATCH = 128  # pairs of a minibatch of cloning
_LEAST = 1e-4  # variance of an observation by which it is normalised: 1 cm, or 0.01 rad, squared
_FOR_GOOD = 1e12  # observations that statistics count as being of, so that a training's own change nothing
_SHARE = 4  # samples of a batch for each demonstrated pair that is learned from beside them, at least


class _LogRewards(VecEnvWrapper):  # type: ignore[misc]
    """Rewards r as sign(r) log(1 + |r|)."""

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        observation, reward, done, infos = self.venv.step_wait()
        return observation, np.sign(reward) * np.log1p(np.abs(reward)), done, infos


class Training(OnPolicyTraining):
    """DAPG, NPG or cloning: see `OnPolicyTraining`."""

    config: Config

    def _build(self) -> None:
        config = self.config
        self.bridge = make_sb3(config.env, config.num_envs, **config.options, **threads(config.env, self.nthread))
        self._check_spaces()
        width = self.bridge.action_space.shape[0]
        envs = Decisions(self.bridge)
        self.venv = VecNormalize(_LogRewards(envs) if config.log_rewards else envs, gamma=config.gamma)
        self.model = NaturalGradient(
            "MlpPolicy",
            self.venv,
            n_steps=config.num_steps,
            batch_size=min(config.minibatch, config.batch),
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            learning_rate=config.baseline_rate,
            n_critic_updates=config.baseline_epochs,
            cg_max_steps=config.cg_steps,
            cg_damping=config.damping / width,  # its divergence is the mean over actuators, ours the sum
            target_kl=config.step_size / 2 / width,
            normalize_advantage=False,  # `augmented` does
            rollout_buffer_class=AugmentedBuffer,
            policy_kwargs=network_options(config.network, config.std),
            seed=config.seed,
            device="cpu",
        )
        self.model.fisher_stride = config.fisher_stride
        self.pairs: Pairs | None = None
        if config.demonstrated:
            self.pairs, self.practised = practised_pairs(self._with_demonstrations(), self.bridge, self.nthread)
        if config.halfway:
            self.passed = passed_through(self._with_demonstrations())
            self.bridge.elsewhere = self._halfway
        self.model.rollout_buffer.augment = self._augment
        self.tests = self._make_tests("test")

    def _with_demonstrations(self) -> Config:
        """The config, naming the suite's own demonstrations unless it names others."""
        config = self.config
        if config.demonstrations is not None or config.env not in IDS:
            return config
        return replace(config, demonstrations=str(planned(config.env, "brisk")))

    def _begin(self) -> None:
        if self.pairs is not None:
            self.model.num_timesteps = self.practised
            self._see_as_demonstrated(self.pairs[0])
            if self.config.bc_epochs:
                seen = self.venv.normalize_obs(self.pairs[0])
                clone_pairs(self.model, (seen, self.pairs[1]), self.config.bc_epochs, _MINIBATCH, self.config.seed)

    def _see_as_demonstrated(self, states: np.ndarray) -> None:
        """Normalise observations by these states for good: a scale that moves would undo what was cloned."""
        rms = self.venv.obs_rms
        rms.mean, rms.var, rms.count = states.mean(axis=0), np.maximum(states.var(axis=0), _LEAST), _FOR_GOOD

    def _halfway(self) -> State | None:
        """Where the next episode begins; drawn by torch, whose generator a checkpoint keeps."""
        if float(torch.rand(())) >= self.config.halfway:
            return None
        return self.passed[int(torch.randint(len(self.passed), ()))]

    def _augment(self, samples: Any) -> Any:
        config = self.config
        weight = config.lambda0 * config.lambda1**self.model._n_updates
        join = partial(augmented, samples, self.model.policy)
        if self.pairs is None or weight == 0:
            return join(torch.empty(0), torch.empty(0), 0.0)
        drawn = torch.randperm(len(self.pairs[0]))[: max(1, config.batch // _SHARE)].numpy()
        states = torch.as_tensor(self.venv.normalize_obs(self.pairs[0][drawn]), dtype=torch.float32)
        return join(states, torch.as_tensor(self.pairs[1][drawn], dtype=torch.float32), weight)
