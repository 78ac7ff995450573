"""Training: TRPO of sb3-contrib on the gradient that demonstrations are part of."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from agents.common import training
from agents.common.cloning import clone_pairs
from agents.common.experts import Pairs, passed_through, tried_pairs
from agents.common.imports import need
from agents.common.learner import Learner, environments, learner_with
from agents.dapg.config import Config
from agents.dapg.gradient import AugmentedBuffer, NaturalGradient, augmented
from hand_envs.core.simulation import State
from hand_envs.datasets.shipped import planned
from hand_envs.registry import IDS

VecEnvWrapper: Any = need("stable_baselines3.common.vec_env").VecEnvWrapper

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


class Training(training.Training[Config]):
    """DAPG, NPG or cloning."""

    pairs: Pairs | None = None
    """States and actions that are learned from, once it is prepared."""

    def build(self) -> Learner:
        config = self.config
        bridge = environments(config, self.nthread)
        width = len(config.actuators) or bridge.action_space.shape[0]
        learner = learner_with(
            NaturalGradient,
            config,
            bridge,
            _LogRewards(bridge) if config.log_rewards else None,
            batch_size=min(config.minibatch, config.decisions),
            learning_rate=config.baseline_rate,
            n_critic_updates=config.baseline_epochs,
            cg_max_steps=config.cg_steps,
            cg_damping=config.damping / width,  # its divergence is the mean over actuators, ours the sum
            target_kl=config.step_size / 2 / width,
            normalize_advantage=False,  # `augmented` does
            rollout_buffer_class=AugmentedBuffer,
        )
        learner.model.fisher_stride = config.fisher_stride
        learner.model.rollout_buffer.augment = self._augment
        return learner

    def prepare(self) -> None:
        config = self._with_demonstrations()
        if config.demonstrated:
            made = self.records.prepared("pairs", lambda: self._make_pairs(config))
            self.pairs, self.tried = (made["states"], made["actions"]), int(made["steps"])
        if config.start_midway:
            self.passed = passed_through(config)
            self.bridge.start_sampler = self._midway

    def _make_pairs(self, config: Config) -> dict[str, np.ndarray]:
        pairs, steps = tried_pairs(config, self.bridge, config.augmentation, config.unsteadiness, self.nthread)
        actions = np.ascontiguousarray(pairs[1][:, self.venv.venv.actuators])
        return {"states": pairs[0], "actions": actions, "steps": np.array(steps)}

    def _with_demonstrations(self) -> Config:
        """The config, naming the suite's own demonstrations unless it names others."""
        config = self.config
        if config.demonstrations is not None or config.env not in IDS:
            return config
        return replace(config, demonstrations=str(planned(config.env, "brisk")))

    def teach(self) -> None:
        if self.pairs is not None:
            self.model.num_timesteps = self.tried // self.config.hold
            self._see_as_demonstrated(self.pairs[0])
            if self.config.bc_epochs:
                seen = self.venv.normalize_obs(self.pairs[0])
                clone_pairs(self.model, (seen, self.pairs[1]), self.config.bc_epochs, _MINIBATCH, self.config.seed)

    def _see_as_demonstrated(self, states: np.ndarray) -> None:
        """Normalise observations by these states for good: a scale that moves would undo what was cloned."""
        rms = self.venv.obs_rms
        rms.mean, rms.var, rms.count = states.mean(axis=0), np.maximum(states.var(axis=0), _LEAST), _FOR_GOOD

    def _midway(self) -> State | None:
        """Where the next episode begins; drawn by torch, whose generator a checkpoint keeps."""
        if float(torch.rand(())) >= self.config.start_midway:
            return None
        return self.passed[int(torch.randint(len(self.passed), ()))]

    def _augment(self, samples: Any) -> Any:
        config = self.config
        weight = config.lambda0 * config.lambda1**self.model._n_updates
        join = partial(augmented, samples, self.model.policy)
        if self.pairs is None or weight == 0:
            return join(torch.empty(0), torch.empty(0), 0.0)
        drawn = torch.randperm(len(self.pairs[0]))[: max(1, config.decisions // _SHARE)].numpy()
        states = torch.as_tensor(self.venv.normalize_obs(self.pairs[0][drawn]), dtype=torch.float32)
        return join(states, torch.as_tensor(self.pairs[1][drawn], dtype=torch.float32), weight)
