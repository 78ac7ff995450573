"""Training: TRPO of sb3-contrib on the gradient that demonstrations are part of."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import numpy as np

from agents.common import training
from agents.common.cloning import clone_pairs
from agents.common.experts import Pairs
from agents.common.gradient import AugmentedBuffer, NaturalGradient, augmented
from agents.common.gradient_config import GradientConfig
from agents.common.imports import need
from agents.common.learner import Learner, environments, learner_with
from agents.common.sb3 import SB3VecEnv

torch: Any = need("torch")
VecEnvWrapper: Any = need("stable_baselines3.common.vec_env").VecEnvWrapper

_MINIBATCH = 128  # pairs of a minibatch of cloning
_LEAST = 1e-4  # variance of an observation by which it is normalised: 1 cm, or 0.01 rad, squared
_FOR_GOOD = 1e12  # observations that statistics count as being of, so that a training's own change nothing
_SHARE = 4  # samples of a batch for each demonstrated pair that is learned from beside them, at least

G = TypeVar("G", bound=GradientConfig)


class _LogRewards(VecEnvWrapper):  # type: ignore[misc]
    """Rewards r as sign(r) log(1 + |r|)."""

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        observation, reward, done, infos = self.venv.step_wait()
        return observation, np.sign(reward) * np.log1p(np.abs(reward)), done, infos


class GradientTraining(training.Training[G]):
    """Cloning, then DAPG. An agent says in `prepare` what the pairs are, and sets `pairs`."""

    pairs: Pairs | None = None
    """States and actions that are learned from, once it is prepared."""
    tried: int = 0
    """Environment steps that making them took."""

    def environments(self) -> SB3VecEnv:
        """What to train in."""
        return environments(self.config, self.nthread)

    def build(self) -> Learner:
        config, bridge = self.config, self.environments()
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

    def teach(self) -> None:
        if self.pairs is not None:
            self.model.num_timesteps = self.tried // self.config.hold
            self._see_as_demonstrated(self.pairs[0])
            if self.config.bc_epochs:
                self.clone(self.venv.normalize_obs(self.pairs[0]), self.pairs[1])

    def clone(self, seen: np.ndarray, actions: np.ndarray) -> None:
        """Have the policy do these actions where it sees these normalised observations."""
        clone_pairs(self.model, (seen, actions), self.config.bc_epochs, _MINIBATCH, self.config.seed)

    def least_variances(self, variances: np.ndarray) -> np.ndarray | float:
        """By what an observation is normalised at least, of demonstrations' variances."""
        return _LEAST

    def _see_as_demonstrated(self, states: np.ndarray) -> None:
        """Normalise observations by these states for good: a scale that moves would undo what was cloned."""
        rms, variances = self.venv.obs_rms, states.var(axis=0)
        least = self.least_variances(variances)
        rms.mean, rms.var, rms.count = states.mean(axis=0), np.maximum(variances, least), _FOR_GOOD

    def _augment(self, samples: Any) -> Any:
        config = self.config
        weight = config.lambda0 * config.lambda1**self.model._n_updates
        join = partial(augmented, samples, self.model.policy)
        if self.pairs is None or weight == 0:
            return join(torch.empty(0), torch.empty(0), 0.0)
        drawn = torch.randperm(len(self.pairs[0]))[: max(1, config.decisions // _SHARE)].numpy()
        states = torch.as_tensor(self.venv.normalize_obs(self.pairs[0][drawn]), dtype=torch.float32)
        return join(states, torch.as_tensor(self.pairs[1][drawn], dtype=torch.float32), weight)
